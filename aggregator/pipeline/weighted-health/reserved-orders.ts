/**
 * What funds locked in orders add: the worse of all of them ending as base or all of them ending as quote.
 * Each market is valued as if it filled last, when its proceeds are worth least: first they repay debt, then they are held.
 */
import { divide, maxOf, minOf, ONE, type Quantity, quantity, type Usd, usd } from "../../domain/fixed.js"
import type { ReservedOrders } from "../../domain/weighted-health.js"
import { contribution } from "./contribution.js"
import type { AssetView, MarketView } from "./view.js"

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
  const added = (symbol: string, amount: Quantity, asset: AssetView) => {
    const balance = balances.get(symbol) ?? 0n
    return lastAdded(amount, balance, balance + (reserved.get(symbol) ?? 0n), asset)
  }
  return ends.map(({ orders, base, quote, asBase, asQuote }) => ({
    orders,
    value: minOf(added(orders.base, asBase, base), added(orders.quote, asQuote, quote)),
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

/** By how much the last `amount` raised what a balance adds to health when it brought it to `reached`. */
function lastAdded(amount: Quantity, balance: bigint, reached: bigint, asset: AssetView): Usd {
  const before = reached - amount
  // From the balance itself the two valuations telescope; from anywhere else the earlier one may be rounded too low.
  const slack = before === balance ? 0n : 1n
  return maxOf(usd(contribution(reached, asset) - contribution(before, asset) - slack), usd(0n))
}
