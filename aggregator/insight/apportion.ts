/**
 * A total cut into parts in proportion to weights, exactly: what rounding leaves over goes to the largest weights.
 */
import { abs, divide, type Usd, usd } from "../domain/fixed.js"

/**
 * Parts that add up to `total` exactly, each within one 10^-18 of its proportion; weights may be negative.
 * Without any weight (their sum is 0) there is no proportion, and the answer is `null`.
 */
export function apportion(total: Usd, weights: readonly bigint[]): Usd[] | null {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  if (whole === 0n) return null
  const parts = weights.map(weight => divide(total * weight, whole, "down"))
  let left = total - parts.reduce((sum, part) => sum + part, 0n)
  const order = weights.map((_, i) => i).sort((a, b) => (abs(weights[b] ?? 0n) > abs(weights[a] ?? 0n) ? 1 : -1))
  for (const i of order) {
    if (left === 0n) break
    parts[i] = (parts[i] ?? 0n) + 1n
    left--
  }
  return parts.map(usd)
}
