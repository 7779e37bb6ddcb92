/**
 * What a transaction may offer for gas: the market's price times a factor, never above a cap, and by how much more it
 * has to offer to take the place of another.
 */
import { PlimsollError } from "../../aggregator/domain/errors.js"

/** Wei for each unit of gas. */
export interface GasFees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

export interface FeePolicy {
  /** Percent of the node's own suggestion, ≥ 1. */
  readonly multiplierPercent: number
  /** Wei for each unit of gas; `null`: none. */
  readonly mostPerGas: bigint | null
}

export const MARKET_FEES: FeePolicy = { multiplierPercent: 100, mostPerGas: null }

/** Gas costs more than may be paid; nothing was sent. It is worth trying again when it has fallen. */
export class GasPriceCappedError extends PlimsollError {
  readonly code = "GAS_PRICE_CAPPED"
  constructor(
    /** Wei for each unit of gas. */
    readonly needed: bigint,
    readonly cap: bigint,
  ) {
    super(`gas costs ${needed} wei, which is above the cap of ${cap} wei`)
  }
}

/** Nodes take a transaction in another's place when both its fees are a tenth higher; an eighth leaves room for rounding. */
const BUMP = { numerator: 9n, denominator: 8n } as const

const bumped = (fee: bigint): bigint => (fee * BUMP.numerator) / BUMP.denominator + 1n
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

export interface FeeMarket {
  /** The node's suggestion. */
  readonly suggested: GasFees
  /** Wei for each unit of gas that the next block takes at least; 0 before EIP-1559. */
  readonly baseFee: bigint
}

/**
 * The fees to offer, rounded up.
 *
 * @param replaced fees of a transaction whose place is taken.
 * @throws GasPriceCappedError when the cap is below what a block or the replacement needs.
 */
export function feesToOffer(market: FeeMarket, policy: FeePolicy, replaced?: GasFees): GasFees {
  const times = (fee: bigint) => (fee * BigInt(policy.multiplierPercent) + 99n) / 100n
  const wanted: GasFees = {
    maxFeePerGas: times(market.suggested.maxFeePerGas),
    maxPriorityFeePerGas: times(market.suggested.maxPriorityFeePerGas),
  }
  const floor: GasFees = replaced
    ? { maxFeePerGas: bumped(replaced.maxFeePerGas), maxPriorityFeePerGas: bumped(replaced.maxPriorityFeePerGas) }
    : { maxFeePerGas: market.baseFee, maxPriorityFeePerGas: 0n }
  const fees = {
    maxFeePerGas: most(wanted.maxFeePerGas, floor.maxFeePerGas),
    maxPriorityFeePerGas: most(wanted.maxPriorityFeePerGas, floor.maxPriorityFeePerGas),
  }
  const { mostPerGas } = policy
  if (mostPerGas === null || fees.maxFeePerGas <= mostPerGas) return ordered(fees)
  const needed = most(floor.maxFeePerGas, market.baseFee)
  if (needed > mostPerGas) throw new GasPriceCappedError(needed, mostPerGas)
  return ordered({ ...fees, maxFeePerGas: mostPerGas })
}

/** Nodes refuse a tip above the whole. */
const ordered = ({ maxFeePerGas, maxPriorityFeePerGas }: GasFees): GasFees => ({
  maxFeePerGas,
  maxPriorityFeePerGas: least(maxPriorityFeePerGas, maxFeePerGas),
})
