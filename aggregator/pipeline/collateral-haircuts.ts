/**
 * What collateral is worth after every haircut, each step visible: asset tier → confidence → staleness → finality → venue.
 */
import type { ChainId } from "../domain/caip.js"
import { divide, minOf, ONE, type Ratio, ratio, type Usd, usd, valueDown } from "../domain/fixed.js"
import type { HaircutStep, ValuedCollateral } from "../domain/health.js"
import type { CollateralLeg } from "../domain/leg.js"
import type { HaircutTier, MarginPolicy } from "../domain/policy.js"
import type { ChainState, MarketPrice, Snapshot } from "../domain/snapshot.js"
import { hasCollateralRule } from "./policy-scope.js"

const NOTHING = usd(0n)
export const WHOLE = ratio(ONE)

interface Share {
  readonly name: HaircutStep["name"]
  readonly share: Ratio
}

/** What a pass values every account by; what many legs have in common is found out once. */
export class Surroundings {
  readonly policy: MarginPolicy
  readonly valuationTime: number
  readonly prices: ReadonlyMap<string, MarketPrice>
  readonly chains: ReadonlyMap<ChainId, ChainState>
  /** Unix seconds of each pin. */
  readonly pinTimes: ReadonlyMap<ChainId, number>
  /** Chains whose pin is older than liabilities may be, with its age in seconds. */
  readonly tooOld: ReadonlyMap<ChainId, number>
  readonly #places = new Map<ChainId, Map<string, readonly Share[]>>()
  readonly #confidences = new Map<string, Share>()

  constructor(snapshot: Pick<Snapshot, "valuationTime" | "prices" | "chains">, policy: MarginPolicy) {
    this.policy = policy
    this.valuationTime = snapshot.valuationTime
    this.prices = new Map(snapshot.prices.map(each => [each.symbol, each]))
    this.chains = new Map(snapshot.chains.map(each => [each.chain, each]))
    const pins = snapshot.chains.flatMap(each => (each.status === "ok" ? [each] : []))
    this.pinTimes = new Map(pins.map(({ chain, pin }) => [chain, pin.timestamp]))
    const ages = pins.map(({ chain, pin }) => [chain, snapshot.valuationTime - pin.timestamp] as const)
    this.tooOld = new Map(ages.filter(([, age]) => age > policy.liabilityMaxAge))
  }

  /** Haircuts for the state of the read and the place, in the order of the published waterfall. */
  placeShares({ chain, venue }: CollateralLeg): readonly Share[] {
    const known = this.#places.get(chain)?.get(venue)
    if (known) return known
    const venues = this.#places.get(chain) ?? new Map<string, readonly Share[]>()
    const shares = placeShares(chain, venue, this)
    this.#places.set(chain, venues.set(venue, shares))
    return shares
  }

  confidenceShare(priced: UsablePrice): Share {
    const known = this.#confidences.get(priced.symbol)
    if (known) return known
    const share: Share = { name: "confidence", share: ratio(divide(priced.confidence * ONE, priced.price, "up")) }
    this.#confidences.set(priced.symbol, share)
    return share
  }
}

type UsablePrice = Extract<MarketPrice, { status: "ok" }>

/**
 * Values collateral legs in the order given.
 * Legs of one asset share its size tiers: the best-kept leg fills the cheapest tier first, so that more collateral never
 * lowers the total. Every step is rounded up, the market value down. No price or no tier: the leg counts 0.
 */
export function valueCollateral(legs: readonly CollateralLeg[], around: Surroundings): ValuedCollateral[] {
  if (areDistinct(legs)) return legs.map(leg => valueLeg(leg, NOTHING, around))
  const symbols = new Set(legs.map(leg => leg.symbol))
  const valued = new Map<CollateralLeg, ValuedCollateral>()
  for (const symbol of symbols) {
    let filled = NOTHING
    for (const leg of bestKeptFirst(
      legs.filter(each => each.symbol === symbol),
      around,
    )) {
      const value = valueLeg(leg, filled, around)
      valued.set(leg, value)
      filled = usd(filled + value.marketValue)
    }
  }
  return legs.flatMap(leg => valued.get(leg) ?? [])
}

const areDistinct = (legs: readonly CollateralLeg[]): boolean =>
  legs.every(({ symbol }, i) => legs.findIndex(each => each.symbol === symbol) === i)

/** @param filled the value of the same asset that has taken its place in the tiers already */
function valueLeg(leg: CollateralLeg, filled: Usd, around: Surroundings): ValuedCollateral {
  const priced = around.prices.get(leg.symbol)
  if (priced?.status !== "ok") return { leg, price: null, marketValue: NOTHING, haircuts: [], collateralValue: NOTHING }
  const marketValue = valueDown(leg.amount, priced.price)
  const haircuts: HaircutStep[] = []
  const asset = assetHaircut(leg.symbol, filled, marketValue, around.policy)
  if (asset !== 0n) haircuts.push({ name: "asset", amount: asset })
  let left = cutShare(usd(marketValue - asset), around.confidenceShare(priced), haircuts)
  for (const share of around.placeShares(leg)) left = cutShare(left, share, haircuts)
  return { leg, price: priced.price, marketValue, haircuts, collateralValue: left }
}

/** @returns what is left, with the step noted */
function cutShare(value: Usd, { name, share }: Share, steps: HaircutStep[]): Usd {
  if (share === 0n || value === 0n) return value
  const cut = usd(divide(value * share, ONE, "up"))
  const amount = cut < value ? cut : value
  steps.push({ name, amount })
  return usd(value - amount)
}

/** By tiers; nothing where the methodology has a rule of its own, everything where nobody has one. */
function assetHaircut(symbol: string, filled: Usd, marketValue: Usd, policy: MarginPolicy): Usd {
  const tiers = policy.collateral.get(symbol)
  if (tiers) return tierHaircut(tiers, filled, marketValue)
  return hasCollateralRule(symbol, policy) ? NOTHING : marketValue
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
    if (end >= to) break
    start = end
  }
  return minOf(value, usd(divide(weighted, ONE, "up")))
}

function placeShares(chain: ChainId, venue: string, { policy, chains, valuationTime }: Surroundings): Share[] {
  const state = chains.get(chain)
  // Legs exist only for chains that were read; anything else is worth nothing rather than guessed.
  const pin = state?.status === "ok" ? state.pin : undefined
  return [
    { name: "staleness", share: pin ? stalenessHaircut(policy, valuationTime - pin.timestamp) : WHOLE },
    { name: "finality", share: (pin && policy.finality.get(pin.finality)) ?? WHOLE },
    { name: "venue", share: policy.venues.get(venue) ?? WHOLE },
  ]
}

function stalenessHaircut(policy: MarginPolicy, age: number): Ratio {
  return policy.staleness.find(step => age <= step.maxAge)?.haircut ?? WHOLE
}

/** Ties fall in an order of their own, so that the order of the input never shows in the result. */
function bestKeptFirst(legs: readonly CollateralLeg[], around: Surroundings): CollateralLeg[] {
  const ranked = legs.map(leg => ({
    leg,
    kept: around.placeShares(leg).reduce((left, { share }) => left * (ONE - share), 1n),
    place: `${leg.chain} ${leg.venue} ${leg.asset} ${leg.amount}`,
  }))
  ranked.sort((a, b) => (a.kept === b.kept ? (a.place < b.place ? -1 : 1) : a.kept > b.kept ? -1 : 1))
  return ranked.map(each => each.leg)
}
