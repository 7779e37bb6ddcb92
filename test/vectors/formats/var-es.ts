/**
 * Backtests and expected shortfall as vendors, papers and the Basel Committee print them.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import { ratio, type Usd, usd } from "../../../aggregator/domain/fixed.js"
import {
  acceptedExceedances,
  baselMultiplier,
  conditionalCoverage,
  independence,
  type LikelihoodRatio,
  proportionOfFailures,
  trafficLight,
} from "../../../aggregator/insight/backtest.js"
import { binomialCumulative, chiSquareCritical, chiSquareTail } from "../../../aggregator/insight/chi-square.js"
import { tailRisk } from "../../../aggregator/insight/expected-shortfall.js"
import { type CaseReport, type Check, inexpressible, type Unchecked, type VectorFormat } from "./format.js"
import { exactly, lastPlace } from "./printed.js"

const Coverage = z.strictObject({ N: z.number(), x: z.number(), p: z.number() })
const Transitions = z.strictObject({
  N00: z.number(),
  N01: z.number(),
  N10: z.number(),
  N11: z.number(),
  N: z.number().optional(),
  x: z.number().optional(),
  p: z.number().optional(),
})
const Combined = z.strictObject({ combine: z.array(z.string()).length(2) })
const Tail = z.strictObject({ T: z.number().int(), losses_sorted: z.array(z.number()).min(1), alpha: z.number() })
const Light = z.strictObject({ N: z.number() })

const Case = z.object({ id: z.string(), inputs: z.unknown(), expected: z.record(z.string(), z.number()) })
type Case = z.infer<typeof Case>

const Document = z.object({
  chi2_critical: z.record(z.string(), z.number()).default({}),
  kupiec_nonrejection_95: z
    .object({ values: z.record(z.string(), z.tuple([z.number(), z.number()])) })
    .default({ values: {} }),
  basel_multiplier: z.record(z.string(), z.number()).default({}),
  binomial_cum_250_1pct: z.array(z.number()).default([]),
  cases: z.array(Case).default([]),
})
type Document = z.infer<typeof Document>

export const varEs: VectorFormat = {
  name: "var-es",
  recognises: document =>
    z.object({ chi2_critical: z.unknown() }).safeParse(document).success ||
    z.object({ cases: z.array(Case).min(1) }).safeParse(document).success,
  reports: document => {
    const parsed = Document.parse(document)
    return [...tablesOf(parsed), ...parsed.cases.map(each => reportOf(each, parsed.cases))]
  },
}

/** Named figures that the inputs of a case allow, and why others are not among them. */
interface Figures {
  readonly known: Readonly<Record<string, number>>
  readonly reason: string
}

function reportOf(given: Case, cases: readonly Case[]): CaseReport {
  const figures = figuresOf(given, cases)
  if (!figures) return inexpressible(given.id, `no test takes the inputs ${JSON.stringify(given.inputs)}`)
  const checks: Check[] = []
  const unchecked: Unchecked[] = []
  for (const [name, expected] of Object.entries(given.expected)) {
    const actual = figures.known[name]
    if (actual === undefined) unchecked.push({ field: name, reason: figures.reason })
    else checks.push({ name, actual, expected, tolerance: lastPlace(expected) })
  }
  return { id: given.id, checks, unchecked }
}

function figuresOf({ inputs, expected }: Case, cases: readonly Case[]): Figures | undefined {
  const coverage = Coverage.safeParse(inputs)
  if (coverage.success) return coverageFigures(coverage.data)
  const transitions = Transitions.safeParse(inputs)
  if (transitions.success) return transitionFigures(transitions.data)
  const combined = Combined.safeParse(inputs)
  if (combined.success) return combinedFigures(combined.data.combine, cases, expected)
  const tail = Tail.safeParse(inputs)
  if (tail.success) return tailFigures(tail.data)
  const light = Light.safeParse(inputs)
  return light.success ? lightFigures(light.data.N) : undefined
}

const named = ({ statistic, pValue, degrees }: LikelihoodRatio) => ({ LR: statistic, p_value: pValue, df: degrees })

function coverageFigures({ N, x, p }: z.infer<typeof Coverage>): Figures {
  const test = proportionOfFailures(N, x, p)
  return {
    known: { ...named(test), LRuc: test.statistic, LR_pof: test.statistic },
    reason: "needs the counts of transitions, which are not among the inputs",
  }
}

function transitionFigures({ N00, N01, N10, N11, N, x, p }: z.infer<typeof Transitions>): Figures {
  const alone = independence({ n00: N00, n01: N01, n10: N10, n11: N11 })
  const independent = { ...named(alone), LR_ind: alone.statistic, LRcci: alone.statistic }
  if (N === undefined || x === undefined || p === undefined)
    return { known: independent, reason: "needs the number of observations, exceedances and the probability" }
  const coverage = proportionOfFailures(N, x, p)
  const joint = conditionalCoverage(coverage, alone).statistic
  const shorter = conditionalCoverage(proportionOfFailures(N - 1, x, p), alone).statistic
  return {
    known: {
      ...independent,
      LRuc: coverage.statistic,
      LR_pof: coverage.statistic,
      LRcc: joint,
      LR_cc: joint,
      LR_cc_if_T_minus_1: shorter,
    },
    reason: "no test of this name",
  }
}

