/**
 * What collateral is worth after every haircut, each step visible: asset tier → confidence → staleness → finality → venue.
 */
import type { ChainId } from "../domain/caip.js"
import { divide, minOf, ONE, type Price, type Ratio, ratio, type Usd, usd, valueDown } from "../domain/fixed.js"
import type { HaircutStep, ValuedCollateral } from "../domain/health.js"
import type { CollateralLeg } from "../domain/leg.js"
import type { HaircutTier, MarginPolicy } from "../domain/policy.js"
import type { ChainState, MarketPrice } from "../domain/snapshot.js"
import { hasCollateralRule } from "./policy-scope.js"

export interface Surroundings {
  readonly policy: MarginPolicy
  readonly valuationTime: number
  readonly prices: ReadonlyMap<string, MarketPrice>
  readonly chains: ReadonlyMap<ChainId, ChainState>
}

const NOTHING = usd(0n)
const WHOLE = ratio(ONE)

/**
 * Values collateral legs in the order given.
 * Legs of one asset share its size tiers: the best-kept leg fills the cheapest tier first, so that more collateral never
 * lowers the total. Every step is rounded up, the market value down. No price or no tier: the leg counts 0.
 */
export function valueCollateral(legs: readonly CollateralLeg[], around: Surroundings): ValuedCollateral[] {
  const valued = new Map<CollateralLeg, ValuedCollateral>()
  for (const symbol of new Set(legs.map(leg => leg.symbol))) {
    let filled = NOTHING
    for (const leg of bestKeptFirst(
      legs.filter(each => each.symbol === symbol),
      around,
    )) {
      const priced = around.prices.get(symbol)
      if (priced?.status !== "ok") {
        valued.set(leg, { leg, price: null, marketValue: NOTHING, haircuts: [], collateralValue: NOTHING })
        continue
      }
      const marketValue = valueDown(leg.amount, priced.price)
      const tierCut = assetHaircut(symbol, filled, marketValue, around.policy)
      const steps: [HaircutStep["name"], Ratio][] = [
        ["confidence", confidenceHaircut(priced)],
        ...stateHaircuts(leg, around),
      ]
      valued.set(leg, cut(leg, priced.price, marketValue, tierCut, steps))
      filled = usd(filled + marketValue)
    }
  }
  return legs.flatMap(leg => valued.get(leg) ?? [])
}

/** By tiers; nothing where the methodology has a rule of its own, everything where nobody has one. */
function assetHaircut(symbol: string, filled: Usd, marketValue: Usd, policy: MarginPolicy): Usd {
  const tiers = policy.collateral.get(symbol)
  if (tiers) return tierHaircut(tiers, filled, marketValue)
  return hasCollateralRule(symbol, policy) ? NOTHING : marketValue
}

function cut(
  leg: CollateralLeg,
  at: Price,
  marketValue: Usd,
  tierCut: Usd,
  steps: readonly [HaircutStep["name"], Ratio][],
): ValuedCollateral {
  let left = usd(marketValue - tierCut)
  const haircuts: HaircutStep[] = [{ name: "asset", amount: tierCut }]
  for (const [name, share] of steps) {
    const amount = minOf(left, usd(divide(left * share, ONE, "up")))
    haircuts.push({ name, amount })
    left = usd(left - amount)
  }
  return { leg, price: at, marketValue, haircuts: haircuts.filter(step => step.amount > 0n), collateralValue: left }
}

/** The tiers' haircut on the slice of value between `from` and `from + value`, rounded up once. */
function tierHaircut(tiers: readonly HaircutTier[], from: Usd, value: Usd): Usd {
  const to = from + value
  let start = 0n
  let weighted = 0n
  for (const tier of tiers) {
    const end = tier.upTo ?? to
    const low = start > from ? start : from
    const high = end < to ? end : to
    if (high > low) weighted += (high - low) * tier.haircut
    start = end
  }
  return minOf(value, usd(divide(weighted, ONE, "up")))
}

/** Haircuts for the state of the read and the place, in the order of the published waterfall. */
function stateHaircuts(leg: CollateralLeg, around: Surroundings): [HaircutStep["name"], Ratio][] {
  const { policy } = around
  const state = around.chains.get(leg.chain)
  // Legs exist only for chains that were read; anything else is worth nothing rather than guessed.
  const pin = state?.status === "ok" ? state.pin : undefined
  return [
    ["staleness", pin ? stalenessHaircut(policy, around.valuationTime - pin.timestamp) : WHOLE],
    ["finality", (pin && policy.finality.get(pin.finality)) ?? WHOLE],
    ["venue", policy.venues.get(leg.venue) ?? WHOLE],
  ]
}

function stalenessHaircut(policy: MarginPolicy, age: number): Ratio {
  return policy.staleness.find(step => age <= step.maxAge)?.haircut ?? WHOLE
}

function confidenceHaircut(priced: Extract<MarketPrice, { status: "ok" }>): Ratio {
  return ratio(divide(priced.confidence * ONE, priced.price, "up"))
}

/** Ties fall in an order of their own, so that the order of the input never shows in the result. */
function bestKeptFirst(legs: readonly CollateralLeg[], around: Surroundings): CollateralLeg[] {
  const ranked = legs.map(leg => ({
    leg,
    kept: stateHaircuts(leg, around).reduce((left, [, share]) => left * (ONE - share), 1n),
    place: `${leg.chain} ${leg.venue} ${leg.asset} ${leg.amount}`,
  }))
  ranked.sort((a, b) => (a.kept === b.kept ? (a.place < b.place ? -1 : 1) : a.kept > b.kept ? -1 : 1))
  return ranked.map(each => each.leg)
}
