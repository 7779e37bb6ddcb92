/**
 * Value at risk and expected shortfall of a loss sample: historical scenarios, each with its share of the probability.
 * Exact integers; a result that is no whole 10^-18 USD is rounded up, as a requirement is.
 */
import { divide, ONE, type Ratio, ratio, type Usd, usd } from "../domain/fixed.js"

/** 97.5 %, the level of Basel's market risk standard (MAR33). */
export const ES_LEVEL = ratio((975n * ONE) / 1000n)

export interface TailRisk {
  /** The smallest loss that is exceeded with probability ≤ 1 − level. */
  readonly valueAtRisk: Usd
  /** Mean loss over the worst 1 − level of the probability; the loss at its edge counts with the part that is inside. */
  readonly expectedShortfall: Usd
}

/**
 * Equal shares unless given. Order does not matter beyond which share belongs to which loss.
 *
 * @param losses Loss > 0, gain < 0, one a scenario.
 * @param level 0 < level < 1.
 * @param shares ≥ 0, relative to their sum, one a loss.
 * @throws RangeError without losses, when lengths differ, when all shares are 0 or one is negative, or for a level outside (0, 1).
 */
export function tailRisk(losses: readonly Usd[], level: Ratio = ES_LEVEL, shares?: readonly bigint[]): TailRisk {
  if (losses.length === 0) throw new RangeError("a sample without losses has no tail")
  if (shares && shares.length !== losses.length) throw new RangeError("one share a loss")
  if (shares?.some(share => share < 0n)) throw new RangeError("a share is never negative")
  if (level <= 0n || level >= ONE) throw new RangeError("the level lies between 0 and 1")
  const weighted = losses.map((loss, i) => ({ loss, share: (shares?.[i] ?? 1n) * ONE }))
  const whole = weighted.reduce((sum, { share }) => sum + share, 0n)
  if (whole === 0n) throw new RangeError("shares sum to 0")
  const tail = (whole / ONE) * (ONE - level)
  const descending = weighted.sort((a, b) => (a.loss > b.loss ? -1 : a.loss < b.loss ? 1 : 0))

  let left = tail
  let sum = 0n
  let valueAtRisk = usd(0n)
  for (const { loss, share } of descending) {
    const inside = share < left ? share : left
    sum += loss * inside
    left -= inside
    if (share > 0n) valueAtRisk = loss
    if (share > inside) break
  }
  return { valueAtRisk, expectedShortfall: usd(divide(sum, tail, "up")) }
}
