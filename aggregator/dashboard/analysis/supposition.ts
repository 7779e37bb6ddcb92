/**
 * What the reader supposes: how far prices and volatilities move, how many days pass, which chains fall silent.
 * Whole slider steps, so that a supposition is exact in the address bar and survives being shared.
 */
import { type ChainId, chainId } from "../../domain/caip.js"
import { divide, price, ratio } from "../../domain/fixed.js"
import { isPosition } from "../../domain/leg.js"
import type { AccountCase } from "../../insight/account-case.js"
import type { WhatIf } from "../../insight/what-if.js"

export interface Supposition {
  /** Relative price moves by symbol, thousandths: −120 is −12 %. */
  readonly prices: ReadonlyMap<string, number>
  /** Added to every volatility, percentage points. */
  readonly volatility: number
  readonly days: number
  readonly unreachable: ReadonlySet<string>
}

export const NOTHING_SUPPOSED: Supposition = { prices: new Map(), volatility: 0, days: 0, unreachable: new Set() }

/** The ends of the sliders; what an address bar asks beyond them is cut to them. */
export const LIMITS = {
  price: { from: -900, to: 2_000 },
  volatility: { from: -50, to: 200 },
  days: { from: 0, to: 365 },
} as const

const PRICE_PREFIX = "price."

export function suppositionOf(parameters: URLSearchParams): Supposition {
  const prices = new Map<string, number>()
  for (const [name, text] of parameters) {
    if (!name.startsWith(PRICE_PREFIX)) continue
    const move = within(text, LIMITS.price)
    if (move !== 0) prices.set(name.slice(PRICE_PREFIX.length), move)
  }
  return {
    prices,
    volatility: within(parameters.get("volatility"), LIMITS.volatility),
    days: within(parameters.get("days"), LIMITS.days),
    unreachable: new Set(parameters.getAll("without")),
  }
}

/** The parameters that say it; what is not supposed is not said. */
export function parametersOf({ prices, volatility, days, unreachable }: Supposition): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const [symbol, move] of prices) if (move !== 0) parameters.append(PRICE_PREFIX + symbol, String(move))
  if (volatility !== 0) parameters.set("volatility", String(volatility))
  if (days !== 0) parameters.set("days", String(days))
  for (const chain of unreachable) parameters.append("without", chain)
  return parameters
}

export const supposesNothing = (supposed: Supposition): boolean => parametersOf(supposed).size === 0

/** Symbols whose price matters to the account: what it holds, owes and has positions on, in alphabetical order. */
export function symbolsOf({ account, snapshot }: Pick<AccountCase, "account" | "snapshot">): string[] {
  const priced = new Set(snapshot.prices.flatMap(each => (each.status === "ok" ? [each.symbol] : [])))
  const touched = account.legs.map(leg => (isPosition(leg) ? leg.instrument.underlying : leg.symbol))
  return [...new Set(touched)].filter(symbol => priced.has(symbol)).sort()
}

const SECONDS_A_DAY = 86_400
const THOUSAND = 1_000n
/** 10^18 a unit, a hundred points a unit. */
const POINT = 10n ** 16n

/** The change that the supposition is of this account; moved prices are rounded down. */
export function changeOf(supposed: Supposition, { snapshot }: Pick<AccountCase, "snapshot">): WhatIf {
  const prices = new Map(
    snapshot.prices.flatMap(each => {
      const move = supposed.prices.get(each.symbol) ?? 0
      if (each.status !== "ok" || move === 0) return []
      return [[each.symbol, price(divide(each.price * BigInt(1_000 + move), THOUSAND, "down"))] as const]
    }),
  )
  const underlyings = new Set(snapshot.quotes.map(each => each.instrument.underlying))
  const shift = ratio(BigInt(supposed.volatility) * POINT)
  const known = new Map<string, ChainId>(snapshot.chains.map(({ chain }) => [chain, chainId(chain)]))
  return {
    market: {
      ...(supposed.days > 0 && { valuationTime: snapshot.valuationTime + supposed.days * SECONDS_A_DAY }),
      prices,
      volatilities: new Map(),
    },
    ...(supposed.volatility !== 0 && {
      volatilityShifts: new Map([...underlyings].map(each => [each, shift] as const)),
    }),
    unreachable: [...supposed.unreachable].flatMap(each => known.get(each) ?? []),
  }
}

function within(text: string | null, { from, to }: { readonly from: number; readonly to: number }): number {
  if (text === null || !/^-?\d{1,6}$/.test(text)) return 0
  return Math.min(Math.max(Number(text), from), to)
}
