/**
 * The OpenAPI document as a list of calls in plain words: what the reference page and docs/api.md are written from.
 */

/** As much of a document as is read here. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

interface Operation {
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

export interface Call {
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly parameters: readonly { name: string; where: string; required: boolean; type: string; description: string }[]
  /** Type of the body, or `null`. */
  readonly body: string | null
  readonly answers: readonly { status: string; type: string; description: string }[]
}

export interface NamedType {
  readonly name: string
  readonly description: string
  /** `null` for what is no object. */
  readonly fields: readonly { name: string; required: boolean; type: string; description: string }[] | null
  readonly type: string
}

export const callsOf = ({ paths }: ApiDocument): readonly Call[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => callOf(method, path, operation)),
  )

function callOf(method: string, path: string, operation: Operation): Call {
  const { summary = "", parameters = [], requestBody, responses } = operation
  return {
    method: method.toUpperCase(),
    path,
    summary,
    parameters: parameters.map(each => ({
      name: each.name,
      where: each.in,
      required: each.required ?? false,
      type: typeOf(each.schema),
      description: each.description ?? each.schema?.description ?? "",
    })),
    body: requestBody ? contentType(requestBody.content) : null,
    answers: Object.entries(responses).map(([status, { description, content = {} }]) => ({
      status,
      type: contentType(content),
      description,
    })),
  }
}

export function typesOf({ components }: ApiDocument): readonly NamedType[] {
  return Object.entries(components?.schemas ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => ({
      name,
      description: descriptionOf(schema),
      type: typeOf(schema),
      fields: schema.properties
        ? Object.entries(schema.properties).map(([field, type]) => ({
            name: field,
            required: schema.required?.includes(field) ?? false,
            type: typeOf(type),
            description: descriptionOf(type),
          }))
        : null,
    }))
}

const contentType = (content: Content): string =>
  Object.entries(content)
    .map(([type, { schema }]) => (type.endsWith("json") ? typeOf(schema) : type))
    .join(" or ")

/** What is said of a named type where it is used stands in a member of its own. */
const descriptionOf = ({ description, allOf = [] }: Schema): string =>
  description ?? allOf.find(each => each.description !== undefined)?.description ?? ""

const saysMore = ({ description: _, ...rest }: Schema): boolean => Object.keys(rest).length > 0

/** A schema in one line, as TypeScript would write it. */
function typeOf(schema: Schema | undefined): string {
  if (!schema) return "any"
  if (schema.$ref) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map(each => JSON.stringify(each)).join(" | ")
  const several = schema.anyOf ?? schema.oneOf
  if (several) return several.map(typeOf).join(" | ")
  if (schema.allOf) return schema.allOf.filter(saysMore).map(typeOf).join(" & ")
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"]
  return types.map(type => plainType(String(type), schema)).join(" | ")
}

function plainType(type: string, { items, properties, required = [], additionalProperties }: Schema): string {
  if (type === "array") return items ? `${bracketed(typeOf(items))}[]` : "any[]"
  if (type !== "object") return type
  if (properties) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `${name}${required.includes(name) ? "" : "?"}: ${typeOf(field)}`,
    )
    return `{ ${fields.join("; ")} }`
  }
  return typeof additionalProperties === "object" ? `{ [name]: ${typeOf(additionalProperties)} }` : "object"
}

const bracketed = (type: string): string => (type.includes(" | ") ? `(${type})` : type)
