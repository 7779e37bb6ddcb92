/**
 * Random accounts and markets for weighted health, and the policies they are margined under.
 */
import fc from "fast-check"
import { price, quantity } from "../../aggregator/domain/fixed.js"
import type {
  PerpetualPosition,
  ReservedOrders,
  UnreservedOrders,
  WeightedAccount,
  WeightedHealthPolicy,
  WeightedMarket,
} from "../../aggregator/domain/weighted-health.js"
import { POLICY_DOCUMENTS } from "../../aggregator/policies/shipped.js"
import { loadWeightedHealth } from "../../aggregator/policies/weighted-health.js"

const shipped = (name: `weighted-health-${"drift" | "mango" | "marginfi"}`) =>
  loadWeightedHealth(POLICY_DOCUMENTS[name].methodology)

export const stepped = shipped("weighted-health-drift")
/** Under these, more of an asset never counts less; weights in whole steps fall by a step at a time. */
export const stepless: readonly WeightedHealthPolicy[] = [
  shipped("weighted-health-mango"),
  shipped("weighted-health-marginfi"),
  { ...stepped, name: "stepless-size-premium", steps: null },
]

const SYMBOLS = ["USDC", "ETH", "BTC", "SOL"] as const
export const symbol = fc.constantFrom(...SYMBOLS)
/** From 10^-18 units to a hundred million. */
export const size = fc.oneof(
  fc.bigInt({ min: 1n, max: 10n ** 26n }),
  fc.integer({ min: 0, max: 26 }).map(digits => 10n ** BigInt(digits)),
)
const signed = fc.tuple(size, fc.boolean()).map(([amount, short]) => quantity(short ? -amount : amount))
const unsigned = size.map(quantity)
const orNone = fc.oneof(fc.constant(quantity(0n)), unsigned)
/** A ten-thousandth of a cent to a million dollars. */
const anyPrice = fc.bigInt({ min: 10n ** 12n, max: 10n ** 24n }).map(price)

const twoPrices = fc.record({ oracle: anyPrice, reference: fc.option(anyPrice) })
const quoted = fc.record({ oracle: anyPrice, reference: fc.option(anyPrice), deposits: orNone, borrows: orNone })
const MARKETS = ["ETH-PERP", "BTC-PERP", "SOL-PERP"] as const

export const market: fc.Arbitrary<WeightedMarket> = fc
  .record({
    assets: fc.tuple(quoted, quoted, quoted, quoted),
    perpetuals: fc.tuple(twoPrices, twoPrices, twoPrices),
  })
  .map(({ assets, perpetuals }) => ({
    assets: new Map(assets.map((each, i) => [SYMBOLS[i] ?? "USDC", each])),
    perpetuals: new Map(perpetuals.map((each, i) => [MARKETS[i] ?? "ETH-PERP", each])),
  }))

const perpetual: fc.Arbitrary<PerpetualPosition> = fc.record({
  market: fc.constantFrom(...MARKETS),
  base: signed,
  quote: signed,
  bids: orNone,
  asks: orNone,
  orders: fc.nat({ max: 3 }),
})
const reserved: fc.Arbitrary<ReservedOrders> = fc.record({
  kind: fc.constant("reserved"),
  base: fc.constantFrom("ETH", "BTC"),
  quote: fc.constantFrom("USDC", "SOL"),
  baseReserved: orNone,
  quoteReserved: orNone,
  highestBid: fc.option(anyPrice),
  lowestAsk: fc.option(anyPrice),
})
const unreserved: fc.Arbitrary<UnreservedOrders> = fc.record({
  kind: fc.constant("unreserved"),
  base: fc.constantFrom("ETH", "BTC", "SOL"),
  quote: fc.constant("USDC"),
  bids: orNone,
  asks: orNone,
  count: fc.nat({ max: 3 }),
})

/** Orders as the policy's venue holds them: reserved on one market at most, or any number that locks nothing. */
export const accountFor = ({ perpetualSettlement, perpetuals }: WeightedHealthPolicy): fc.Arbitrary<WeightedAccount> =>
  fc.record({
    balances: fc.array(fc.record({ symbol, amount: signed }), { maxLength: 8 }),
    spotOrders:
      perpetualSettlement === "netted" ? fc.array(reserved, { maxLength: 1 }) : fc.array(unreserved, { maxLength: 4 }),
    perpetuals: perpetuals.size > 0 ? fc.array(perpetual, { maxLength: 4 }) : fc.constant([]),
  })
