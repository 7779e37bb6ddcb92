/**
 * Where and when a chain was read. All reads of one pass share one pin, so that no result mixes two states.
 */
import type { ChainId } from "./caip.js"

/** How final the pinned state is; `latest` and `processed` can still be reorganised. */
export type Finality = "latest" | "safe" | "finalized" | "processed" | "confirmed"

/** How the state was obtained: one endpoint's word, a quorum of endpoints, or guardians' signatures. */
export type InputGrade = "single" | "quorum" | "query"

export interface EvmPin {
  readonly kind: "evm"
  readonly chain: ChainId
  readonly blockNumber: bigint
  readonly blockHash: string
  /** Unix seconds, the block's own. */
  readonly timestamp: number
  readonly finality: Finality
  readonly inputGrade: InputGrade
}

/** Solana has no historical reads: a pass is pinned to a slot range. */
export interface SolanaPin {
  readonly kind: "solana"
  readonly chain: ChainId
  readonly minSlot: bigint
  readonly maxSlot: bigint
  /** Blockhash of a slot within the range, base58. */
  readonly blockHash: string
  /** Unix seconds, of the oldest slot in the range. */
  readonly timestamp: number
  readonly finality: Finality
  readonly inputGrade: InputGrade
}

export type Pin = EvmPin | SolanaPin
