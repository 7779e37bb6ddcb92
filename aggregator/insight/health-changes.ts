/**
 * Why an account's health moved between two snapshots: one cause after the other is carried over, and each is given
 * the difference it makes. The causes add up exactly, whatever the order; the order is part of the definition.
 */
import type { ChainId } from "../domain/caip.js"
import { divide, type Price, price, type Usd, usd } from "../domain/fixed.js"
import type { AccountHealth, MarginFigures } from "../domain/health.js"
import { isPosition, type Leg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { OptionQuote } from "../domain/reading.js"
import type { AccountSnapshot, ChainState, MarketPrice, Snapshot } from "../domain/snapshot.js"
import { listingKey } from "../pipeline/market.js"
import { caseOf, healthOf, standingOf } from "./account-case.js"
import { atTime } from "./change-market.js"

/** In the order in which they are carried over. */
export const CAUSES = ["time", "price", "volatility", "position", "collateral", "debt", "haircut", "chain"] as const
export type Cause = (typeof CAUSES)[number]

export interface CausedChange {
  readonly cause: Cause
  /**
   * USD, signed. `null` when there is no number between this cause and the next (a position whose venue quotes nothing
   * yet): its part is in that of the next cause that has one.
   */
  readonly change: { readonly equity: Usd; readonly maintenanceMargin: Usd; readonly health: Usd } | null
}

export interface HealthChanges {
  readonly before: AccountHealth
  readonly after: AccountHealth
  /** Adds up to after − before exactly; `null` when either side has no figures. */
  readonly causes: readonly CausedChange[] | null
}

/** One side of a comparison: what was known, and the policy it was margined by. */
export interface Epoch {
  readonly snapshot: Snapshot
  readonly policy: MarginPolicy
}

/**
 * Attributes the change of an account's health.
 *
 * - time: options age, data stay as fresh as they were;
 * - price: prices that both sides have, each confidence keeping its share;
 * - volatility: what venues quote (volatility and rate) for what both sides list;
 * - position, collateral, debt: what is held and owed on chains that both sides could read;
 * - haircut: ages, finality, confidence, and the policy;
 * - chain: chains, prices and readings that only one side has.
 *
 * @throws UnknownAccountError when a side has no account of that id.
 */
export function healthChanges(id: string, before: Epoch, after: Epoch, kernel: RiskKernel): HealthChanges {
  const assess = ({ snapshot, policy }: Epoch) => healthOf(caseOf(snapshot, id, { policy, kernel }))
  const [first, last] = [assess(before), assess(after)]
  if (!first.figures || !last.figures) return { before: first, after: last, causes: null }

  let from: MarginFigures = first.figures
  const causes = stepsBetween(id, before, after).map((step, i): CausedChange => {
    const cause = CAUSES[i] ?? "chain"
    // The last step is the other side itself, which has been assessed.
    const to = i === CAUSES.length - 1 ? last.figures : standingOf(caseOf(step.snapshot, id, { ...step, kernel }))
    if (!to) return { cause, change: null }
    const change = {
      equity: usd(to.equity - from.equity),
      maintenanceMargin: usd(to.maintenanceMargin - from.maintenanceMargin),
      health: usd(to.health - from.health),
    }
    from = to
    return { cause, change }
  })
  return { before: first, after: last, causes }
}

/** The snapshots on the way, each with one more cause carried over; one a cause. */
function stepsBetween(id: string, before: Epoch, after: Epoch): Epoch[] {
  const [from, to] = [before.snapshot, after.snapshot]
  const common = commonChains(from, to)
  const account = (snapshot: Snapshot) => snapshot.accounts.find(each => each.id === id)
  const target = account(to)?.legs ?? []

  const aged = atTime(from, to.valuationTime)
  const repriced = { ...aged, prices: pricesCarried(aged.prices, to.prices) }
  const requoted = { ...repriced, quotes: quotesCarried(repriced.quotes, to.quotes) }
  const carry = (snapshot: Snapshot, kinds: (leg: Leg) => boolean) =>
    withAccount(snapshot, id, each => ({ ...each, legs: legsCarried(each.legs, target, common, kinds) }))
  const traded = carry(requoted, isPosition)
  const deposited = carry(traded, leg => leg.kind === "collateral")
  const borrowed = carry(deposited, leg => leg.kind === "debt")
  const kept = {
    ...borrowed,
    chains: borrowed.chains.map(each => (common.has(each.chain) ? stateOf(to, each) : each)),
    prices: borrowed.prices.map(each => samePrice(each, to.prices) ?? each),
  }
  const steps = [aged, repriced, requoted, traded, deposited, borrowed].map(snapshot => ({
    snapshot,
    policy: before.policy,
  }))
  return [...steps, { snapshot: kept, policy: after.policy }, after]
}

function commonChains(a: Snapshot, b: Snapshot): ReadonlySet<ChainId> {
  const readable = (snapshot: Snapshot) =>
    new Set(snapshot.chains.filter(each => each.status === "ok").map(each => each.chain))
  const others = readable(b)
  return new Set([...readable(a)].filter(chain => others.has(chain)))
}

const stateOf = ({ chains }: Snapshot, known: ChainState): ChainState =>
  chains.find(each => each.chain === known.chain) ?? known

function withAccount(snapshot: Snapshot, id: string, change: (account: AccountSnapshot) => AccountSnapshot): Snapshot {
  return { ...snapshot, accounts: snapshot.accounts.map(each => (each.id === id ? change(each) : each)) }
}

/** Legs of some kinds as the other side has them, where both sides could read the chain; the rest stay. */
function legsCarried(
  legs: readonly Leg[],
  target: readonly Leg[],
  common: ReadonlySet<ChainId>,
  kinds: (leg: Leg) => boolean,
): Leg[] {
  const moves = (leg: Leg) => kinds(leg) && common.has(leg.chain)
  return [...legs.filter(leg => !moves(leg)), ...target.filter(moves)]
}

/** Prices of the other side with the confidence of this one, in proportion and rounded up. */
function pricesCarried(prices: readonly MarketPrice[], target: readonly MarketPrice[]): MarketPrice[] {
  return prices.map(each => {
    const to = target.find(other => other.symbol === each.symbol)
    if (each.status !== "ok" || to?.status !== "ok") return each
    return { ...to, confidence: scaled(each.confidence, to.price, each.price) }
  })
}

const scaled = (confidence: Price, to: Price, from: Price): Price => price(divide(confidence * to, from, "up"))

function samePrice(each: MarketPrice, target: readonly MarketPrice[]): MarketPrice | undefined {
  const to = target.find(other => other.symbol === each.symbol)
  return each.status === "ok" && to?.status === "ok" ? to : undefined
}

/** The other side's quotes; what only this side lists is still held at this stage and keeps its own. */
function quotesCarried(quotes: readonly OptionQuote[], target: readonly OptionQuote[]): OptionQuote[] {
  const listed = new Set(target.map(listingKey))
  return [...target, ...quotes.filter(quote => !listed.has(listingKey(quote)))]
}
