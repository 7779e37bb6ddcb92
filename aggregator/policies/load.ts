/**
 * Turns a policy document into a checked policy and the hash that travels with every result.
 */
import type { Bytes32 } from "../domain/attestation.js"
import { canonicalHash } from "../domain/canonical.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import type { MarginPolicy } from "../domain/policy.js"
import { policySchema } from "./schema.js"

export interface LoadedPolicy {
  readonly policy: MarginPolicy
  /** SHA-256 of the document's canonical JSON. */
  readonly hash: Bytes32
}

/** @throws InvalidInputError naming every wrong field by JSON pointer. */
export function loadPolicy(document: unknown): LoadedPolicy {
  const parsed = policySchema.safeParse(document)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return { policy: parsed.data, hash: canonicalHash(document) }
}
