/**
 * The form of a policy document as JSON Schema, for editors and for whoever writes policies in another language.
 */
import { z } from "zod"
import { policySchema } from "./schema.js"

/**
 * JSON Schema (draft 2020-12) made from the schema that documents are read by. It knows fields, their types and how decimals are
 * written; ranges and rules between fields are checked when a document is loaded.
 */
export const policyJsonSchema = (): object => ({
  title: "plimsoll margin policy",
  ...z.toJSONSchema(policySchema, { io: "input", unrepresentable: "any", reused: "ref" }),
})
