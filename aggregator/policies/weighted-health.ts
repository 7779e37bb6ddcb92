/**
 * Turns the weighted-health section of a policy document into checked parameters.
 */
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import type { WeightedHealthPolicy } from "../domain/weighted-health.js"
import { weightedHealthSchema } from "./weighted-health-schema.js"

/**
 * Weights without the house rules around them, e.g. to reproduce a venue's own numbers.
 *
 * @throws InvalidInputError naming every wrong field by JSON pointer.
 */
export function loadWeightedHealth(section: unknown, name = "weighted-health", version = 1): WeightedHealthPolicy {
  const parsed = weightedHealthSchema.safeParse(section)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return { ...parsed.data, name, version }
}
