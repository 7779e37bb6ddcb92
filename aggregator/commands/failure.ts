/**
 * How a command ends when it cannot go on: one line that says what to do, the stack only for what nobody foresaw.
 */
import { InvalidInputError, issueLine, PlimsollError } from "../domain/errors.js"

export function reportFailure(error: unknown): void {
  process.exitCode = 1
  if (error instanceof InvalidInputError) {
    for (const issue of error.issues) console.error(issueLine(issue))
  } else if (error instanceof PlimsollError) {
    console.error(`${error.code}: ${error.message}`)
  } else {
    console.error(error)
  }
}
