/**
 * Settings made up from an adapter's own schema, so that a new registry line is tested without a line here.
 */
import { z } from "zod"

/**
 * Something that passes a schema of texts, numbers and containers of these.
 *
 * @param textFor a text that matches a pattern; another one each time where it names something on chain.
 */
export const sampledSettings = (schema: z.ZodType, textFor: (pattern: RegExp) => string | undefined): unknown =>
  sample(z.toJSONSchema(schema, { io: "input" }), textFor)

type JsonSchema = z.core.JSONSchema.JSONSchema

const isSchema = (part: unknown): part is JsonSchema => typeof part === "object" && !Array.isArray(part)

function sample(schema: JsonSchema, textFor: (pattern: RegExp) => string | undefined): unknown {
  if (schema.enum) return schema.enum[0]
  if (schema.type === "array") return isSchema(schema.items) ? [sample(schema.items, textFor)] : []
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1
  if (schema.type === "boolean") return true
  if (schema.type === "object") {
    if (isSchema(schema.additionalProperties)) return { ETH: sample(schema.additionalProperties, textFor) }
    const named = Object.entries(schema.properties ?? {}).filter(([, part]) => isSchema(part))
    return Object.fromEntries(named.map(([key, part]) => [key, isSchema(part) && sample(part, textFor)]))
  }
  return textFor(new RegExp(schema.pattern ?? ""))
}
