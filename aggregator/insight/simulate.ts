/**
 * Margin of a portfolio that no chain holds: the same pipeline on a snapshot made from the request.
 */
import { type AssetId, type ChainId, chainId } from "../domain/caip.js"
import { type InputIssue, InvalidIdError, InvalidInputError } from "../domain/errors.js"
import { type Price, price, type Quantity, type Ratio, ratio } from "../domain/fixed.js"
import type { AccountHealth } from "../domain/health.js"
import { instrumentName, type OptionInstrument, parseInstrument } from "../domain/instrument.js"
import type { Leg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { OptionQuote } from "../domain/reading.js"
import type { MarketPrice, Snapshot } from "../domain/snapshot.js"
import { assessSnapshot } from "../pipeline/assess-snapshot.js"

export interface BarePortfolio {
  readonly collateral: readonly { readonly symbol: string; readonly amount: Quantity }[]
  readonly debts: readonly { readonly symbol: string; readonly amount: Quantity }[]
  readonly positions: readonly { readonly instrument: string; readonly quantity: Quantity }[]
  readonly market: MarketOverride
}

/** What replaces the live market; anything not named is taken from the live snapshot. */
export interface MarketOverride {
  readonly valuationTime?: number | undefined
  readonly prices: ReadonlyMap<string, Price>
  /** By instrument name. */
  readonly volatilities: ReadonlyMap<string, Ratio>
  readonly rate?: Ratio | undefined
}

/** The place of what is on no chain: counted as final and fresh, since there is nothing to be late about. */
const NOWHERE = chainId("sim:portfolio")
const VENUE = "wallet"

/**
 * Margins a bare portfolio against the live market with the request's overrides.
 *
 * @throws InvalidInputError naming every field that cannot be margined: unknown or expired instruments, unknown
 * underlyings and symbols, missing prices and volatilities, quantities too large for exact sums.
 */
export function simulatePortfolio(
  portfolio: BarePortfolio,
  live: Snapshot | undefined,
  policy: MarginPolicy,
  kernel: RiskKernel,
): AccountHealth {
  const valuationTime = portfolio.market.valuationTime ?? live?.valuationTime
  if (valuationTime === undefined) {
    throw new InvalidInputError([
      {
        pointer: "/market/valuationTime",
        code: "NO_LIVE_MARKET",
        detail: "give a valuation time: no chain has been read yet",
      },
    ])
  }
  const options = optionsOf(portfolio, valuationTime, policy)
  const quotes = options.map(({ instrument }) => quoteFor(instrument, portfolio.market, live))
  const prices = pricesFor(portfolio.market, live, valuationTime)
  check(portfolio, options, quotes, prices, policy)

  const snapshot: Snapshot = {
    valuationTime,
    chains: [{ status: "ok", chain: NOWHERE, pin: pinAt(valuationTime), faults: [] }],
    accounts: [
      { id: "portfolio", addresses: [], legs: legsOf(portfolio, options), faults: [], unread: [], native: [] },
    ],
    prices,
    quotes: quotes.flatMap(quote => quote ?? []),
  }
  const [health] = assessSnapshot(snapshot, policy, kernel).health
  if (!health?.figures)
    throw new InvalidInputError(
      (health?.reasons ?? []).map(each => ({ pointer: "/positions", code: each.code, detail: each.detail })),
    )
  return health
}

interface NamedOption {
  readonly instrument: OptionInstrument
  readonly quantity: Quantity
}

function optionsOf({ positions }: BarePortfolio, valuationTime: number, policy: MarginPolicy): NamedOption[] {
  const issues: InputIssue[] = []
  const options = positions.flatMap(({ instrument: name, quantity }, i): NamedOption[] => {
    const refuse = (code: string, detail: string) => {
      issues.push({ pointer: `/positions/${i}/instrument`, code, detail })
      return []
    }
    const instrument = readInstrument(name)
    if (instrument instanceof InvalidIdError) return refuse("UNKNOWN_INSTRUMENT", instrument.message)
    if (instrument.kind !== "option")
      return refuse(
        "UNSUPPORTED_INSTRUMENT",
        `policy ${policy.name} margins options; put ${name} under collateral or debts if it is spot`,
      )
    if (!policy.riskUnits.has(instrument.underlying))
      return refuse("UNKNOWN_UNDERLYING", `policy ${policy.name} has no risk unit ${instrument.underlying}`)
    if (instrument.expiry <= valuationTime)
      return refuse(
        "EXPIRED_INSTRUMENT",
        `${name} expired ${valuationTime - instrument.expiry} s before the valuation time`,
      )
    return [{ instrument, quantity }]
  })
  if (issues.length > 0) throw new InvalidInputError(issues)
  return options
}

function readInstrument(name: string) {
  try {
    return parseInstrument(name)
  } catch (error) {
    if (error instanceof InvalidIdError) return error
    throw error
  }
}

function quoteFor(
  instrument: OptionInstrument,
  market: MarketOverride,
  live: Snapshot | undefined,
): OptionQuote | undefined {
  const name = instrumentName(instrument)
  const listed = live?.quotes.find(quote => instrumentName(quote.instrument) === name)
  const volatility = market.volatilities.get(name) ?? listed?.volatility
  if (volatility === undefined) return undefined
  return { instrument, venue: VENUE, volatility, rate: market.rate ?? listed?.rate ?? ratio(0n) }
}

function pricesFor(market: MarketOverride, live: Snapshot | undefined, publishTime: number): MarketPrice[] {
  const given = [...market.prices].map(
    ([symbol, at]): MarketPrice => ({
      status: "ok",
      symbol,
      price: at,
      confidence: price(0n),
      publishTime,
      sources: ["request"],
      rejected: [],
    }),
  )
  return [...given, ...(live?.prices ?? []).filter(each => !market.prices.has(each.symbol))]
}

function check(
  portfolio: BarePortfolio,
  options: readonly NamedOption[],
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
    { name: "collateral", entries: portfolio.collateral, known: policy.collateral },
    { name: "debts", entries: portfolio.debts, known: policy.liabilities },
  ] as const
  for (const { name, entries, known } of sides) {
    entries.forEach(({ symbol }, i) => {
      const pointer = `/${name}/${i}/symbol`
      if (!known.has(symbol))
        issues.push({
          pointer,
          code: "UNKNOWN_SYMBOL",
          detail: `policy ${policy.name} has no ${name} parameters for ${symbol}`,
        })
      else needPrice(symbol, pointer)
    })
  }
  options.forEach(({ instrument }, i) => {
    needPrice(instrument.underlying, `/positions/${i}/instrument`)
    if (quotes[i]) return
    issues.push({
      pointer: `/positions/${i}/instrument`,
      code: "VOLATILITY_MISSING",
      detail: `no venue quotes ${instrumentName(instrument)}; give a volatility under /market/volatilities`,
    })
  })
  if (issues.length > 0) throw new InvalidInputError(issues)
}

function legsOf({ collateral, debts }: BarePortfolio, options: readonly NamedOption[]): Leg[] {
  const place = { chain: NOWHERE, venue: VENUE } as const
  return [
    ...collateral.map(
      ({ symbol, amount }): Leg => ({ kind: "collateral", ...place, asset: assetOf(symbol), symbol, amount }),
    ),
    ...debts.map(({ symbol, amount }): Leg => ({ kind: "debt", ...place, asset: assetOf(symbol), symbol, amount })),
    ...options.map((each, i): Leg => ({ kind: "option", ...place, ...each, positionId: String(i), state: "active" })),
  ]
}

const assetOf = (symbol: string): AssetId => `${NOWHERE satisfies ChainId}/symbol:${symbol}` as AssetId

const pinAt = (timestamp: number) =>
  ({
    kind: "evm",
    chain: NOWHERE,
    blockNumber: 0n,
    blockHash: `0x${"0".repeat(64)}`,
    timestamp,
    finality: "finalized",
    inputGrade: "single",
  }) as const
