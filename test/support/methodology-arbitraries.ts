/**
 * Random methodology documents, books and markets: what an owner could write and hold, far from the usual too.
 */
import fc from "fast-check"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price, quantity, ratio, usd } from "../../aggregator/domain/fixed.js"
import type { Instrument } from "../../aggregator/domain/instrument.js"
import type { Book, BookMarket, HeldPosition } from "../../aggregator/domain/margin-book.js"

const NOW = 1_750_000_000
const UNITS = ["ETH", "BTC"] as const
const DAY = 86_400
/** In the last half hour, next week, beyond the pivot of a term rule, far. */
const EXPIRIES = [NOW + 900, NOW + 7 * DAY, NOW + 60 * DAY, NOW + 700 * DAY]

const between = (min: number, max: number, decimals = 6) =>
  fc.double({ min, max, noNaN: true }).map(x => x.toFixed(decimals))
const exact = (min: number, max: number, decimals = 6) => between(min, max, decimals).map(parseDecimal)
const one = ratio(parseDecimal("1"))

const volatilityMoves = fc.record({
  up: fc.record({ scale: between(0, 2), minimum: between(0, 1) }),
  down: fc.record({ scale: between(-2, 0) }),
  shift: fc.record({ shift: between(-0.5, 0.5) }),
  skew: fc.record({
    skew: fc.constantFrom("moneyness", "distance"),
    cap: fc.record({ base: between(0.06, 0.5), perRootYear: between(-0.03, 0.1) }),
    reach: fc.record({
      minimum: between(0.01, 0.1),
      width: between(0, 5),
      level: between(0, 1),
      slope: between(-0.2, 0.2),
    }),
  }),
})
const scenario = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      {
        price: between(-0.9, 5),
        volatility: fc.constantFrom("up", "down", "shift"),
        daysRolled: between(0, 3),
        weight: between(0, 1),
        dampener: between(0, 500),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.constant({ volatility: "skew" }) },
)
const valueDiscount = fc.record({ base: between(0, 1.5), rateMultiplier: between(0, 3), rateAddition: between(0, 1) })

const oneScan = fc.record(
  {
    kind: fc.constant("scenarios"),
    tick: fc.constant("0.00000001"),
    settlement: fc.constantFrom("cash", "coin"),
    settlementWindow: fc.constantFrom(0, 1800),
    discounting: fc.boolean(),
    termRule: fc.record({
      pivotDays: fc.constant("30"),
      floorDays: between(0.5, 5),
      shortPower: between(0, 1),
      longPower: between(0, 1),
    }),
    volatilityMoves,
    scenarios: fc.array(scenario, { minLength: 1, maxLength: 12 }),
    valueDiscounts: fc.record({ owned: valueDiscount, owed: valueDiscount }),
    charges: fc
      .record({ up: between(0.01, 0.5), down: between(-0.5, -0.01), addition: between(0, 2), perYear: between(0, 2) })
      .map(basis => [{ kind: "basis", name: "basis", ...basis }]),
    tail: fc
      .record({
        level: between(0.5, 0.99),
        decay: fc.constantFrom("0.9", "0.99", null),
        rows: fc.array(
          fc.record({
            moves: fc.tuple(between(-0.8, 1), between(-0.8, 1)),
            volatility: fc.tuple(between(-0.5, 1), between(-0.5, 1)),
          }),
          { minLength: 1, maxLength: 30 },
        ),
      })
      .map(({ level, decay, rows }) => ({
        level,
        decay,
        multiplier: "1.5",
        underlyings: ["ETH", "BTC"],
        moves: rows.map(each => each.moves),
        volatilityMoves: rows.map(each => each.volatility),
      })),
    lossFactors: fc.constant({ maintenance: { factor: "1" }, initial: { factor: "1.3" } }),
  },
  {
    requiredKeys: ["kind", "tick", "volatilityMoves", "scenarios", "lossFactors"],
  },
)

/** Documents of the scenario kind: moves, parts beside the scan, discounts, settlement in cash or coin, a basis charge. */
export const documents = fc
  .tuple(oneScan, fc.option(fc.record({ roll: scenario, gap: scenario })))
  .map(([document, apart]) => {
    if (apart === null) return document
    const scenarios = [{ ...apart.roll, part: "roll" }, ...document.scenarios, { ...apart.gap, part: "gap" }]
    return { ...document, scenarios, parts: { roll: "charge", gap: "floor" } }
  })

const forwardOf = { ETH: 3000, BTC: 90_000 } as const

const instrument: fc.Arbitrary<Instrument> = fc
  .record({
    underlying: fc.constantFrom(...UNITS),
    expiry: fc.constantFrom(...EXPIRIES),
    moneyness: fc.double({ min: 0.3, max: 4, noNaN: true }),
    kind: fc.constantFrom("call", "put", "future", "perpetual", "spot"),
  })
  .map(({ underlying, expiry, moneyness, kind }): Instrument => {
    if (kind === "perpetual" || kind === "spot") return { kind, underlying }
    if (kind === "future") return { kind, underlying, expiry }
    const strike = price(parseDecimal((forwardOf[underlying] * moneyness).toFixed(2)))
    return { kind: "option", underlying, expiry, strike, right: kind }
  })

const position: fc.Arbitrary<HeldPosition> = fc
  .record({ instrument, quantity: exact(-50, 50, 15), volatility: exact(0.05, 2), unsettled: exact(-1000, 1000) })
  .map(each => ({
    instrument: each.instrument,
    quantity: quantity(each.quantity),
    volatility: ratio(each.instrument.kind === "option" ? each.volatility : 0n),
    unsettled: usd(each.unsettled),
  }))

export const books: fc.Arbitrary<Book> = fc
  .record({ cash: exact(-1e6, 1e6), positions: fc.array(position, { minLength: 1, maxLength: 12 }) })
  .map(({ cash, positions }) => ({ id: "book", cash: usd(cash), collateral: [], positions, reserved: usd(0n) }))

const expiryMarkets = (forward: number) =>
  fc
    .tuple(
      ...EXPIRIES.map(() =>
        fc.record({ basis: fc.double({ min: 0.9, max: 1.1, noNaN: true }), rate: exact(-0.05, 0.3) }),
      ),
    )
    .map(
      quoted =>
        new Map(
          quoted.map(({ basis, rate }, i) => [
            EXPIRIES[i] ?? NOW,
            {
              forward: price(parseDecimal((forward * basis).toFixed(6))),
              fixed: null,
              rate: ratio(rate),
              confidence: { forward: one, rate: one, volatility: one },
            },
          ]),
        ),
    )

export const markets: fc.Arbitrary<BookMarket> = fc
  .record({ ETH: expiryMarkets(forwardOf.ETH), BTC: expiryMarkets(forwardOf.BTC) })
  .map(expiries => ({
    valuationTime: NOW,
    cashPrice: price(parseDecimal("1")),
    units: new Map(
      UNITS.map(unit => [
        unit,
        {
          spot: price(parseDecimal(String(forwardOf[unit]))),
          spotConfidence: one,
          perpetual: { price: price(parseDecimal(String(forwardOf[unit] * 1.001))), confidence: one },
          expiries: expiries[unit],
        },
      ]),
    ),
  }))
