/** Risk arrays against an independent implementation, over the whole specified range, and what prices must obey. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import type { Kernel } from "../../wasm-core/kernel.js"
import { instrumentColumns, scenarioColumns, shippedKernel, UNCHANGED } from "../support/kernel.js"
import { options, scenarios } from "../support/reference-arbitraries.js"
import {
  forwardOf,
  type Option,
  presentValue,
  referenceGreeks,
  type Scenario,
  stressedPnl,
} from "../support/reference-black76.js"

/** Of max(F, K). The kernel is nearer 3e-15; the reference contributes as much. */
const TOLERANCE = 1e-13

let simd: Kernel
let scalar: Kernel
beforeAll(async () => {
  simd = await shippedKernel()
  scalar = await shippedKernel("scalar")
})

const scaleOf = (option: Option) => (option.kind === 0 ? forwardOf(option) : Math.max(forwardOf(option), option.strike))

const discountOf = ({ rate, timeToExpiry }: Option) => Math.exp(-rate * timeToExpiry)

/** P&L with the finest tick that keeps a sixfold move within exact integers. */
function pnlByKernel(option: Option, moves: readonly Scenario[]): number[] {
  const tick = scaleOf(option) * 1e-15
  return [...simd.riskArrays(instrumentColumns([option]), scenarioColumns(moves), tick).pnl].map(ticks => ticks * tick)
}

const valueByKernel = (option: Option) => {
  const [value] = simd.riskArrays(instrumentColumns([option]), scenarioColumns([UNCHANGED]), scaleOf(option)).value
  if (value === undefined) throw new RangeError("one instrument has one value")
  return value
}

describe("risk arrays", () => {
  it("equal the reference", () => {
    fc.assert(
      fc.property(options([0, 1, 2]), fc.array(scenarios, { minLength: 1, maxLength: 9 }), (option, moves) => {
        const bound = TOLERANCE * scaleOf(option)
        const pnl = pnlByKernel(option, moves)
        const errors = moves.map((scenario, j) => Math.abs((pnl[j] ?? Number.NaN) - stressedPnl(option, scenario)))
        expect(Math.max(...errors)).toBeLessThanOrEqual(bound)
        expect(Math.abs(valueByKernel(option) - presentValue(option))).toBeLessThanOrEqual(bound)
      }),
      { numRuns: 2_000 },
    )
  })

  it("are bit for bit those of the scalar twin", () => {
    const books = fc.array(options([0, 1, 2]), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(books, fc.array(scenarios, { minLength: 1, maxLength: 17 }), (book, moves) => {
        const input = [instrumentColumns(book), scenarioColumns(moves), Math.max(...book.map(scaleOf)) * 1e-15] as const
        const vector = simd.riskArrays(...input)
        const twin = scalar.riskArrays(...input)
        expect(new BigUint64Array(vector.pnl.buffer)).toEqual(new BigUint64Array(twin.pnl.buffer))
        expect(new BigUint64Array(vector.value.buffer)).toEqual(new BigUint64Array(twin.value.buffer))
      }),
      { numRuns: 1_000 },
    )
  })

  it("of a scenario do not depend on the scenarios around it", () => {
    fc.assert(
      fc.property(options([1, 2]), fc.array(scenarios, { minLength: 2, maxLength: 12 }), (option, moves) => {
        const alone = moves.flatMap(scenario => pnlByKernel(option, [scenario]))
        expect(pnlByKernel(option, moves)).toEqual(alone)
        expect(pnlByKernel(option, moves.toReversed())).toEqual(alone.toReversed())
      }),
    )
  })

  it("are exactly zero where nothing changes", () => {
    fc.assert(
      fc.property(options([0, 1, 2]), option => {
        expect(pnlByKernel(option, [UNCHANGED])).toEqual([0])
      }),
    )
  })
})

