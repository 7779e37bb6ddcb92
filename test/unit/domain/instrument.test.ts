import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { InvalidIdError } from "../../../aggregator/domain/errors.js"
import { price } from "../../../aggregator/domain/fixed.js"
import { type Instrument, instrumentName, parseInstrument } from "../../../aggregator/domain/instrument.js"

/** 25 December 2026, 08:00 UTC. */
const CHRISTMAS = Date.UTC(2026, 11, 25, 8) / 1000

describe("instrument names", () => {
  it.each<[string, Instrument]>([
    ["ETH", { kind: "spot", underlying: "ETH" }],
    ["ETH-PERP", { kind: "perpetual", underlying: "ETH" }],
    ["ETH-25DEC26", { kind: "future", underlying: "ETH", expiry: CHRISTMAS }],
    [
      "ETH-25DEC26-3200-C",
      { kind: "option", underlying: "ETH", expiry: CHRISTMAS, strike: price(parseDecimal("3200")), right: "call" },
    ],
    [
      "stETH-25DEC26T1130-0.5-P",
      {
        kind: "option",
        underlying: "stETH",
        expiry: CHRISTMAS + 12_600,
        strike: price(parseDecimal("0.5")),
        right: "put",
      },
    ],
    ["BTC-25DEC26T080001", { kind: "future", underlying: "BTC", expiry: CHRISTMAS + 1 }],
    ["BTC-1JAN27", { kind: "future", underlying: "BTC", expiry: Date.UTC(2027, 0, 1, 8) / 1000 }],
    ["ETH-29FEB28", { kind: "future", underlying: "ETH", expiry: Date.UTC(2028, 1, 29, 8) / 1000 }],
  ])("%s", (name, instrument) => {
    expect(parseInstrument(name)).toEqual(instrument)
    expect(instrumentName(instrument)).toBe(name)
  })

  it.each([
    "",
    "-",
    "1INCH",
    "ETH-",
    "ETH--C",
    "ETH-PERP-1",
    "ETH-25DEC26-3200",
    "ETH-25DEC26-3200-X",
    "ETH-25DEC26-3200-c",
    "ETH-25DEC26-3200-C-1",
    "ETH-25DEC26-0-C",
    "ETH-25DEC26--3200-C",
    "ETH-25DEC26-3e3-C",
    "ETH-25DEC26-NaN-C",
    "ETH-25dec26-3200-C",
    "ETH-05DEC26-3200-C",
    "ETH-31NOV26-3200-C",
    "ETH-29FEB27-3200-C",
    "ETH-0JAN27-3200-C",
    "ETH-25DEC26T0800-3200-C",
    "ETH-25DEC26T2500-3200-C",
    "ETH-25DEC26T1130 -3200-C",
    "ETHEREUM.CLASSIC.COIN-PERP",
    "ETH PERP",
    "ETH-25DEC2026-3200-C",
  ])("%j names no instrument", name => {
    expect(() => parseInstrument(name)).toThrow(InvalidIdError)
  })

  it("are read back as what was named, and name what was read", () => {
    const underlying = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.]{0,15}$/)
    // Two digits of a year: names cover this century.
    const expiry = fc.integer({ min: Date.UTC(2000, 0, 1) / 1000, max: Date.UTC(2099, 11, 31, 23, 59, 59) / 1000 })
    const strike = fc.bigInt({ min: 1n, max: 10n ** 30n }).map(price)
    const right = fc.constantFrom("call" as const, "put" as const)
    const instrument: fc.Arbitrary<Instrument> = fc.oneof(
      fc.record({ kind: fc.constant("spot" as const), underlying }),
      fc.record({ kind: fc.constant("perpetual" as const), underlying }),
      fc.record({ kind: fc.constant("future" as const), underlying, expiry }),
      fc.record({ kind: fc.constant("option" as const), underlying, expiry, strike, right }),
    )
    fc.assert(
      fc.property(instrument, each => {
        const name = instrumentName(each)
        expect(parseInstrument(name)).toEqual(each)
        expect(instrumentName(parseInstrument(name))).toBe(name)
      }),
    )
  })

  it("are the same however a strike is spelled", () => {
    expect(instrumentName(parseInstrument("ETH-25DEC26-03200.50-C"))).toBe("ETH-25DEC26-3200.5-C")
  })

  it("are read as before after more names than are remembered", () => {
    const first = parseInstrument("ETH-25DEC26-1-C")
    for (let strike = 2; strike < 10_000; strike++) parseInstrument(`ETH-25DEC26-${strike}-C`)
    expect(parseInstrument("ETH-25DEC26-1-C")).toEqual(first)
    expect(parseInstrument("ETH-25DEC26-9999-C")).toMatchObject({ strike: price(parseDecimal("9999")) })
  })
})
