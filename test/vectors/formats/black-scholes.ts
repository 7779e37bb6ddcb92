/**
 * Prices and Greeks printed by others, reproduced by the kernel: a dividend yield q is a carry of r − q.
 * The kernel's Greeks are to the forward; those to the spot follow by the chain rule.
 */
import { z } from "zod"
import type { Kernel } from "../../../wasm-core/kernel.js"
import { instrumentColumns, scenarioColumns, UNCHANGED } from "../../support/kernel.js"
import { forwardOf, type Option } from "../../support/reference-black76.js"
import { type CaseReport, inexpressible, type VectorFormat } from "./format.js"

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

/** A forward or a strike of zero. */
export const EdgeCase = z.object({
  t: z.number(),
  vol: z.number(),
  F: z.number(),
  K: z.number(),
  discount: z.number(),
  expected_call: z.number(),
  expected_put: z.number(),
})
type EdgeCase = z.infer<typeof EdgeCase>

const Document = z.object({ cases: z.array(Case).min(1), edge_cases: z.array(EdgeCase).default([]) })

export const blackScholes: VectorFormat = {
  name: "black-scholes",
  recognises: document => Document.safeParse(document).success,
  reports: (document, kernel) => {
    const { cases, edge_cases } = Document.parse(document)
    return [...cases.map(each => reportOf(each, kernel)), ...edge_cases.map(each => edgeReport(each, kernel))]
  },
}

function reportOf(given: Case, kernel: Kernel): CaseReport {
  const id = `${given.measure} of the ${given.type} struck at ${given.strike} on ${given.spot} (${given.source})`
  const measure = measures[given.measure]
  if (!measure) return inexpressible(id, `no such measure: ${given.measure}`)
  const actual = measure(given, optionOf(given), kernel)
  return {
    id,
    checks: [{ name: given.measure, actual, expected: given.expected, tolerance: given.tol }],
    unchecked: [],
  }
}

/** Zero is refused by the kernel, which takes logarithms; its neighbourhood must lead to the stated limit. */
function edgeReport(given: EdgeCase, kernel: Kernel): CaseReport {
  const near = (kind: 1 | 2) => presentValue(edgeOption(given, kind, 1e-12), kernel)
  return {
    id: `F = ${given.F}, K = ${given.K}`,
    checks: [
      { name: "call", actual: near(1), expected: given.expected_call, tolerance: 5e-10 },
      { name: "put", actual: near(2), expected: given.expected_put, tolerance: 5e-10 },
    ],
    unchecked: [],
  }
}

export const edgeOption = (given: EdgeCase, kind: 1 | 2, floor: number): Option => ({
  kind,
  spot: Math.max(given.F, floor),
  carry: 0,
  rate: -Math.log(given.discount) / given.t,
  strike: Math.max(given.K, floor),
  volatility: given.vol,
  timeToExpiry: given.t,
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

export const presentValue = (option: Option, kernel: Kernel) =>
  first(kernel.riskArrays(instrumentColumns([option]), scenarioColumns([UNCHANGED]), 0.01).value)

function greeksOf(option: Option, kernel: Kernel) {
  const { value, delta, gamma, vega, theta } = kernel.greeks(instrumentColumns([option]))
  return { value: first(value), delta: first(delta), gamma: first(gamma), vega: first(vega), theta: first(theta) }
}

/** |x| from the normal density at x. */
const inverseDensity = (density: number) => Math.sqrt(-2 * Math.log(density * Math.sqrt(2 * Math.PI)))

/** d1 read back from the kernel's gamma (its size) and delta (its sign). */
function d1Of(option: Option, kernel: Kernel): number {
  const { delta, gamma } = greeksOf(option, kernel)
  const width = option.volatility * Math.sqrt(option.timeToExpiry)
  const density = (gamma * forwardOf(option) * width) / discountOf(option)
  return Math.sign(delta / discountOf(option) - 0.5) * inverseDensity(density)
}

/** F·φ(d1) = K·φ(d2), and of a call F·Δ − V = K·discount·N(d2). */
function d2Of(option: Option, kernel: Kernel): number {
  const { value, delta, gamma } = greeksOf(option, kernel)
  const forward = forwardOf(option)
  const discounted = option.strike * discountOf(option)
  const density = (gamma * forward * option.volatility * Math.sqrt(option.timeToExpiry) * forward) / discounted
  return Math.sign((forward * delta - value) / discounted - 0.5) * inverseDensity(density)
}

type Measure = (given: Case, option: Option, kernel: Kernel) => number

const theta: Measure = ({ r, q }, option, kernel) => {
  const { theta, delta } = greeksOf(option, kernel)
  return 365 * theta - (r - q) * forwardOf(option) * delta
}

const measures: Readonly<Record<string, Measure>> = {
  price: (_, option, kernel) => presentValue(option, kernel),
  delta: ({ spot }, option, kernel) => (greeksOf(option, kernel).delta * forwardOf(option)) / spot,
  delta_undiscounted: (_, option, kernel) => greeksOf(option, kernel).delta / discountOf(option),
  gamma: ({ spot }, option, kernel) => greeksOf(option, kernel).gamma * (forwardOf(option) / spot) ** 2,
  vega: (_, option, kernel) => greeksOf(option, kernel).vega,
  theta,
  theta_per_day: (given, option, kernel) => theta(given, option, kernel) / 365,
  rho: ({ t }, option, kernel) => {
    const { delta, value } = greeksOf(option, kernel)
    return t * (forwardOf(option) * delta - value)
  },
  dividend_rho: ({ t }, option, kernel) => -t * forwardOf(option) * greeksOf(option, kernel).delta,
  d1: (_, option, kernel) => d1Of(option, kernel),
  d2: (_, option, kernel) => d2Of(option, kernel),
}