describe("values", () => {
  it("obey put-call parity", () => {
    fc.assert(
      fc.property(options([1]), call => {
        const parity = valueByKernel(call) - valueByKernel({ ...call, kind: 2 })
        const intrinsic = discountOf(call) * (forwardOf(call) - call.strike)
        expect(Math.abs(parity - intrinsic)).toBeLessThanOrEqual(TOLERANCE * scaleOf(call))
      }),
      { numRuns: 1_000 },
    )
  })

  it("lie between intrinsic value and the forward or strike", () => {
    fc.assert(
      fc.property(options([1, 2]), option => {
        const sign = option.kind === 1 ? 1 : -1
        const slack = TOLERANCE * scaleOf(option)
        const value = valueByKernel(option)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeGreaterThanOrEqual(discountOf(option) * sign * (forwardOf(option) - option.strike) - slack)
        expect(value).toBeLessThanOrEqual(
          discountOf(option) * (option.kind === 1 ? forwardOf(option) : option.strike) + slack,
        )
      }),
      { numRuns: 1_000 },
    )
  })
})

describe("Greeks", () => {
  // Where differences of the reference resolve a derivative at all: neither a kink nor a flat tail.
  const ordinary: fc.Arbitrary<Option> = fc.record({
    kind: fc.constantFrom(1 as const, 2 as const),
    spot: fc.constant(100),
    carry: fc.constant(0),
    rate: fc.double({ min: 0, max: 0.2, noNaN: true }),
    strike: fc.double({ min: 70, max: 140, noNaN: true }),
    volatility: fc.double({ min: 0.2, max: 1.5, noNaN: true }),
    timeToExpiry: fc.double({ min: 0.05, max: 3, noNaN: true }),
  })
  it("equal the reference over the whole range", () => {
    const specified = options([1, 2]).filter(
      ({ volatility, timeToExpiry }) => volatility >= 1e-4 && timeToExpiry >= 1e-9,
    )
    fc.assert(
      fc.property(specified, random => {
        // Without growth both sides start from the same forward: what an ulp of it does to a derivative is no error.
        const option = { ...random, carry: 0 }
        const actual = simd.greeks(instrumentColumns([option]))
        const expected = referenceGreeks(option)
        const forward = option.spot
        const usd = Math.max(forward, option.strike)
        const units = { value: usd, delta: 1, gamma: 1 / forward, vega: forward, theta: usd } as const
        const names = ["value", "delta", "gamma", "vega", "theta"] as const
        const errors = names.map(name => {
          const scale = Math.max(units[name], Math.abs(expected[name]))
          return [name, Math.abs((actual[name][0] ?? Number.NaN) - expected[name]) / scale] as const
        })
        for (const [name, error] of errors) expect([name, error <= 1e-11, error]).toEqual([name, true, error])
      }),
      { numRuns: 3_000 },
    )
  })

  const slope = (f: (x: number) => number, x: number, h: number) => (f(x + h) - f(x - h)) / (2 * h)

  it("are the derivatives of the reference", () => {
    fc.assert(
      fc.property(ordinary, option => {
        const { value, delta, gamma, vega, theta } = simd.greeks(instrumentColumns([option]))
        const byForward = (spot: number) => presentValue({ ...option, spot })
        const byVolatility = (volatility: number) => presentValue({ ...option, volatility })
        const byTime = (timeToExpiry: number) => presentValue({ ...option, timeToExpiry })
        expect(value[0]).toBeCloseTo(presentValue(option), 11)
        expect(delta[0]).toBeCloseTo(slope(byForward, 100, 1e-3), 7)
        expect(gamma[0]).toBeCloseTo(
          slope(x => slope(byForward, x, 1e-2), 100, 1e-2),
          5,
        )
        expect(vega[0]).toBeCloseTo(slope(byVolatility, option.volatility, 1e-5), 5)
        expect(theta[0]).toBeCloseTo(-slope(byTime, option.timeToExpiry, 1e-5) / 365, 5)
      }),
    )
  })
})
