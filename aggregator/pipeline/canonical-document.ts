/**
 * Published documents that hashes commit to: one schema writes and reads a format, and each value has one spelling.
 * The codecs say how money, ids and large integers are spelled in all of them.
 */
import { z } from "zod"
import { EXACT_DECIMAL, formatDecimal, parseDecimal } from "../domain/decimal.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import { canonicalWriter } from "./canonical-writer.js"

/** A fixed-point amount as a decimal string. */
export const fixed = <Value extends bigint>(branded: (raw: bigint) => Value) =>
  z.codec(
    z.string().regex(EXACT_DECIMAL),
    z.custom<Value>(value => typeof value === "bigint"),
    {
      decode: text => branded(parseDecimal(text)),
      encode: value => formatDecimal(whole(value)),
    },
  )
export const id = <Value extends string>(checked: (text: string) => Value) =>
  z.codec(
    z.string(),
    z.custom<Value>(value => typeof value === "string"),
    {
      decode: (text, context) => {
        try {
          return checked(text)
        } catch (error) {
          context.issues.push({
            code: "custom",
            input: text,
            message: error instanceof Error ? error.message : "no id",
          })
          return z.NEVER
        }
      },
      encode: text => text,
    },
  )
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly()
/** A whole number of at most 64 bits. */
export const integer = z.codec(z.string().regex(/^(0|[1-9]\d{0,19})$/), z.bigint(), {
  decode: BigInt,
  encode: value => String(whole(value)),
})

/** @throws TypeError for what is no `bigint` whatever its type says: no text may be written for it. */
function whole(value: bigint): bigint {
  if (typeof value !== "bigint") throw new TypeError(`${String(value)} is no integer`)
  return value
}

export interface CanonicalDocument<Value> {
  /** The value's only spelling, with the format's name in it. */
  encode(value: Value): string
  /** @throws InvalidInputError naming every wrong field, or that the text is not the value's only spelling. */
  decode(text: string): Value
}

/**
 * @param format name and version, e.g. `plimsoll/snapshot/1`: a document of another format is refused.
 * @param schema codecs both ways; fields that it does not name are not written, and refused when read.
 */
export function canonicalDocument<Value extends object>(
  format: string,
  schema: z.ZodObject & z.ZodType<Value>,
): CanonicalDocument<Value> {
  const name = z.literal(format)
  const named = z.object({ format: name })
  const write = canonicalWriter(z.object({ ...schema.shape, format: name }))
  const encode = (value: Value): string => write({ ...value, format })
  return {
    encode,
    decode: text => {
      const json = parseJson(text)
      const tagged = named.safeParse(json)
      if (!tagged.success) throw new InvalidInputError(inputIssues(tagged.error.issues))
      const parsed = schema.safeParse(json)
      if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
      if (encode(parsed.data) === text) return parsed.data
      throw new InvalidInputError([{ pointer: "", code: "NOT_CANONICAL", detail: SPELLING }])
    },
  }
}

const SPELLING = "must be spelled as the format says: no other fields, keys sorted, no spaces, no trailing zeros"

/** @throws InvalidInputError when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new InvalidInputError([{ pointer: "", code: "MALFORMED_JSON", detail }])
  }
}
