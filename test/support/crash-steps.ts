/**
 * The steps of an epoch at which a service is killed, and the file that plays the chains.
 */
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import type { InputGrade } from "../../aggregator/domain/pin.js"

export const CRASH_STEPS = [
  "before the epoch is recorded",
  "after the epoch is recorded",
  "after the publication",
  "after the outbox is written",
  "after the publication is recorded",
  "after the delivery",
  "after the delivery is recorded",
] as const
export type CrashStep = (typeof CRASH_STEPS)[number]

export const EMITTER_CHAIN = 2
export const EMITTER: Bytes32 = `0x${"0a".repeat(32)}`

export type LedgerEntry =
  | {
      readonly kind: "published"
      readonly sequence: number
      readonly epoch: string
      readonly root: Bytes32
      readonly timestamp: number
      readonly validity: number
      readonly inputGrade: InputGrade
    }
  | { readonly kind: "delivered"; readonly epoch: string; readonly root: Bytes32 }

export const entriesOf = (text: string): LedgerEntry[] =>
  text
    .split("\n")
    .filter(line => line !== "")
    .map(line => JSON.parse(line))

export const published = (entries: readonly LedgerEntry[]) =>
  entries.flatMap(each => (each.kind === "published" ? [each] : []))
