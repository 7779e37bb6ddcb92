/**
 * Turns a policy document into a checked policy and the hash that travels with every result.
 */
import type { Bytes32 } from "../domain/attestation.js"
import { canonicalJson, sha256Text } from "../domain/canonical.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import type { MarginPolicy } from "../domain/policy.js"
import { policySchema } from "./schema.js"

export interface LoadedPolicy {
  readonly policy: MarginPolicy
  /** Canonical JSON of the document it was read from: the bytes that `hash` commits to. */
  readonly text: string
  /** SHA-256 of `text`. */
  readonly hash: Bytes32
}

/** @throws InvalidInputError naming every wrong field by JSON pointer. */
export function loadPolicy(document: unknown): LoadedPolicy {
  const parsed = policySchema.safeParse(document)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  const { name, version, methodology, ...house } = parsed.data
  const policy = { ...house, name, version, methodology: { ...methodology, name, version } }
  const text = canonicalJson(document)
  return { policy, text, hash: sha256Text(text) }
}
