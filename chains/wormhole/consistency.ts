/**
 * How final a message's block must be before guardians sign it, as the core contract takes it on EVM chains.
 */

export const CONSISTENCY = {
  /** Signed at once; the block can still be reorganised, so only for advisory use. */
  instant: 200,
  safe: 201,
  /** For whatever moves collateral. */
  finalized: 1,
} as const

export type Consistency = keyof typeof CONSISTENCY

/** Guardians treat every level that is neither instant nor safe as finalized. */
export function consistencyOf(level: number): Consistency {
  if (level === CONSISTENCY.instant) return "instant"
  return level === CONSISTENCY.safe ? "safe" : "finalized"
}
