/**
 * Makes of a document's schema the function that writes its canonical text: the same text that encoding the value and
 * spelling the result canonically give, in one pass and without the objects between, which is many times faster.
 */
import type { z } from "zod"

/** @throws TypeError for a value that the schema has no spelling for. */
export type Write = (value: unknown) => string

/** @throws TypeError for a schema of a kind that no document of ours is made of. */
export function canonicalWriter(schema: z.core.$ZodType): Write {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case "string":
      return writeText
    case "enum":
      return choiceWriter(Object.values(def.entries))
    case "literal":
      return choiceWriter(def.values)
    case "boolean":
    case "custom":
      return writePlain
    case "number":
      return writeNumber
    case "array":
      return listWriter(canonicalWriter(def.element))
    case "readonly":
    case "optional":
      return canonicalWriter(def.innerType)
    case "pipe":
      return codecWriter(schema, canonicalWriter(def.in))
    case "object":
      return objectWriter(def.shape)
    case "union":
      return variantWriter(def as z.core.$ZodDiscriminatedUnionDef)
    default:
      throw new TypeError(`a document cannot have a ${def.type}`)
  }
}

/** What JSON writes as it is, any half of a surrogate pair excluded. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

function writeText(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${String(value)} is no text`)
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)
}

function writeNumber(value: unknown): string {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new TypeError(`${String(value)} is no number`)
  return JSON.stringify(value)
}

function writePlain(value: unknown): string {
  if (typeof value === "string") return writeText(value)
  if (typeof value === "number") return writeNumber(value)
  if (typeof value === "boolean") return String(value)
  throw new TypeError(`${String(value)} has no canonical form`)
}

/** One of few values, each written once and for all. */
function choiceWriter(choices: readonly unknown[]): Write {
  const texts = new Map(choices.map(choice => [choice, writePlain(choice)]))
  return value => {
    const text = texts.get(value)
    if (text === undefined) throw new TypeError(`${String(value)} is none of the choices`)
    return text
  }
}

function listWriter(write: Write): Write {
  return value => {
    if (!Array.isArray(value)) throw new TypeError(`${String(value)} is no list`)
    let text = "["
    for (let i = 0; i < value.length; i++) text += i === 0 ? write(value[i]) : `,${write(value[i])}`
    return `${text}]`
  }
}

function codecWriter(schema: z.core.$ZodType, write: Write): Write {
  const { reverseTransform } = (schema as z.core.$ZodCodec)._zod.def
  if (!reverseTransform) throw new TypeError("a document can be written only if its codecs go both ways")
  return value => write(reverseTransform(value, { value, issues: [] }))
}

function objectWriter(shape: z.core.$ZodShape): Write {
  const members = Object.entries(shape)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => ({
      key,
      name: `${JSON.stringify(key)}:`,
      optional: member._zod.optin === "optional",
      write: canonicalWriter(member),
    }))
  return value => {
    if (typeof value !== "object" || value === null) throw new TypeError(`${String(value)} is no object`)
    let text = ""
    for (const { key, name, optional, write } of members) {
      const member = (value as Record<string, unknown>)[key]
      if (member !== undefined || !optional) text += `${text === "" ? "{" : ","}${name}${write(member)}`
    }
    return text === "" ? "{}" : `${text}}`
  }
}

/** A union whose variants one literal tells apart. */
function variantWriter({ options, discriminator }: z.core.$ZodDiscriminatedUnionDef): Write {
  const writers = new Map<unknown, Write>()
  for (const option of options) {
    const write = canonicalWriter(option)
    for (const tag of option._zod.propValues?.[discriminator] ?? []) writers.set(tag, write)
  }
  return value => {
    const write = writers.get((value as Record<string, unknown>)[discriminator])
    if (!write) throw new TypeError(`${String(value)} is none of the variants`)
    return write(value)
  }
}
