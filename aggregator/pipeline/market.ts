/**
 * What the risk arrays need to know of the market, looked up by symbol and by what a venue quotes.
 */
import { divide, maxOf, ONE, type Price, type Ratio, ratio } from "../domain/fixed.js"
import { instrumentName, type OptionInstrument } from "../domain/instrument.js"
import type { OptionQuote } from "../domain/reading.js"
import type { Snapshot } from "../domain/snapshot.js"

/** An instrument at the venue that lists it: two venues may quote one instrument differently. */
export interface Listing {
  readonly venue: string
  readonly instrument: OptionInstrument
}

export interface Market {
  readonly valuationTime: number
  /** Everything that has a price. */
  readonly symbols: Iterable<string>
  spot(symbol: string): Price | undefined
  /** 1 − relative half width of the sources' confidence, 0 … 1; 0 without a price. */
  confidence(symbol: string): Ratio
  /** The venue's own volatility; `undefined` when it quotes none above 0. */
  volatility(listing: Listing): Ratio | undefined
  /** Continuously compounded, per year; 0 where the venue states none. */
  rate(listing: Listing): Ratio
}

export const listingKey = ({ venue, instrument }: Listing): string => `${venue} ${instrumentName(instrument)}`

export function marketOf(snapshot: Pick<Snapshot, "valuationTime" | "prices" | "quotes">): Market {
  const spots = new Map(
    snapshot.prices.flatMap(each => (each.status === "ok" ? [[each.symbol, each.price] as const] : [])),
  )
  const confidences = new Map(
    snapshot.prices.flatMap(each =>
      each.status === "ok"
        ? [[each.symbol, ratio(maxOf(0n, ONE - divide(each.confidence * ONE, each.price, "up")))] as const]
        : [],
    ),
  )
  const quotes = new Map(
    snapshot.quotes.filter(quote => quote.volatility > 0n).map(quote => [listingKey(quote), quote]),
  )
  // A hundred thousand books hold a few hundred instruments: what one object is called is found out once.
  const found = new Map<OptionInstrument, { readonly venue: string; readonly quote: OptionQuote | undefined }>()
  const quoteOf = ({ venue, instrument }: Listing) => {
    const known = found.get(instrument)
    if (known?.venue === venue) return known.quote
    const quote = quotes.get(listingKey({ venue, instrument }))
    found.set(instrument, { venue, quote })
    return quote
  }
  return {
    valuationTime: snapshot.valuationTime,
    symbols: [...spots.keys()],
    spot: symbol => spots.get(symbol),
    confidence: symbol => confidences.get(symbol) ?? ratio(0n),
    volatility: listing => quoteOf(listing)?.volatility,
    rate: listing => quoteOf(listing)?.rate ?? ratio(0n),
  }
}
