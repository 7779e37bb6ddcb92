/**
 * Cost of closing part of a holding, by the model that `domain/execution-costs.ts` states.
 */
import type { TradingCosts } from "../domain/execution-costs.js"
import { abs, divide, ONE, type Price, type Quantity, type Usd, usd } from "../domain/fixed.js"

/**
 * USD, rounded up; 0 for nothing traded.
 *
 * @param units ≥ 0.
 * @param at Price of the underlying.
 * @param mark Value of +1, for options; its sign does not matter.
 */
export function tradingCost(units: Quantity, at: Price, mark: Price, costs: TradingCosts): Usd {
  if (units === 0n) return usd(0n)
  // Both products × 10^54: one rounding for all of it.
  const spread = units * (at * costs.spread + abs(mark) * costs.premiumSpread)
  const impact = divide(at * costs.impact * units * units, costs.depth, "up")
  return usd(costs.order + divide(spread + impact, ONE * ONE, "up"))
}
