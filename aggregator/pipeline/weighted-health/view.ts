/**
 * The market as one threshold sees it: for every asset the price of a holding, the price of a debt, and the weights.
 */
import { type Price, price } from "../../domain/fixed.js"
import type {
  ThresholdRule,
  TwoPrices,
  WeightedHealthPolicy,
  WeightedMarket,
  WeightedPerpetual,
} from "../../domain/weighted-health.js"
import { termsOf, type WeightTerms } from "./weights.js"

/** Low for what is owned, high for what is owed. */
export interface Sides {
  readonly low: Price
  readonly high: Price
}

export interface AssetView extends Sides {
  readonly terms: WeightTerms
}

export interface PerpetualView extends Sides {
  readonly rules: WeightedPerpetual
}

export interface MarketView {
  readonly policy: WeightedHealthPolicy
  readonly rule: ThresholdRule
  /** `undefined` without a price or parameters. */
  readonly asset: (symbol: string) => AssetView | undefined
  readonly perpetual: (market: string) => PerpetualView | undefined
}

export function viewMarket(market: WeightedMarket, policy: WeightedHealthPolicy, rule: ThresholdRule): MarketView {
  return {
    policy,
    rule,
    asset(symbol) {
      const parameters = policy.assets.get(symbol)
      const quoted = market.assets.get(symbol)
      const sides = sidesOf(quoted, rule)
      if (!parameters || !quoted || !sides) return undefined
      const totals = rule.scaledByTotals ? quoted : null
      return { ...sides, terms: termsOf(parameters, rule.weights, totals, sides.high, policy.steps) }
    },
    perpetual(name) {
      const rules = policy.perpetuals.get(name)
      const sides = sidesOf(market.perpetuals.get(name), rule)
      return rules && sides && { ...sides, rules }
    },
  }
}

/** A price that is not above zero is no price. */
function sidesOf(prices: TwoPrices | undefined, rule: ThresholdRule): Sides | undefined {
  const oracle = prices?.oracle ?? price(0n)
  if (oracle <= 0n) return undefined
  const reference = prices?.reference ?? null
  if (rule.price === "oracle" || reference === null) return { low: oracle, high: oracle }
  if (reference <= 0n) return undefined
  return oracle < reference ? { low: oracle, high: reference } : { low: reference, high: oracle }
}
