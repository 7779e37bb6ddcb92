/**
 * What a perpetual adds in units of its settlement asset, in the worst case: all its bids fill or all its asks, and the
 * base is worth the lower or the higher price. (For a long position the lower, unless its margin exceeds its value.)
 */
import { abs, divide, ONE, type Quantity, quantity } from "../../domain/fixed.js"
import type { PerpetualPosition } from "../../domain/weighted-health.js"
import type { MarketView, PerpetualView } from "./view.js"
import { COUNTED, countedHolding, withSizePremium } from "./weights.js"

export interface PerpetualOutcome {
  readonly position: PerpetualPosition
  readonly settlement: string
  /** Quote plus base at its price, rounded down; < 0 is a loss. */
  readonly gain: Quantity
  /** The share of a gain that counts, rounded down; a loss whole. */
  readonly weightedGain: Quantity
  /** Margin on the base position after the fills, ≥ 0, rounded up. */
  readonly margin: Quantity
  /** Value of that base position, ≥ 0, rounded up. */
  readonly exposure: Quantity
  /** Gain less margin, the positive part weighted: what joins a balance under netting. */
  readonly net: Quantity
}

export function perpetualOutcome(
  position: PerpetualPosition,
  at: PerpetualView,
  { policy, rule }: MarketView,
): PerpetualOutcome {
  const { rules } = at
  const after = (filled: bigint, fillPrice: bigint, own: bigint) => {
    const base = position.base + filled
    const gain = divide(position.quote * ONE + base * own - filled * fillPrice, ONE, "down")
    const ratio = withSizePremium(
      (base < 0n ? rules.shortMargin : rules.longMargin)[rule.weights],
      quantity(abs(base)),
      rules.sizePremium,
      policy.steps,
    )
    return {
      gain,
      margin: divide(abs(base) * own * ratio, COUNTED, "up"),
      exposure: divide(abs(base) * own, ONE, "up"),
    }
  }
  const prices = at.low === at.high ? [at.low] : [at.low, at.high]
  const worst = prices
    .flatMap(own => [after(position.bids, at.high, own), after(-position.asks, at.low, own)])
    .reduce((worst, each) => (each.gain - each.margin < worst.gain - worst.margin ? each : worst))
  const gainTerms = {
    assetWeight: rules.gainWeight[rule.weights],
    sizePremium: rules.gainSizePremium[rule.weights],
    steps: policy.steps,
  }
  const weigh = (amount: bigint) =>
    quantity(amount > 0n ? divide(countedHolding(quantity(amount), gainTerms), ONE, "down") : amount)
  return {
    position,
    settlement: rules.settlement,
    gain: quantity(worst.gain),
    weightedGain: weigh(worst.gain),
    margin: quantity(worst.margin),
    exposure: quantity(worst.exposure),
    net: weigh(worst.gain - worst.margin),
  }
}
