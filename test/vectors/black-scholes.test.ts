/**
 * Prices and Greeks printed by others, reproduced by the kernel: a dividend yield q is a carry of r − q.
 * The kernel's Greeks are to the forward; those to the spot follow by the chain rule.
 */
import { beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { type Kernel, KernelError } from "../../wasm-core/kernel.js"
import { forwardOf, type Option } from "../support/reference-black76.js"
import { instrumentColumns, shippedKernel, scenarioColumns, UNCHANGED } from "../support/kernel.js"
import vectors from "./black-scholes.json" with { type: "json" }

const Case = z.object({
  measure: z.string(),
  type: z.enum(["call", "put"]),
  strike: z.number(),
  spot: z.number(),
  q: z.number(),
  r: z.number(),
  t: z.number(),
  vol: z.number(),
  expected: z.number(),
  tol: z.number(),
  source: z.string(),
})
type Case = z.infer<typeof Case>

const EdgeCase = z.object({
  t: z.number(),
  vol: z.number(),
  F: z.number(),
  K: z.number(),
  discount: z.number(),
  expected_call: z.number(),
  expected_put: z.number(),
})

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const optionOf = ({ type, strike, spot, q, r, t, vol }: Case): Option => ({
  kind: type === "call" ? 1 : 2,
  spot,
  carry: r - q,
  rate: r,
  strike,
  volatility: vol,
  timeToExpiry: t,
})

const discountOf = ({ rate, timeToExpiry }: Option) => Math.exp(-rate * timeToExpiry)

const first = (column: Float64Array): number => {
  const [number] = column
  if (number === undefined) throw new RangeError("one instrument has one value")
  return number
}

const valueOf = (option: Option) =>
  first(kernel.riskArrays(instrumentColumns([option]), scenarioColumns([UNCHANGED]), 0.01).value)

function greeksOf(option: Option) {
  const { value, delta, gamma, vega, theta } = kernel.greeks(instrumentColumns([option]))
  return { value: first(value), delta: first(delta), gamma: first(gamma), vega: first(vega), theta: first(theta) }
}

/** |x| from the normal density at x. */
const inverseDensity = (density: number) => Math.sqrt(-2 * Math.log(density * Math.sqrt(2 * Math.PI)))

/** d1 read back from the kernel's gamma (its size) and delta (its sign). */
function d1Of(option: Option): number {
  const { delta, gamma } = greeksOf(option)
  const width = option.volatility * Math.sqrt(option.timeToExpiry)
  const density = (gamma * forwardOf(option) * width) / discountOf(option)
  return Math.sign(delta / discountOf(option) - 0.5) * inverseDensity(density)
}

/** F·φ(d1) = K·φ(d2), and of a call F·Δ − V = K·discount·N(d2). */
function d2Of(option: Option): number {
  const { value, delta, gamma } = greeksOf(option)
  const forward = forwardOf(option)
  const discounted = option.strike * discountOf(option)
  const density = (gamma * forward * option.volatility * Math.sqrt(option.timeToExpiry) * forward) / discounted
  return Math.sign((forward * delta - value) / discounted - 0.5) * inverseDensity(density)
}

const measures: Record<string, (given: Case, option: Option) => number> = {
  price: (_, option) => valueOf(option),
  delta: ({ spot }, option) => (greeksOf(option).delta * forwardOf(option)) / spot,
  delta_undiscounted: (_, option) => greeksOf(option).delta / discountOf(option),
  gamma: ({ spot }, option) => greeksOf(option).gamma * (forwardOf(option) / spot) ** 2,
  vega: (_, option) => greeksOf(option).vega,
  theta: ({ r, q }, option) => 365 * greeksOf(option).theta - (r - q) * forwardOf(option) * greeksOf(option).delta,
  theta_per_day: (given, option) => (measures.theta?.(given, option) ?? Number.NaN) / 365,
  rho: ({ t }, option) => t * (forwardOf(option) * greeksOf(option).delta - greeksOf(option).value),
  dividend_rho: ({ t }, option) => -t * forwardOf(option) * greeksOf(option).delta,
  d1: (_, option) => d1Of(option),
  d2: (_, option) => d2Of(option),
}

describe("Black-Scholes", () => {
  it.each(
    vectors.cases.map(given => Case.parse(given)),
  )("$measure of the $type struck at $strike on $spot ($source)", given => {
    const measure = measures[given.measure]
    if (measure === undefined) throw new RangeError(`no translation for ${given.measure}`)
    expect(Math.abs(measure(given, optionOf(given)) - given.expected)).toBeLessThanOrEqual(given.tol)
  })

  it("covers all 44 cases and both edge cases", () => {
    expect(vectors.cases).toHaveLength(44)
    expect(vectors.edge_cases).toHaveLength(2)
  })
})

describe("a forward or strike of zero", () => {
  it.each(vectors.edge_cases.map(given => EdgeCase.parse(given)))("F = $F, K = $K: refused, and reached as a limit", given => {
    const option = (kind: 1 | 2, floor: number): Option => ({
      kind,
      spot: Math.max(given.F, floor),
      carry: 0,
      rate: -Math.log(given.discount) / given.t,
      strike: Math.max(given.K, floor),
      volatility: given.vol,
      timeToExpiry: given.t,
    })
    expect(() => valueOf(option(1, 0))).toThrow(KernelError)
    expect(() => valueOf(option(2, 0))).toThrow(
      expect.objectContaining({ code: given.F === 0 ? "SPOT_INVALID" : "STRIKE_INVALID" }),
    )
    expect(valueOf(option(1, 1e-12))).toBeCloseTo(given.expected_call, 9)
    expect(valueOf(option(2, 1e-12))).toBeCloseTo(given.expected_put, 9)
  })
})
