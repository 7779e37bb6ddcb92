/**
 * Uniswap v3's price grid in exact integers: √price × 2^96 at a tick, and the amounts that liquidity stands for between
 * two prices (Uniswap v3 Core whitepaper, §6.1–6.3). Amounts are cut off as the pool does when it pays out.
 *
 *   price at tick i = 1.0001^i        amount0 = L · (1/√a − 1/√b)        amount1 = L · (√b − √a)
 */
import { integerRoot } from "../../../aggregator/domain/integer-root.js"

/** The grid reaches from −MAX_TICK to MAX_TICK: √price × 2^96 has to fit 160 bits. */
export const MAX_TICK = 887_272
const Q32 = 1n << 32n
const Q96 = 1n << 96n
const Q128 = 1n << 128n
const MAX_UINT256 = (1n << 256n) - 1n

/** 2^128 / √1.0001^(2^i), rounded to the nearest, for each bit i of a tick: the pool multiplies these, 128 bits at a time. */
const BIT_FACTORS = bitFactors(MAX_TICK.toString(2).length)

/**
 * √(token1 per token0) × 2^96 at a tick, rounded up where 128 bits become 96: bit for bit what the pool computes.
 *
 * @throws RangeError when the grid has no such tick.
 */
export function sqrtPriceAtTick(tick: number): bigint {
  const size = Math.abs(tick)
  if (!Number.isInteger(tick) || size > MAX_TICK) throw new RangeError(`${tick} is no tick`)
  let ratio = Q128
  BIT_FACTORS.forEach((factor, bit) => {
    if ((size >> bit) & 1) ratio = (ratio * factor) >> 128n
  })
  if (tick > 0) ratio = MAX_UINT256 / ratio
  return ratio / Q32 + (ratio % Q32 === 0n ? 0n : 1n)
}

/** Token0 between two square roots of prices, a ≤ b, cut off. */
export const amount0Between = (a: bigint, b: bigint, liquidity: bigint): bigint =>
  ((liquidity << 96n) * (b - a)) / b / a

/** Token1 between two square roots of prices, a ≤ b, cut off. */
export const amount1Between = (a: bigint, b: bigint, liquidity: bigint): bigint => (liquidity * (b - a)) / Q96

/** Squares a root that is taken with bits to spare, so that the last factor is still rounded right. */
function bitFactors(count: number): readonly bigint[] {
  const bits = 512n
  const one = 1n << bits
  const halfOfLast = 1n << (bits - 129n)
  const factors: bigint[] = []
  let factor = integerRoot((10_000n * one * one) / 10_001n, "down")
  for (let bit = 0; bit < count; bit++) {
    factors.push((factor + halfOfLast) >> (bits - 128n))
    factor = (factor * factor) >> bits
  }
  return factors
}
