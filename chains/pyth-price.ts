/**
 * A Pyth price as every chain stores it, a whole number and a power of ten, at our scale.
 * One place for all chains: Pyth publishes the same message everywhere.
 */
import { DECIMALS, price } from "../aggregator/domain/fixed.js"
import type { PriceObservation } from "../aggregator/domain/reading.js"

/** Unix seconds and units of 10^exponent US dollars. */
export interface PythPrice {
  readonly mantissa: bigint
  readonly confidence: bigint
  readonly exponent: number
  readonly publishTime: bigint
}

/**
 * Exact. Zero and negative prices pass: the source said so, and whoever combines the sources rejects it with a reason.
 *
 * @throws RangeError when the exponent or the time is none that Pyth publishes.
 */
export function observedPrice(published: PythPrice): Pick<PriceObservation, "price" | "confidence" | "publishTime"> {
  const { mantissa, confidence, exponent, publishTime } = published
  // Within these bounds the scale to 18 decimals is exact; Pyth's own exponents are −12 … 0.
  if (exponent < -DECIMALS || exponent > DECIMALS) throw new RangeError(`exponent ${exponent} is outside ±${DECIMALS}`)
  if (publishTime < 0n || publishTime > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`publish time ${publishTime} is no time`)
  }
  const unit = 10n ** BigInt(DECIMALS + exponent)
  return { price: price(mantissa * unit), confidence: price(confidence * unit), publishTime: Number(publishTime) }
}
