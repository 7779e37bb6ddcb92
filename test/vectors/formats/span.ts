/**
 * SPAN as published: risk arrays over the sixteen scenarios, and portfolios aggregated from printed arrays.
 */
import { z } from "zod"
import type { Kernel } from "../../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns } from "../../support/kernel.js"
import { spreadReport } from "../scenario/span-spreads.js"
import { type CaseReport, type Check, inexpressible, type VectorFormat } from "./format.js"

const Array16 = z.array(z.number()).length(16)
const Scenarios = z.object({
  price_fraction: z.array(z.union([z.number(), z.string()])).length(16),
  weight: z.array(z.union([z.number(), z.string()])).length(16),
})
const Case = z.looseObject({
  id: z.string(),
  inputs: z.unknown(),
  pnl: Array16.optional(),
  expected: z.unknown().optional(),
  requirement: z.number().optional(),
})
type Case = z.infer<typeof Case>
const Document = z.object({ scenarios: Scenarios, cases: z.array(Case).min(1) })
type Document = z.infer<typeof Document>

/** A future of which the scan range is given in dollars a contract: one dollar is the tick. */
const RangedFuture = z.object({
  psr: z.number(),
  cvf: z.number(),
  extreme_multiplier: z.number(),
  extreme_cover: z.number(),
  settlement: z.number(),
})
const FutureExpected = z.strictObject({
  array: Array16,
  composite_delta: z.number(),
  scan_risk_long: z.number(),
  scan_risk_short: z.number(),
  published_margin: z.number(),
})
const LongFuture = z.object({ psr: z.number(), extreme_multiple: z.number(), cover: z.number() })

export const span: VectorFormat = {
  name: "span",
  recognises: document => Document.safeParse(document).success,
  reports: (document, kernel) => {
    const parsed = Document.parse(document)
    return parsed.cases.map(each => reportOf(each, parsed, kernel))
  },
}

function reportOf(given: Case, document: Document, kernel: Kernel): CaseReport {
  const ranged = RangedFuture.safeParse(given.inputs)
  const expected = FutureExpected.safeParse(given.expected)
  if (ranged.success && expected.success) return rangedFuture(given.id, ranged.data, expected.data, document, kernel)
  if (given.pnl && given.requirement !== undefined)
    return printedArray({ ...given, pnl: given.pnl, requirement: given.requirement }, document, kernel)
  const spread = spreadReport(given, document.cases, kernel)
  return spread ?? inexpressible(given.id, "the case prints a result but not the rates that it follows from")
}

/** One dollar a contract, in the unit the price is quoted in: CME prints losses of one long, the kernel its P&L. */
function rangedFuture(
  id: string,
  { psr, cvf, extreme_multiplier, extreme_cover, settlement }: z.infer<typeof RangedFuture>,
  expected: z.infer<typeof FutureExpected>,
  { scenarios }: Document,
  kernel: Kernel,
): CaseReport {
  const range = psr / cvf / settlement
  const pnl = futureArray(settlement, range, extreme_multiplier, extreme_cover, 1 / cvf, scenarios, kernel)
  const [long = Number.NaN, short = Number.NaN] = requirements(pnl, [1, -1], kernel)
  return {
    id,
    checks: [
      ...pnl.map((gain, i) => exact(`scenario ${i + 1}`, 0 - gain, expected.array[i])),
      exact("scan_risk_long", long, expected.scan_risk_long),
      exact("scan_risk_short", short, expected.scan_risk_short),
      exact("published_margin", Math.max(long, short), expected.published_margin),
      // A future moves with its own price: the weights over the price points sum to one.
      exact("composite_delta", futureDelta(settlement, kernel), expected.composite_delta),
    ],
    unchecked: [],
  }
}

