/**
 * A case as if something about it were otherwise: trades, deposits and loans, the market, the policy, a chain out of reach.
 * Runs in a browser too: a page that holds a snapshot, the policy and the kernel answers what-if questions by itself.
 */
import type { ChainId } from "../domain/caip.js"
import { formatDecimal } from "../domain/decimal.js"
import { type InputIssue, InvalidInputError } from "../domain/errors.js"
import { minOf, type Quantity, quantity, type Ratio } from "../domain/fixed.js"
import { instrumentName } from "../domain/instrument.js"
import { type CollateralLeg, type DebtLeg, isPosition, type Leg, type PositionLeg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { OptionQuote } from "../domain/reading.js"
import type { Snapshot } from "../domain/snapshot.js"
import { hasCollateralRule, liabilityHaircut } from "../pipeline/policy-scope.js"
import { type AccountCase, healthOf, recast, withLegs } from "./account-case.js"
import { type MarketOverride, quoteFor } from "./bare-portfolio.js"
import { atTime, withPrices, withVolatilities, withVolatilityShifts } from "./change-market.js"
import { instrumentNamed, isIssue, type PositionInstrument } from "./instrument-names.js"
import { makeUnreachable } from "./make-unreachable.js"
import { NOWHERE, nowhereAt, SUPPOSED_VENUE, supposedAsset, supposedPosition } from "./supposed-place.js"

export interface AmountChange {
  readonly symbol: string
  /** + adds, − takes away. */
  readonly amount: Quantity
  /** Where; absent: added on no chain, taken from wherever it is counted best. */
  readonly chain?: ChainId | undefined
}

export interface WhatIf {
  readonly collateral?: readonly AmountChange[]
  readonly debts?: readonly AmountChange[]
  /**
   * Traded quantities, + bought and − sold, on top of what is held. They change hands at the mark and for nothing:
   * a premium is a change of collateral or debt, and has to be stated as one.
   */
  readonly positions?: readonly { readonly instrument: string; readonly quantity: Quantity }[]
  readonly market?: MarketOverride
  /** Added to every quoted volatility, by underlying. */
  readonly volatilityShifts?: ReadonlyMap<string, Ratio>
  readonly policy?: MarginPolicy
  readonly unreachable?: readonly ChainId[]
}

/**
 * The changed case. Trades come first, then what cannot be reached, so that a chain takes along what is supposed to have
 * been put there, then the market, so that a price that is supposed holds whatever its sources.
 *
 * @param listed Quotes beyond those of what is held already, for instruments newly traded.
 * @throws InvalidInputError naming, below `/changes`, every change that cannot be made.
 */
export function whatIf(asked: AccountCase, change: WhatIf, listed: readonly OptionQuote[] = []): AccountCase {
  const { market } = change
  const policy = change.policy ?? asked.policy
  const issues: InputIssue[] = []
  const moved = market?.valuationTime === undefined ? asked.snapshot : atTime(asked.snapshot, market.valuationTime)
  const quotes = [...moved.quotes]
  let legs: readonly Leg[] = asked.account.legs
  for (const [i, { instrument: name, quantity: amount }] of (change.positions ?? []).entries()) {
    const pointer = `/changes/positions/${i}/instrument`
    const instrument = instrumentNamed(name, moved.valuationTime, policy, pointer)
    if (isIssue(instrument)) {
      issues.push(instrument)
      continue
    }
    const known = [...quotes, ...listed]
    legs = withTrade(legs, instrument, amount, known)
    if (instrument.kind !== "option") continue
    const unquoted = legs.filter(leg => isOf(leg, instrument) && !quotes.some(quote => isListing(quote, leg)))
    const same = known.filter(quote => isSame(quote.instrument, instrument))
    for (const { venue } of unquoted) {
      const quote = quoteFor(instrument, market ?? UNCHANGED, same, venue)
      const detail = `no venue quotes ${name}; give a volatility under /changes/market/volatilities`
      if (quote) quotes.push(quote)
      else issues.push({ pointer, code: "VOLATILITY_MISSING", detail })
    }
  }
  for (const [side, kind] of [
    ["collateral", "collateral"],
    ["debts", "debt"],
  ] as const) {
    for (const [i, each] of (change[side] ?? []).entries()) {
      const next = withAmount({ ...asked, policy }, legs, kind, each)
      if ("code" in next) issues.push({ ...next, pointer: `/changes/${side}/${i}/${next.pointer}` })
      else legs = next.legs
    }
  }
  if (issues.length > 0) throw new InvalidInputError(issues)

  const account = { ...asked.account, legs }
  const chains = moved.chains.some(each => each.chain === NOWHERE)
    ? moved.chains
    : [...moved.chains, nowhereAt(moved.valuationTime)]
  const traded = { ...moved, chains, quotes, accounts: [account] }
  const lost = new Set(change.unreachable)
  const reached = lost.size > 0 ? makeUnreachable(traded, lost, policy.prices) : traded
  return recast({ ...asked, policy }, withMarket(reached, change), reached.accounts[0] ?? account)
}

const isSame = (a: PositionInstrument, b: PositionInstrument) => instrumentName(a) === instrumentName(b)

const isOf = (leg: Leg, instrument: PositionInstrument): leg is PositionLeg =>
  isPosition(leg) && isSame(leg.instrument, instrument)

const isListing = (quote: OptionQuote, leg: Leg) => quote.venue === leg.venue && isOf(leg, quote.instrument)

const UNCHANGED: MarketOverride = { prices: new Map(), volatilities: new Map() }

/** The market with prices, then volatilities, then rates of the change. */
function withMarket(snapshot: Snapshot, { market = UNCHANGED, volatilityShifts }: WhatIf): Snapshot {
  const { prices, volatilities, rate } = market
  const priced = prices.size > 0 ? withPrices(snapshot, prices) : snapshot
  const quoted = volatilities.size > 0 ? withVolatilities(priced, volatilities) : priced
  const shifted = volatilityShifts?.size ? withVolatilityShifts(quoted, volatilityShifts) : quoted
  return rate === undefined ? shifted : { ...shifted, quotes: shifted.quotes.map(quote => ({ ...quote, rate })) }
}

/** Legs after a trade: it closes what is held against it first; what is left opens where the instrument is held or listed. */
function withTrade(
  legs: readonly Leg[],
  instrument: PositionInstrument,
  amount: Quantity,
  listed: readonly OptionQuote[],
): Leg[] {
  let left: bigint = amount
  const result = legs.flatMap((leg): Leg[] => {
    if (!isOf(leg, instrument) || left === 0n || leg.quantity > 0n === left > 0n) return [leg]
    const sum = leg.quantity + left
    if (leg.kind !== "option") {
      // What a perpetual has gained or lost so far stays the account's when the position is closed or turned round.
      left = 0n
      return [{ ...leg, quantity: quantity(sum) }]
    }
    const crosses = sum > 0n === left > 0n
    left = crosses ? sum : 0n
    return crosses || sum === 0n ? [] : [{ ...leg, quantity: quantity(sum) }]
  })
  if (left === 0n) return result
  const home = legs.find(leg => isOf(leg, instrument))
  const venue = home?.venue ?? listed.find(quote => isSame(quote.instrument, instrument))?.venue ?? SUPPOSED_VENUE
  const place = { chain: home?.chain ?? NOWHERE, venue }
  const positionId = `supposed ${result.length}`
  return [...result, supposedPosition(instrument, quantity(left), { ...place, positionId })]
}

/** Legs after adding to or taking from what is held or owed of a symbol, or what is wrong with the change. */
function withAmount(
  asked: AccountCase,
  legs: readonly Leg[],
  kind: "collateral" | "debt",
  { symbol, amount, chain }: AmountChange,
): { legs: readonly Leg[] } | InputIssue {
  const { policy } = asked
  const known =
    kind === "collateral" ? hasCollateralRule(symbol, policy) : liabilityHaircut(symbol, policy) !== undefined
  if (!known) {
    const detail = `policy ${asked.policy.name} has no ${kind} parameters for ${symbol}`
    return { pointer: "symbol", code: "UNKNOWN_SYMBOL", detail }
  }
  const state = asked.snapshot.chains.find(each => each.chain === chain)
  if (chain !== undefined && state?.status !== "ok")
    return {
      pointer: "chain",
      code: "CHAIN_UNAVAILABLE",
      detail: `${chain} was not read: nothing can be put or taken there`,
    }
  if (amount >= 0n) {
    const place = { chain: chain ?? NOWHERE, venue: SUPPOSED_VENUE, asset: supposedAsset(symbol), symbol }
    return { legs: amount === 0n ? legs : [...legs, { kind, ...place, amount }] }
  }
  const isHeld = (leg: Leg): leg is CollateralLeg | DebtLeg =>
    leg.kind === kind && leg.symbol === symbol && (chain === undefined || leg.chain === chain)
  const held = legs.filter(isHeld)
  const total = held.reduce((sum, leg) => sum + leg.amount, 0n)
  if (total < -amount) {
    const detail = `takes ${formatDecimal(-amount)} ${symbol} of ${formatDecimal(total)}`
    return { pointer: "amount", code: "INSUFFICIENT", detail }
  }
  const order = kind === "collateral" ? bestCountedFirst(asked, held) : held
  const taken = new Map<Leg, bigint>()
  let left: bigint = -amount
  for (const leg of order) {
    const part = minOf<bigint>(leg.amount, left)
    taken.set(leg, part)
    left -= part
  }
  return {
    legs: legs.flatMap((leg): Leg[] => {
      const part = taken.get(leg) ?? 0n
      if (part === 0n || (leg.kind !== "collateral" && leg.kind !== "debt")) return [leg]
      return part === leg.amount ? [] : [{ ...leg, amount: quantity(leg.amount - part) }]
    }),
  }
}

/** Taking the best counted first is against the account, and does not depend on the order of legs. */
function bestCountedFirst(asked: AccountCase, legs: readonly (CollateralLeg | DebtLeg)[]) {
  const { collateral } = healthOf(withLegs(asked, legs)).breakdown
  const counted = [...collateral].sort((a, b) => {
    const difference = b.collateralValue * a.marketValue - a.collateralValue * b.marketValue
    if (difference !== 0n) return difference > 0n ? 1 : -1
    return placeOf(a.leg) < placeOf(b.leg) ? -1 : 1
  })
  return counted.map(each => each.leg)
}

const placeOf = ({ chain, venue, asset, amount }: CollateralLeg) => `${chain} ${venue} ${asset} ${amount}`
