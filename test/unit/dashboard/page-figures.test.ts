/**
 * What the page does to figures before they are shown: cutting, remembering, drawing.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  compareDecimals,
  displayDecimal,
  displayPercent,
  displayPrice,
} from "../../../aggregator/dashboard/display-decimal.js"
import { extendHistory, type HealthHistory } from "../../../aggregator/dashboard/health-history.js"
import { loadLine } from "../../../aggregator/dashboard/load-line-geometry.js"
import { nextState, OPENING } from "../../../aggregator/dashboard/page-state.js"
import { accountHash, accountInHash } from "../../../aggregator/dashboard/route.js"
import { formatDecimal, parseDecimal } from "../../../aggregator/domain/decimal.js"
import type { Margin } from "../../../aggregator/routes/margin-schemas.js"
import { overview, shortSeller } from "../../support/page-overview.js"

describe("a displayed decimal", () => {
  it.each([
    ["1234.567", "1,234.56", "1,234.57"],
    ["-1234.567", "−1,234.57", "−1,234.56"],
    ["0.001", "0.00", "0.01"],
    ["-0.001", "−0.01", "0.00"],
    ["0", "0.00", "0.00"],
    ["1000000", "1,000,000.00", "1,000,000.00"],
    ["-999999.999999999999999999", "−1,000,000.00", "−999,999.99"],
    ["123456789012345678.999999999999999999", "123,456,789,012,345,678.99", "123,456,789,012,345,679.00"],
  ])("shows %s as %s down and %s up", (text, down, up) => {
    expect(displayDecimal(text, 2, "down")).toBe(down)
    expect(displayDecimal(text, 2, "up")).toBe(up)
  })

  it("lies on its side of the truth, less than one last place away", () => {
    const shownValue = (text: string) => parseDecimal(text.replaceAll(",", "").replace("−", "-"))
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 36n), max: 10n ** 36n }),
        fc.integer({ min: 0, max: 18 }),
        (value, places) => {
          const step = 10n ** BigInt(18 - places)
          const down = shownValue(displayDecimal(formatDecimal(value), places, "down"))
          const up = shownValue(displayDecimal(formatDecimal(value), places, "up"))
          expect(down <= value && value - down < step).toBe(true)
          expect(up >= value && up - value < step).toBe(true)
        },
      ),
    )
  })

  it("compares and scales exactly where doubles cannot", () => {
    expect(compareDecimals("1000000000000000.000000000000000001", "1000000000000000")).toBe(1)
    expect(compareDecimals("-0.000000000000000001", "0")).toBe(-1)
    expect(displayDecimal("0.999999999999999999", 2, "down")).toBe("0.99")
    expect(displayPercent("0.999000000000000001", 1, "up")).toBe("100.0\u202f%")
    expect(displayPrice("9.99999", "down")).toBe("9.9999")
    expect(displayPrice("10", "down")).toBe("10.00")
  })
})

describe("the history of health", () => {
  const health = (history: HealthHistory) => history.get("short-seller")?.map(point => point.health)

  it("grows by one point an update and keeps moments without a figure as such", () => {
    const gone: Margin = { ...shortSeller(0), status: "UNAVAILABLE", figures: null }
    const ticks = [overview(), overview({ tick: 3, seller: gone }), overview({ tick: 6, seller: shortSeller(1) })]
    const history = ticks.reduce<HealthHistory>(extendHistory, new Map())
    expect(health(history)).toEqual([shortSeller(0).figures?.health, null, shortSeller(1).figures?.health])
  })

  it("replaces a moment that is sent again and forgets accounts that left", () => {
    const once = extendHistory(new Map(), overview())
    expect(health(extendHistory(once, overview({ seller: shortSeller(1) })))).toEqual([shortSeller(1).figures?.health])
    expect(extendHistory(once, { ...overview({ tick: 3 }), accounts: [] }).size).toBe(0)
  })

  it("stays bounded", () => {
    let history: HealthHistory = new Map()
    const base = overview()
    for (let tick = 0; tick < 1_000; tick++)
      history = extendHistory(history, { ...base, valuationTime: base.valuationTime + tick })
    expect(history.get("short-seller")).toHaveLength(360)
  })
})

describe("the state of the page", () => {
  const update = (seller: Margin, tick: number) =>
    ({ type: "overview", overview: overview({ seller, tick }), receivedAt: tick }) as const

  it("announces status changes only", () => {
    const first = nextState(OPENING, update(shortSeller(0), 0))
    expect(first.announcement).toBe("")
    const second = nextState(first, update(shortSeller(0), 3))
    expect(second.announcement).toBe("")
    expect(nextState(second, update(shortSeller(1), 6)).announcement).toBe("short-seller is now LIQUIDATABLE")
  })

  it("keeps the last overview when the stream is lost", () => {
    const state = nextState(nextState(OPENING, update(shortSeller(0), 0)), { type: "lost" })
    expect(state.connection).toBe("reconnecting")
    expect(state.overview?.accounts).toHaveLength(5)
  })
})

describe("the load line", () => {
  const figures = (of: Partial<NonNullable<Margin["figures"]>>) => {
    const whole = shortSeller(0).figures
    if (whole === null) throw new Error("the seller has figures")
    return loadLine({ ...whole, initialMargin: "125", liquidationEndMargin: "110", maintenanceMargin: "100", ...of })
  }

  it("stands at the disc exactly when the maintenance margin takes all equity", () => {
    expect(figures({ equity: "100" })).toEqual({ water: 1, initial: 0.8, liquidationEnd: 100 / 110 })
    expect(figures({ equity: "400" }).water).toBe(0.25)
  })

  it("sinks the ship without equity and floats it light without margin", () => {
    const sunk = figures({ equity: "-1" }).water
    expect(sunk).toBeGreaterThan(1.2)
    expect(figures({ equity: "0" }).water).toBe(sunk)
    expect(figures({ equity: "1" }).water).toBe(sunk)
    const idle = { maintenanceMargin: "0", liquidationEndMargin: "0", initialMargin: "0" }
    expect(figures({ equity: "5", ...idle })).toEqual({ water: 0, initial: null, liquidationEnd: null })
  })
})

describe("the address bar", () => {
  it("names an account and back, whatever its name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), name => {
        expect(accountInHash(accountHash(name))).toBe(name)
      }),
    )
  })

  it("names none when it is something else or broken", () => {
    expect([accountInHash(""), accountInHash("#/"), accountInHash("#/accounts/%")]).toEqual([null, null, null])
  })
})
