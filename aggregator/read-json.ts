/**
 * A JSON file that a command was given.
 */
import { readFile } from "node:fs/promises"
import { InvalidInputError } from "./domain/errors.js"

/** @throws InvalidInputError when the file cannot be read or is no JSON. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"))
  } catch (error) {
    throw new InvalidInputError([
      { pointer: file, code: "UNREADABLE", detail: error instanceof Error ? error.message : String(error) },
    ])
  }
}

/**
 * Reads a JSON file as a document of some kind.
 *
 * @throws InvalidInputError naming the file, and in it every wrong field that `load` names.
 */
export async function readDocument<Loaded>(path: string, load: (document: unknown) => Loaded): Promise<Loaded> {
  const document = await readJson(path)
  try {
    return load(document)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new InvalidInputError(error.issues.map(each => ({ ...each, pointer: `${path}#${each.pointer}` })))
  }
}
