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
