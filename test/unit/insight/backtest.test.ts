import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  acceptedExceedances,
  independence,
  proportionOfFailures,
  trafficLight,
  transitionsOf,
} from "../../../aggregator/insight/backtest.js"
import { binomialCumulative, chiSquareCritical, chiSquareTail } from "../../../aggregator/insight/chi-square.js"

describe("transitions", () => {
  it("are one fewer than observations", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), exceeded => {
        const { n00, n01, n10, n11 } = transitionsOf(exceeded)
        expect(n00 + n01 + n10 + n11).toBe(exceeded.length - 1)
      }),
    )
  })

  it("keep their order", () => {
    expect(transitionsOf([false, true, true, false])).toEqual({ n00: 0, n01: 1, n10: 1, n11: 1 })
  })
})

describe("tests", () => {
  it("find nothing where the frequency is the claimed one, or hits follow no hit more often than a hit", () => {
    expect(proportionOfFailures(1000, 10, 0.01)).toEqual({ statistic: 0, degrees: 1, pValue: 1 })
    expect(independence({ n00: 81, n01: 9, n10: 9, n11: 1 }).statistic).toBeCloseTo(0, 12)
  })

  it("take no exceedance and nothing but exceedances", () => {
    expect(proportionOfFailures(250, 0, 0.01).statistic).toBeCloseTo(-500 * Math.log(0.99), 12)
    expect(proportionOfFailures(3, 3, 0.5).statistic).toBeCloseTo(6 * Math.log(2), 12)
    expect(independence({ n00: 249, n01: 0, n10: 0, n11: 0 }).statistic).toBe(0)
  })

  it("refuse what is no count", () => {
    expect(() => proportionOfFailures(10, 11, 0.01)).toThrow(RangeError)
    expect(() => proportionOfFailures(10, 1, 1)).toThrow(RangeError)
    expect(() => independence({ n00: 0, n01: 0, n10: 0, n11: 0 })).toThrow(RangeError)
    expect(() => trafficLight(250, 251)).toThrow(RangeError)
  })

  it("accept no number of exceedances below an impossible critical value", () => {
    expect(acceptedExceedances(255, 0.013, 0)).toBeNull()
  })
})

describe("χ² and the binomial", () => {
  it("have critical values that their tails return", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.999, noNaN: true }), fc.constantFrom(1, 2), (tail, degrees) => {
        const back = chiSquareTail(chiSquareCritical(tail, degrees), degrees)
        expect(Math.abs(back - tail)).toBeLessThan(1e-12 * Math.max(1, tail) + 1e-9 * tail)
      }),
    )
  })

  it("sum to one over all outcomes of a sample too long for plain powers", () => {
    expect(binomialCumulative(100_000, 100_000, 0.05)).toBeCloseTo(1, 9)
    expect(binomialCumulative(5000, 100_000, 0.05)).toBeGreaterThan(0.5)
  })
})