function printedArray(
  given: Case & { readonly pnl: number[]; readonly requirement: number },
  { cases, scenarios }: Document,
  kernel: Kernel,
): CaseReport {
  const [requirement] = requirements(given.pnl, [1], kernel)
  const checks: Check[] = [exact("requirement", requirement, given.requirement)]
  const future = LongFuture.safeParse(given.inputs)
  if (future.success) {
    const { psr, extreme_multiple, cover } = future.data
    // The price level does not matter to a future; ten ranges keep the extreme move above −100 %.
    const pnl = futureArray(10 * psr, 0.1, extreme_multiple, cover, 1, scenarios, kernel)
    checks.push(
      ...pnl.map((gain, i) => ({
        name: `scenario ${i + 1}`,
        actual: gain,
        expected: given.pnl[i] ?? Number.NaN,
        // Printed to the nearest ten.
        tolerance: 5,
      })),
    )
  }
  const terms = termsOf(given, cases)
  if (terms) {
    const net = netted(terms, kernel)
    checks.push(...net.map((gain, i) => exact(`scenario ${i + 1}`, gain, given.pnl[i])))
  }
  return { id: given.id, checks, unchecked: [] }
}

interface Term {
  readonly lots: number
  readonly pnl: number[]
}

const Position = z.object({ position: z.string() })

/** The legs of a position such as "+1 future, -1 Dec 410 call", where each has a case of its own. */
function termsOf(given: Case, cases: readonly Case[]): Term[] | undefined {
  const position = Position.safeParse(given.inputs).data?.position
  const legs = position?.split(", ") ?? []
  if (legs.length < 2) return undefined
  const terms = legs.flatMap((leg): Term[] => {
    const [, lots, name = ""] = /^([+-]\d+) (.+)$/.exec(leg) ?? []
    const single = cases.find(({ inputs }) => {
      const text = Position.safeParse(inputs).data?.position
      return text?.startsWith("+1 ") && !text.includes(",") && text.endsWith(name)
    })
    return single?.pnl ? [{ lots: Number(lots), pnl: single.pnl }] : []
  })
  return terms.length === legs.length ? terms : undefined
}

/** The position's P&L scenario by scenario, each a table of one column. */
const netted = (terms: readonly Term[], kernel: Kernel): number[] =>
  Array.from({ length: 16 }, (_, j) => {
    const column = Float64Array.from(terms, ({ pnl }) => pnl[j] ?? Number.NaN)
    const book = terms.map(({ lots }, instrument) => ({ instrument, lots }))
    return kernel.worstScenarios(column, 1, bookRows([book])).pnl[0] ?? Number.NaN
  })

/** Worst loss of each number of lots of one array. */
const requirements = (pnl: readonly number[], lots: readonly number[], kernel: Kernel): number[] => [
  ...kernel
    .worstScenarios(Float64Array.from(pnl), 16, bookRows(lots.map(each => [{ instrument: 0, lots: each }])))
    .pnl.map(worst => 0 - worst),
]

const future = (spot: number) =>
  ({ kind: 0, spot, carry: 0, rate: 0, strike: 0, volatility: 0, timeToExpiry: 0 }) as const

const futureDelta = (spot: number, kernel: Kernel) =>
  kernel.greeks(instrumentColumns([future(spot)])).delta[0] ?? Number.NaN

function futureArray(
  spot: number,
  range: number,
  multiple: number,
  cover: number,
  tick: number,
  { price_fraction, weight }: z.infer<typeof Scenarios>,
  kernel: Kernel,
): number[] {
  const extremes: Readonly<Record<string, number>> = { "+X": multiple, "-X": -multiple }
  const scenarios = price_fraction.map((fraction, j) => ({
    priceMove: (typeof fraction === "number" ? fraction : (extremes[fraction] ?? Number.NaN)) * range,
    volatilityFactor: 1,
    volatilityShift: 0,
    timeRoll: 0,
    weight: weight[j] === "C" ? cover : 1,
  }))
  return [...kernel.riskArrays(instrumentColumns([future(spot)]), scenarioColumns(scenarios), tick).pnl]
}

const exact = (name: string, actual = Number.NaN, expected = Number.NaN): Check => ({
  name,
  actual,
  expected,
  tolerance: 0,
})
