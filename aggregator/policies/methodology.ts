/**
 * Turns the methodology section of a policy document into a checked methodology.
 */
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import type { Methodology } from "../domain/methodology.js"
import { methodologySchema } from "./methodology-schema.js"

/**
 * A methodology without the house rules around it, e.g. to reproduce a venue's own numbers.
 *
 * @throws InvalidInputError naming every wrong field by JSON pointer.
 */
export function loadMethodology(section: unknown, name = "methodology", version = 1): Methodology {
  const parsed = methodologySchema.safeParse(section)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return { ...parsed.data, name, version }
}
