/**
 * A portfolio that no chain holds, as a case that can be asked like any account: a snapshot made from the request.
 */
import { type InputIssue, InvalidInputError } from "../domain/errors.js"
import type { Price, Quantity, Ratio } from "../domain/fixed.js"
import { ratio } from "../domain/fixed.js"
import { instrumentName, type OptionInstrument } from "../domain/instrument.js"
import type { Leg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { OptionQuote } from "../domain/reading.js"
import type { AccountSnapshot, MarketPrice, Snapshot } from "../domain/snapshot.js"
import { hasCollateralRule, liabilityHaircut } from "../pipeline/policy-scope.js"
import type { AccountCase, Margining } from "./account-case.js"
import { withPrices } from "./change-market.js"
import { instrumentNamed, isIssue, type PositionInstrument } from "./instrument-names.js"
import { NOWHERE, nowhereAt, SUPPOSED_VENUE, supposedAsset, supposedPosition } from "./supposed-place.js"

export interface BarePortfolio {
  readonly collateral: readonly { readonly symbol: string; readonly amount: Quantity }[]
  readonly debts: readonly { readonly symbol: string; readonly amount: Quantity }[]
  readonly positions: readonly { readonly instrument: string; readonly quantity: Quantity }[]
}

/** What replaces the live market; anything not named is taken from the live snapshot. */
export interface MarketOverride {
  readonly valuationTime?: number | undefined
  readonly prices: ReadonlyMap<string, Price>
  /** By instrument name. */
  readonly volatilities: ReadonlyMap<string, Ratio>
  readonly rate?: Ratio | undefined
}

export const PORTFOLIO_ID = "portfolio"

/** A portfolio stands alone in its snapshot. */
const NOBODY: AccountSnapshot = { id: "nobody", addresses: [], legs: [], faults: [], unread: [], native: [] }

/**
 * The case of a bare portfolio in the live market with the request's overrides.
 *
 * @throws InvalidInputError naming every field that cannot be margined: unknown or expired instruments, unknown
 * underlyings and symbols, missing prices and volatilities.
 */
export function portfolioCase(
  portfolio: BarePortfolio,
  market: MarketOverride,
  live: Snapshot | undefined,
  margining: Margining,
): AccountCase {
  const valuationTime = market.valuationTime ?? live?.valuationTime
  if (valuationTime === undefined) {
    const detail = "give a valuation time: no chain has been read yet"
    throw new InvalidInputError([{ pointer: "/market/valuationTime", code: "NO_LIVE_MARKET", detail }])
  }
  const positions = positionsOf(portfolio, valuationTime, margining.policy)
  const listed = quotesByName(live?.quotes ?? [])
  const quotes = positions.map(({ instrument }) =>
    instrument.kind === "option"
      ? quoteFor(instrument, market, listed.get(instrumentName(instrument)) ?? [])
      : undefined,
  )
  const account = { ...NOBODY, id: PORTFOLIO_ID, legs: legsOf(portfolio, positions) }
  const snapshot: Snapshot = withPrices(
    {
      valuationTime,
      chains: [nowhereAt(valuationTime)],
      accounts: [account],
      observations: live?.observations ?? [],
      lastPrices: live?.lastPrices ?? [],
      prices: live?.prices ?? [],
      quotes: quotes.flatMap(quote => quote ?? []),
    },
    market.prices,
  )
  check(portfolio, positions, quotes, snapshot.prices, margining.policy)
  const { policy, kernel } = margining
  return { policy, kernel, account, others: NOBODY, snapshot }
}

/** Kept as long as the quotes: every portfolio between two beats asks the same live market. */
const indexes = new WeakMap<readonly OptionQuote[], ReadonlyMap<string, readonly OptionQuote[]>>()

function quotesByName(quotes: readonly OptionQuote[]): ReadonlyMap<string, readonly OptionQuote[]> {
  const known = indexes.get(quotes)
  if (known) return known
  const index = new Map<string, OptionQuote[]>()
  for (const quote of quotes) {
    const name = instrumentName(quote.instrument)
    const same = index.get(name)
    if (same) same.push(quote)
    else index.set(name, [quote])
  }
  indexes.set(quotes, index)
  return index
}

/**
 * What a venue quotes for an option, the request's word before the market's; `undefined` when neither has a volatility.
 *
 * @param same What venues quote for this very option.
 */
export function quoteFor(
  instrument: OptionInstrument,
  market: MarketOverride,
  same: readonly OptionQuote[],
  venue = SUPPOSED_VENUE,
): OptionQuote | undefined {
  const found = same.find(quote => quote.venue === venue) ?? same[0]
  const volatility = market.volatilities.get(instrumentName(instrument)) ?? found?.volatility
  if (volatility === undefined) return undefined
  return { instrument, venue, volatility, rate: market.rate ?? found?.rate ?? ratio(0n) }
}

interface NamedPosition {
  readonly instrument: PositionInstrument
  readonly quantity: Quantity
}

function positionsOf({ positions }: BarePortfolio, valuationTime: number, policy: MarginPolicy): NamedPosition[] {
  const found = positions.map(({ instrument }, i) =>
    instrumentNamed(instrument, valuationTime, policy, `/positions/${i}/instrument`),
  )
  const issues = found.filter(isIssue)
  if (issues.length > 0) throw new InvalidInputError(issues)
  return found.flatMap((instrument, i): NamedPosition[] => {
    const held = positions[i]
    return isIssue(instrument) || !held ? [] : [{ instrument, quantity: held.quantity }]
  })
}

function check(
  portfolio: BarePortfolio,
  held: readonly NamedPosition[],
  quotes: readonly (OptionQuote | undefined)[],
  prices: readonly MarketPrice[],
  policy: MarginPolicy,
): void {
  const issues: InputIssue[] = []
  const priced = new Set(prices.filter(each => each.status === "ok").map(each => each.symbol))
  const needPrice = (symbol: string, pointer: string) => {
    if (!priced.has(symbol))
      issues.push({ pointer, code: "PRICE_MISSING", detail: `no price for ${symbol}; give one under /market/prices` })
  }
  const sides = [
    { name: "collateral", entries: portfolio.collateral, known: (symbol: string) => hasCollateralRule(symbol, policy) },
    {
      name: "debts",
      entries: portfolio.debts,
      known: (symbol: string) => liabilityHaircut(symbol, policy) !== undefined,
    },
  ] as const
  for (const { name, entries, known } of sides) {
    entries.forEach(({ symbol }, i) => {
      const pointer = `/${name}/${i}/symbol`
      if (!known(symbol))
        issues.push({
          pointer,
          code: "UNKNOWN_SYMBOL",
          detail: `policy ${policy.name} has no ${name} parameters for ${symbol}`,
        })
      else needPrice(symbol, pointer)
    })
  }
  held.forEach(({ instrument }, i) => {
    needPrice(instrument.underlying, `/positions/${i}/instrument`)
    if (quotes[i] || instrument.kind !== "option") return
    issues.push({
      pointer: `/positions/${i}/instrument`,
      code: "VOLATILITY_MISSING",
      detail: `no venue quotes ${instrumentName(instrument)}; give a volatility under /market/volatilities`,
    })
  })
  if (issues.length > 0) throw new InvalidInputError(issues)
}

function legsOf({ collateral, debts }: BarePortfolio, positions: readonly NamedPosition[]): Leg[] {
  const legs: Leg[] = []
  for (const { symbol, amount } of collateral) legs.push({ kind: "collateral", ...supposedHolding(symbol, amount) })
  for (const { symbol, amount } of debts) legs.push({ kind: "debt", ...supposedHolding(symbol, amount) })
  for (const [i, { instrument, quantity }] of positions.entries())
    legs.push(supposedPosition(instrument, quantity, { chain: NOWHERE, venue: SUPPOSED_VENUE, positionId: String(i) }))
  return legs
}

const supposedHolding = (symbol: string, amount: Quantity) => ({
  chain: NOWHERE,
  venue: SUPPOSED_VENUE,
  asset: supposedAsset(symbol),
  symbol,
  amount,
})
