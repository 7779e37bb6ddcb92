/**
 * Weighted health once more, in plain doubles and from the formulas alone: slow, unrounded, sharing no arithmetic.
 */
import { toNumber } from "../../aggregator/domain/decimal.js"
import type {
  WeightedAccount,
  WeightedHealthPolicy,
  WeightedMarket,
  WeightedThreshold,
} from "../../aggregator/domain/weighted-health.js"

/** Of what was added up: smaller differences are rounding. */
const LAST_PLACES = 1e-12
/** Amounts are rounded to whole 10^-18 units, which cost what they cost where a unit is dear: its price times its weight. */
const LEAST_AMOUNT = 1e-18

/**
 * Health and the size of what was added up to get it, USD, and by how much health is in doubt: where two fills cost the
 * same, doubles cannot say which of the two a buffer is taken of; and amounts are rounded before they are priced.
 */
export function referenceHealth(
  account: WeightedAccount,
  market: WeightedMarket,
  policy: WeightedHealthPolicy,
  threshold: WeightedThreshold,
): { readonly health: number; readonly gross: number; readonly doubt: number } {
  const rule = policy.thresholds[threshold]
  let gross = 0
  let doubt = 0
  const count = (value: number) => {
    gross += Math.abs(value)
    return value
  }
  const pricesOf = (quoted: { readonly oracle: bigint | null; readonly reference: bigint | null } | undefined) => {
    const oracle = toNumber(quoted?.oracle ?? 0n)
    const other = rule.price === "worse" && quoted?.reference ? toNumber(quoted.reference) : oracle
    return { low: Math.min(oracle, other), high: Math.max(oracle, other) }
  }
  const premium = (factor: bigint, size: number) => toNumber(factor) * Math.sqrt(size)
  const discount = (weight: number, factor: bigint, size: number) => Math.min(weight, 1.1 / (1 + premium(factor, size)))
  const surcharge = (weight: number, factor: bigint, size: number) =>
    factor === 0n ? weight : Math.max(weight, 0.8 * weight + premium(factor, size))

  const worth = (symbol: string, amount: number) => {
    const asset = policy.assets.get(symbol)
    if (!asset) return 0
    const quoted = market.assets.get(symbol)
    const { low, high } = pricesOf(quoted)
    const scaled = (total: bigint | undefined, start: bigint | null) =>
      rule.scaledByTotals && start !== null ? Math.max(1, (toNumber(total ?? 0n) * high) / toNumber(start)) : 1
    if (amount < 0) {
      const weight = toNumber(asset.liabilityWeight[rule.weights]) * scaled(quoted?.borrows, asset.borrowScaleStart)
      return amount * high * surcharge(weight, asset.sizePremium, -amount)
    }
    const weight = toNumber(asset.assetWeight[rule.weights]) / scaled(quoted?.deposits, asset.depositScaleStart)
    return amount * low * (asset.sizePremium === 0n ? weight : discount(weight, asset.sizePremium, amount))
  }
  /** This many amounts of an asset were rounded. */
  const rounded = (symbol: string, amounts: number) => {
    doubt += amounts * LEAST_AMOUNT * Math.abs(worth(symbol, -1))
  }
  const buffered = (symbol: string, debt: number) =>
    pricesOf(market.assets.get(symbol)).high * debt * toNumber(rule.buffer)

  const balances = new Map<string, number>()
  const add = (symbol: string, amount: number) => balances.set(symbol, (balances.get(symbol) ?? 0) + count(amount))
  for (const { symbol, amount } of account.balances) add(symbol, toNumber(amount))

  let health = 0
  for (const position of account.perpetuals) {
    const rules = policy.perpetuals.get(position.market)
    if (!rules) continue
    const { low, high } = pricesOf(market.perpetuals.get(position.market))
    const quote = toNumber(position.quote)
    const cases = [
      { filled: toNumber(position.bids), fill: high },
      { filled: -toNumber(position.asks), fill: low },
    ].flatMap(({ filled, fill }) =>
      [low, high].map(own => {
        const base = toNumber(position.base) + filled
        const share = toNumber((base < 0 ? rules.shortMargin : rules.longMargin)[rule.weights])
        const exposure = Math.abs(base) * own
        gross += Math.abs(base * own) + Math.abs(filled * fill) + Math.abs(quote)
        const gain = quote + base * own - filled * fill
        return { gain, exposure, margin: exposure * surcharge(share, rules.sizePremium, Math.abs(base)) }
      }),
    )
    const worst = cases.reduce((a, b) => (b.gain - b.margin < a.gain - a.margin ? b : a))
    const weigh = (gain: number) =>
      gain > 0
        ? gain * discount(toNumber(rules.gainWeight[rule.weights]), rules.gainSizePremium[rule.weights], gain)
        : gain
    // Gain, margin and exposure.
    rounded(rules.settlement, 3)
    if (policy.perpetualSettlement === "netted") add(rules.settlement, weigh(worst.gain - worst.margin))
    else {
      const settlement = pricesOf(market.assets.get(rules.settlement))
      const gain = weigh(worst.gain)
      health += count(gain * (gain > 0 ? settlement.low : settlement.high)) - count(worst.margin * settlement.high)
      gross *= Math.max(1, settlement.high)
      health -= buffered(rules.settlement, worst.exposure + Math.max(0, -worst.gain))
    }
  }

  for (const symbol of new Set([...balances.keys(), ...account.spotOrders.map(each => each.base)])) {
    const balance = balances.get(symbol) ?? 0
    const prices = pricesOf(market.assets.get(symbol))
    const fills = account.spotOrders.flatMap(each => (each.kind === "unreserved" && each.base === symbol ? [each] : []))
    const outcome = (side: "bids" | "asks") => {
      const filled = fills.reduce((sum, each) => sum + toNumber(each[side]), 0)
      for (const { quote } of fills) rounded(quote, 1)
      const proceeds = fills.reduce((sum, each) => {
        const quote = pricesOf(market.assets.get(each.quote))
        const amount = toNumber(each[side])
        return (
          sum +
          count(
            worth(
              each.quote,
              side === "bids" ? (-amount * prices.high) / quote.low : (amount * prices.low) / quote.high,
            ),
          )
        )
      }, 0)
      const after = side === "bids" ? balance + filled : balance - filled
      gross += (Math.abs(balance) + filled) * prices.high
      return { after, total: count(worth(symbol, after)) + proceeds }
    }
    const [bids, asks] = [outcome("bids"), outcome("asks")]
    const worst = asks.total < bids.total ? asks : bids
    const buffer = ({ after }: { after: number }) => buffered(symbol, Math.max(0, -after))
    health += worst.total - buffer(worst)
    if (Math.abs(asks.total - bids.total) <= LAST_PLACES * gross) doubt += Math.abs(buffer(asks) - buffer(bids))
  }

  for (const orders of account.spotOrders) {
    if (orders.kind === "unreserved") {
      health -= orders.count * toNumber(policy.orderFee)
      continue
    }
    const [base, quote] = [pricesOf(market.assets.get(orders.base)), pricesOf(market.assets.get(orders.quote))]
    const [baseReserved, quoteReserved] = [toNumber(orders.baseReserved), toNumber(orders.quoteReserved)]
    const bid = orders.highestBid === null ? 0 : toNumber(orders.highestBid)
    const ask = orders.lowestAsk === null ? Number.POSITIVE_INFINITY : toNumber(orders.lowestAsk)
    const asBase = baseReserved + quoteReserved / Math.max(base.high / quote.low, bid)
    const asQuote = quoteReserved + baseReserved * Math.min(base.low / quote.high, ask)
    rounded(orders.base, 1)
    rounded(orders.quote, 1)
    const gained = (symbol: string, amount: number) => {
      const balance = balances.get(symbol) ?? 0
      return count(worth(symbol, balance + amount)) - count(worth(symbol, balance))
    }
    health += Math.min(gained(orders.base, asBase), gained(orders.quote, asQuote))
  }
  health -= account.perpetuals.reduce((sum, each) => sum + each.orders, 0) * toNumber(policy.orderFee)
  return { health, gross, doubt }
}
