/**
 * What funds locked in orders add: the worse of all of them ending as base or all of them ending as quote.
 * Each market is valued as if it filled last, when its proceeds are worth least: first they repay debt, then they are held.
 */
import { divide, minOf, ONE, type Quantity, quantity, type Usd, usd } from "../../domain/fixed.js"
import type { ReservedOrders } from "../../domain/weighted-health.js"
import type { AssetView, MarketView } from "./view.js"
import { assetWeightAt, COUNTED } from "./weights.js"

interface ReservedEnds {
  readonly orders: ReservedOrders
  readonly base: AssetView
  readonly quote: AssetView
  /** Everything reserved as base units; rounded down. */
  readonly asBase: Quantity
  readonly asQuote: Quantity
}

/** USD ≥ 0 for each market, rounded down; a market one side of which has no price adds nothing. */
export function reservedContributions(
  orders: readonly ReservedOrders[],
  balances: ReadonlyMap<string, Quantity>,
  view: MarketView,
): { readonly orders: ReservedOrders; readonly value: Usd }[] {
  const ends = orders.flatMap(each => endsOf(each, view) ?? [])
  const reserved = new Map<string, bigint>()
  for (const { orders, asBase, asQuote } of ends) {
    reserved.set(orders.base, (reserved.get(orders.base) ?? 0n) + asBase)
    reserved.set(orders.quote, (reserved.get(orders.quote) ?? 0n) + asQuote)
  }
  const reached = (symbol: string) => (balances.get(symbol) ?? 0n) + (reserved.get(symbol) ?? 0n)
  return ends.map(({ orders, base, quote, asBase, asQuote }) => ({
    orders,
    value: minOf(lastAdded(asBase, reached(orders.base), base), lastAdded(asQuote, reached(orders.quote), quote)),
  }))
}

function endsOf(orders: ReservedOrders, view: MarketView): ReservedEnds | undefined {
  const base = view.asset(orders.base)
  const quote = view.asset(orders.quote)
  if (!base || !quote) return undefined
  const { baseReserved, quoteReserved, highestBid, lowestAsk } = orders
  const bought = divide(quoteReserved * quote.low, base.high, "down")
  const sold = divide(baseReserved * base.low, quote.high, "down")
  const boughtAtBid = highestBid === null ? bought : divide(quoteReserved * ONE, highestBid, "down")
  const soldAtAsk = lowestAsk === null ? sold : divide(baseReserved * lowestAsk, ONE, "down")
  return {
    orders,
    base,
    quote,
    asBase: quantity(baseReserved + (boughtAtBid < bought ? boughtAtBid : bought)),
    asQuote: quantity(quoteReserved + (soldAtAsk < sold ? soldAtAsk : sold)),
  }
}

/** Value of the last `amount` that brought a balance to `reached`: at the largest size's weight, debt at its least. */
function lastAdded(amount: Quantity, reached: bigint, { low, high, terms }: AssetView): Usd {
  const held = reached >= amount ? amount : reached > 0n ? reached : 0n
  const repaid = amount - held
  const weight = held > 0n ? assetWeightAt(quantity(reached), terms) : 0n
  return usd(
    divide(held * low * weight, COUNTED, "down") + divide(repaid * high * terms.liabilityWeight, COUNTED, "down"),
  )
}
