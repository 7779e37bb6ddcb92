/**
 * Why the receiver program refuses a transaction: its custom error codes by name.
 */

/** The code of a name is its place here; a test compares them with the program's source. */
const REFUSALS = [
  null,
  "WRONG_ACCOUNTS",
  "MALFORMED_INSTRUCTION",
  "WRONG_STATE",
  "WRONG_GUARDIAN_SET",
  "GUARDIAN_SET_EXPIRED",
  "NO_QUORUM",
  "WRONG_GUARDIAN",
  "WRONG_SIGNATURE",
  "MALFORMED_PAYLOAD",
  "EPOCH_NOT_RISING",
  "TIMESTAMP_AHEAD",
  "ATTESTATION_EXPIRED",
  "LEAF_NOT_INCLUDED",
  "HEALTH_UNKNOWN",
  "NO_CLOCK",
  "EPOCH_REVOKED",
] as const

export type ReceiverRefusal = NonNullable<(typeof REFUSALS)[number]>

/** `null` for a code that the program does not use. */
export const receiverRefusal = (code: number): ReceiverRefusal | null => REFUSALS[code] ?? null
