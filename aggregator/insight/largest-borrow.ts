/**
 * How much more of an asset an account can borrow before a threshold's weighted health falls below zero.
 */
import { type Quantity, quantity } from "../domain/fixed.js"
import type {
  WeightedAccount,
  WeightedHealthPolicy,
  WeightedMarket,
  WeightedThreshold,
} from "../domain/weighted-health.js"
import { assessWeightedHealth } from "../pipeline/weighted-health/assess.js"

/** No supply of any asset reaches 10^30 units: an account that can borrow that much has no limit to state. */
const UNLIMITED = 10n ** 48n

/**
 * The largest whole number of 10^-18 units whose withdrawal leaves health ≥ 0, by bisection on full assessment;
 * `null` when no number is known (a price is missing) or the borrow has no limit.
 *
 * @throws UnsupportedByPolicyError when the policy has no parameters for the asset.
 */
export function largestBorrow(
  account: WeightedAccount,
  market: WeightedMarket,
  policy: WeightedHealthPolicy,
  symbol: string,
  threshold: WeightedThreshold = "initial",
): Quantity | null {
  const healthAfter = (borrowed: bigint) => {
    const balances = [...account.balances, { symbol, amount: quantity(-borrowed) }]
    const assessed = assessWeightedHealth({ ...account, balances }, market, policy)
    return assessed.status === "assessed" ? assessed.thresholds[threshold].health : undefined
  }
  const now = healthAfter(1n)
  if (now === undefined) return null
  if (now < 0n) return quantity(0n)
  let [affordable, tooMuch] = [1n, 2n]
  while ((healthAfter(tooMuch) ?? -1n) >= 0n) {
    if (tooMuch > UNLIMITED) return null
    affordable = tooMuch
    tooMuch *= 2n
  }
  while (tooMuch - affordable > 1n) {
    const middle = (affordable + tooMuch) / 2n
    if ((healthAfter(middle) ?? -1n) >= 0n) affordable = middle
    else tooMuch = middle
  }
  return quantity(affordable)
}
