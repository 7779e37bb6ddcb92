/**
 * Whoever turns snapshots into health, wherever that is computed.
 */
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"

export interface Assessor {
  /** One at a time. @throws what `assessSnapshot` throws, and Error when a thread dies. */
  assess(snapshot: Snapshot): Promise<Assessment>
  close(): Promise<void>
}

export interface AssessorParts {
  readonly wasm: Uint8Array<ArrayBuffer>
  readonly kernel: RiskKernel
  readonly policy: MarginPolicy
  /** 0: everything in the caller's own thread. */
  readonly threads: number
}
