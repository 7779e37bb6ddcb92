/**
 * What a schema found wrong with a document, as input issues: where by JSON pointer, what by code.
 */
import type { InputIssue } from "./errors.js"

/** The part of a schema library's issue that matters here; the vocabulary depends on no such library. */
interface SchemaIssue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** Fields that the schema does not know, all members of what `path` points to. */
  readonly keys?: readonly string[]
}

/** RFC 6901: "" is the whole document, "/a/0" the first element of its member "a". */
const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map(part => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

/** One issue a wrong field; unknown fields are named one by one. */
export function inputIssues(found: readonly SchemaIssue[]): InputIssue[] {
  return found.flatMap(({ code, path, message, keys = [] }): InputIssue[] => {
    if (code !== "unrecognized_keys") return [{ pointer: jsonPointer(path), code: "INVALID_VALUE", detail: message }]
    return keys.map(key => ({
      pointer: jsonPointer([...path, key]),
      code: "UNKNOWN_FIELD",
      detail: "there is no such field",
    }))
  })
}