/** Where a part is not in the file, the p-value can still be taken of the printed statistic. */
function combinedFigures(ids: readonly string[], cases: readonly Case[], expected: Case["expected"]): Figures {
  const parts = ids.map(id => statisticOf(cases.find(each => each.id === id)))
  const absent = ids.filter((_, i) => parts[i] === undefined)
  const [coverage, independent] = parts
  if (coverage && independent)
    return { known: named(conditionalCoverage(coverage, independent)), reason: "no such figure" }
  const printed = expected.LR
  return {
    known: printed === undefined ? { df: 2 } : { df: 2, p_value: chiSquareTail(printed, 2) },
    reason: `needs ${absent.join(", ")}, which is not in the file`,
  }
}

function statisticOf(given: Case | undefined): LikelihoodRatio | undefined {
  const coverage = Coverage.safeParse(given?.inputs)
  if (coverage.success) return proportionOfFailures(coverage.data.N, coverage.data.x, coverage.data.p)
  const transitions = Transitions.safeParse(given?.inputs)
  if (!transitions.success) return undefined
  const { N00, N01, N10, N11 } = transitions.data
  return independence({ n00: N00, n01: N01, n10: N10, n11: N11 })
}

function tailFigures({ T, losses_sorted, alpha }: z.infer<typeof Tail>): Figures {
  const printed: Usd[] = losses_sorted.map(loss => usd(exactly(loss)))
  // The rest of the sample is not printed, only that none of it is worse: the printed losses must cover the tail.
  if (T * (1 - alpha) > printed.length) return { known: {}, reason: "the printed losses do not cover the tail" }
  const least = printed.reduce((a, b) => (b < a ? b : a))
  const losses = [...printed, ...Array<Usd>(T - printed.length).fill(least)]
  const { expectedShortfall, valueAtRisk } = tailRisk(losses, ratio(exactly(alpha)))
  return { known: { ES: toNumber(expectedShortfall), VaR: toNumber(valueAtRisk) }, reason: "no such figure" }
}

/** Chance that a measure is not in the green zone, if it is right (1 %) and if it is exceeded three times as often. */
function lightFigures(observations: number): Figures {
  const green = Array.from({ length: observations + 1 }, (_, x) => x).filter(
    x => trafficLight(observations, x).zone === "green",
  )
  const notGreen = (probability: number) => 1 - binomialCumulative(green.length - 1, observations, probability)
  return {
    known: { P_not_green_at_1pct: notGreen(0.01), P_not_green_at_3pct: notGreen(0.03) },
    reason: "no such figure",
  }
}

/** The tables beside the cases, each as a case of its own. */
function tablesOf({
  chi2_critical,
  kupiec_nonrejection_95,
  basel_multiplier,
  binomial_cum_250_1pct,
}: Document): CaseReport[] {
  const table = (id: string, checks: readonly Check[]): CaseReport[] =>
    checks.length > 0 ? [{ id, checks, unchecked: [] }] : []
  return [
    ...table(
      "chi2_critical",
      Object.entries(chi2_critical).map(([name, expected]) => {
        const [, degrees, percent] = /^([12])df_(\d+)$/.exec(name) ?? []
        const tail = 1 - Number(percent) / 100
        return { name, actual: chiSquareCritical(tail, degrees === "1" ? 1 : 2), expected, tolerance: 1e-9 }
      }),
    ),
    ...table(
      "kupiec_nonrejection_95",
      Object.entries(kupiec_nonrejection_95.values).flatMap(([name, [least, most]]) => {
        const [observations = Number.NaN, probability = Number.NaN] = name.split("@").map(Number)
        const accepted = acceptedExceedances(observations, probability, chiSquareCritical(0.05, 1))
        return [
          { name: `${name} least`, actual: accepted?.least ?? Number.NaN, expected: least, tolerance: 0 },
          { name: `${name} most`, actual: accepted?.most ?? Number.NaN, expected: most, tolerance: 0 },
        ]
      }),
    ),
    ...table(
      "basel_multiplier",
      Object.entries(basel_multiplier).flatMap(([range, expected]) => {
        const [first = Number.NaN, last = first] = range.replace("+", "").split("-").map(Number)
        return Array.from({ length: last - first + 1 }, (_, i) => first + i).map(x => ({
          name: `${x} exceedances`,
          actual: baselMultiplier(x),
          expected,
          tolerance: 0,
        }))
      }),
    ),
    ...table(
      "binomial_cum_250_1pct",
      binomial_cum_250_1pct.map((expected, x) => ({
        name: `at most ${x}`,
        actual: 100 * trafficLight(250, x).cumulative,
        expected,
        tolerance: 0.005 + 1e-9,
      })),
    ),
  ]
}
