/**
 * The integer square root: exact where a floating-point root would be off in its last places.
 * Size premiums grow with the root of a position and pools keep the root of a price, so its rounding must be known.
 */
import type { Rounding } from "./fixed.js"

/**
 * √value as an integer, rounded as asked. Newton's method from above: each step stays above the root until it stops.
 *
 * @throws RangeError when the value is negative.
 */
export function integerRoot(value: bigint, rounding: Rounding): bigint {
  if (value < 0n) throw new RangeError("a negative number has no square root")
  if (value === 0n) return 0n
  const bits = BigInt(value.toString(2).length)
  let root = 1n << ((bits + 1n) / 2n)
  for (let next = (root + value / root) / 2n; next < root; next = (root + value / root) / 2n) root = next
  return rounding === "up" && root * root < value ? root + 1n : root
}
