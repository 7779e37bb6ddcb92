/**
 * An asset with open orders that have locked nothing: the worse of all bids filling or all asks filling, at oracle prices.
 */
import { divide, type Quantity, quantity, type Usd, usd } from "../../domain/fixed.js"
import type { UnreservedOrders } from "../../domain/weighted-health.js"
import { contribution } from "./contribution.js"
import type { AssetView } from "./view.js"

export interface FilledBalance {
  /** The base balance after the fills. */
  readonly amount: Quantity
  /** What the fills paid (< 0) or received, as the quote assets count. */
  readonly proceeds: Usd
}

export function worstFill(
  balance: Quantity,
  base: AssetView,
  orders: readonly { readonly orders: UnreservedOrders; readonly quote: AssetView }[],
): FilledBalance {
  const bought = (amount: bigint, quote: AssetView) => -divide(amount * base.high, quote.low, "up")
  const sold = (amount: bigint, quote: AssetView) => divide(amount * base.low, quote.high, "down")
  let [bids, asks, paid, received] = [0n, 0n, 0n, 0n]
  for (const { orders: open, quote } of orders) {
    bids += open.bids
    asks += open.asks
    paid += contribution(bought(open.bids, quote), quote)
    received += contribution(sold(open.asks, quote), quote)
  }
  const afterBids = { amount: quantity(balance + bids), proceeds: usd(paid) }
  const afterAsks = { amount: quantity(balance - asks), proceeds: usd(received) }
  const health = ({ amount, proceeds }: FilledBalance) => contribution(amount, base) + proceeds
  return health(afterAsks) < health(afterBids) ? afterAsks : afterBids
}
