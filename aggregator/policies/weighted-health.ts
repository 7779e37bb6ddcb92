/**
 * Turns a weighted-health document into a checked policy and its hash, and names those that ship with the project.
 */
import type { Bytes32 } from "../domain/attestation.js"
import { canonicalHash } from "../domain/canonical.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import type { WeightedHealthPolicy } from "../domain/weighted-health.js"
import strict from "./weighted-health-drift.json" with { type: "json" }
import netted from "./weighted-health-mango.json" with { type: "json" }
import lendingEma from "./weighted-health-marginfi.json" with { type: "json" }
import { weightedHealthSchema } from "./weighted-health-schema.js"

/** By name; the documents as they are hashed and forked. */
export const WEIGHTED_HEALTH_DOCUMENTS = {
  "weighted-health-drift": strict,
  "weighted-health-mango": netted,
  "weighted-health-marginfi": lendingEma,
} as const

/** @throws InvalidInputError naming every wrong field by JSON pointer. */
export function loadWeightedHealth(document: unknown): {
  readonly policy: WeightedHealthPolicy
  readonly hash: Bytes32
} {
  const parsed = weightedHealthSchema.safeParse(document)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return { policy: parsed.data, hash: canonicalHash(document) }
}
