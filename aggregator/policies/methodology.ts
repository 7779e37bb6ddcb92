/**
 * Turns a methodology document into a checked methodology and the hash that travels with every result.
 */
import type { Bytes32 } from "../domain/attestation.js"
import { canonicalHash } from "../domain/canonical.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import type { Methodology } from "../domain/methodology.js"
import { methodologySchema } from "./methodology-schema.js"

export interface LoadedMethodology {
  readonly methodology: Methodology
  /** SHA-256 of the document's canonical JSON. */
  readonly hash: Bytes32
}

/** @throws InvalidInputError naming every wrong field by JSON pointer. */
export function loadMethodology(document: unknown): LoadedMethodology {
  const parsed = methodologySchema.safeParse(document)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return { methodology: parsed.data, hash: canonicalHash(document) }
}
