/** The reference that the kernel is judged by is itself judged by numbers computed with sixty digits. */
import { describe, expect, it } from "vitest"
import { erfc, presentValue } from "../../support/reference-black76.js"

describe("erfc", () => {
  it.each([
    [-3, 1.9999779095030015],
    [-0.7, 1.6778011938374184],
    [0, 1],
    [1e-9, 0.9999999988716208],
    [0.1, 0.887537083981715],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [1.5, 0.033894853524689274],
    [1.9999, 0.004679802092970608],
    [2, 0.004677734981047266],
    [2.5, 0.0004069520174449589],
    [4, 1.541725790028002e-8],
    [8, 1.1224297172982926e-29],
    [20, 5.395865611607901e-176],
  ])("of %d", (x, exact) => {
    expect(Math.abs(erfc(x) - exact)).toBeLessThanOrEqual(3e-16 * Math.max(1, exact))
    if (x >= 2) expect(Math.abs(erfc(x) / exact - 1)).toBeLessThan(1e-13)
  })
})

describe("Black-76", () => {
  it("is intrinsic value where volatility or time is nothing", () => {
    const call = { kind: 1, spot: 120, carry: 0, rate: 0, strike: 100, volatility: 0.5, timeToExpiry: 0 } as const
    expect(presentValue(call)).toBe(20)
    expect(presentValue({ ...call, kind: 2 })).toBe(0)
    const certain = { ...call, kind: 2, strike: 130, volatility: 0, timeToExpiry: 1, rate: Math.LN2 } as const
    expect(presentValue(certain)).toBeCloseTo(5, 14)
  })
})
