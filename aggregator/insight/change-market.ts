/**
 * A snapshot as if the market stood elsewhere: prices, volatilities and the passing of time, each changed on its own.
 */
import { divide, maxOf, type Price, price, type Ratio, ratio } from "../domain/fixed.js"
import { instrumentName } from "../domain/instrument.js"
import type { OptionQuote } from "../domain/reading.js"
import type { MarketPrice, Snapshot } from "../domain/snapshot.js"

/**
 * Replaces prices by symbol; a symbol without a price gets one. The confidence keeps its share of the price, rounded up,
 * so that a supposed price is trusted no more than the one it stands for.
 */
export function withPrices(snapshot: Snapshot, prices: ReadonlyMap<string, Price>): Snapshot {
  const known = new Set(snapshot.prices.map(each => each.symbol))
  const added = [...prices].filter(([symbol]) => !known.has(symbol))
  return {
    ...snapshot,
    prices: [
      ...snapshot.prices.map(each => repriced(each, prices.get(each.symbol), snapshot.valuationTime)),
      ...added.map(([symbol, at]) => supposed(symbol, at, price(0n), snapshot.valuationTime)),
    ],
  }
}

function repriced(each: MarketPrice, at: Price | undefined, publishTime: number): MarketPrice {
  if (at === undefined) return each
  if (each.status !== "ok") return supposed(each.symbol, at, price(0n), publishTime)
  return supposed(each.symbol, at, price(divide(each.confidence * at, each.price, "up")), each.publishTime)
}

const supposed = (symbol: string, at: Price, confidence: Price, publishTime: number): MarketPrice => ({
  status: "ok",
  symbol,
  price: at,
  confidence,
  publishTime,
  sources: ["supposed"],
  rejected: [],
})

/** Replaces the volatility of what is quoted, by instrument name, at every venue that quotes it. */
export const withVolatilities = (snapshot: Snapshot, volatilities: ReadonlyMap<string, Ratio>): Snapshot =>
  requoted(snapshot, quote => volatilities.get(instrumentName(quote.instrument)) ?? quote.volatility)

/** Adds to every quoted volatility of an underlying; what would fall below 10^-6 stays there, since 0 is no quote. */
export const withVolatilityShifts = (snapshot: Snapshot, shifts: ReadonlyMap<string, Ratio>): Snapshot =>
  requoted(snapshot, ({ instrument, volatility }) => {
    const shift = shifts.get(instrument.underlying)
    return shift === undefined || volatility <= 0n ? volatility : ratio(maxOf(volatility + shift, LEAST_VOLATILITY))
  })

const LEAST_VOLATILITY = 10n ** 12n

function requoted(snapshot: Snapshot, volatility: (quote: OptionQuote) => Ratio): Snapshot {
  return { ...snapshot, quotes: snapshot.quotes.map(quote => ({ ...quote, volatility: volatility(quote) })) }
}

/** Lets time pass, or run back: every chain is supposed to have been read as freshly as it was. */
export function atTime(snapshot: Snapshot, valuationTime: number): Snapshot {
  const passed = valuationTime - snapshot.valuationTime
  return {
    ...snapshot,
    valuationTime,
    chains: snapshot.chains.map(state =>
      state.status === "ok" ? { ...state, pin: { ...state.pin, timestamp: state.pin.timestamp + passed } } : state,
    ),
  }
}
