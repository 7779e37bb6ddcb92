/**
 * Whether a risk measure was exceeded as often as it claims, and independently from day to day.
 *
 * Convention: a sample has T observations and T − 1 transitions between neighbours. Kupiec's test counts all T
 * observations; Christoffersen's independence test counts the T − 1 transitions; their sum, the test of conditional
 * coverage, is taken of exactly these two. (Some authors drop the first observation from the former as well; passing
 * T − 1 observations gives their figure.)
 *
 * Sources: P. Kupiec (1995); P. Christoffersen (1998); Basel Committee, MAR32 and MAR99.
 */
import { binomialCumulative, chiSquareTail } from "./chi-square.js"

export interface LikelihoodRatio {
  /** −2·ln of the likelihood ratio, ≥ 0; larger speaks against the measure. */
  readonly statistic: number
  readonly degrees: 1 | 2
  /** Probability of at least this statistic if the measure is right. */
  readonly pValue: number
}

/** How often each state (0 within the measure, 1 beyond it) was followed by each state. */
export interface Transitions {
  readonly n00: number
  readonly n01: number
  readonly n10: number
  readonly n11: number
}

/** The transitions of a sequence of exceedances in time order: one fewer than there are observations. */
export function transitionsOf(exceeded: readonly boolean[]): Transitions {
  const count = (before: boolean, after: boolean) =>
    exceeded.filter((each, i) => i > 0 && each === after && exceeded[i - 1] === before).length
  return { n00: count(false, false), n01: count(false, true), n10: count(true, false), n11: count(true, true) }
}

/**
 * Kupiec's proportion of failures over all T observations.
 *
 * @param probability Of an exceedance if the measure is right, e.g. 0.01 for 99 %.
 * @throws RangeError unless 0 ≤ exceedances ≤ observations are whole, observations > 0 and 0 < probability < 1.
 */
export function proportionOfFailures(observations: number, exceedances: number, probability: number): LikelihoodRatio {
  requireCounts([observations, exceedances])
  if (exceedances > observations || observations === 0) throw new RangeError("more exceedances than observations")
  if (!(probability > 0 && probability < 1)) throw new RangeError("a probability between 0 and 1")
  const rest = observations - exceedances
  const claimed = logLikelihood(rest, exceedances, probability)
  const observed = logLikelihood(rest, exceedances, exceedances / observations)
  return ratioOf(-2 * (claimed - observed), 1)
}

/**
 * Christoffersen's independence over the T − 1 transitions: is an exceedance likelier after an exceedance?
 *
 * @throws RangeError for counts that are negative or not whole, or all zero.
 */
export function independence({ n00, n01, n10, n11 }: Transitions): LikelihoodRatio {
  requireCounts([n00, n01, n10, n11])
  const all = n00 + n01 + n10 + n11
  if (all === 0) throw new RangeError("no transitions")
  const pooled = logLikelihood(n00 + n10, n01 + n11, (n01 + n11) / all)
  const apart =
    logLikelihood(n00, n01, n01 / Math.max(1, n00 + n01)) + logLikelihood(n10, n11, n11 / Math.max(1, n10 + n11))
  return ratioOf(-2 * (pooled - apart), 1)
}

/** Conditional coverage: proportion of failures and independence at once, two degrees of freedom. */
export const conditionalCoverage = (coverage: LikelihoodRatio, independent: LikelihoodRatio): LikelihoodRatio =>
  ratioOf(coverage.statistic + independent.statistic, 2)

/** The numbers of exceedances, both inclusive, that Kupiec's test does not reject below the critical value. */
export function acceptedExceedances(
  observations: number,
  probability: number,
  critical: number,
): { readonly least: number; readonly most: number } | null {
  const accepted = Array.from({ length: observations + 1 }, (_, x) => x).filter(
    x => proportionOfFailures(observations, x, probability).statistic < critical,
  )
  const [least] = accepted
  const most = accepted.at(-1)
  return least === undefined || most === undefined ? null : { least, most }
}

export type Zone = "green" | "yellow" | "red"

export interface TrafficLight {
  readonly zone: Zone
  /** P(at most this many exceedances) if the measure is right. */
  readonly cumulative: number
}

/** Basel's zones: yellow from a cumulative probability of 95 % on, red from 99.99 % on. */
const [YELLOW, RED] = [0.95, 0.9999]

/** @throws RangeError as `binomialCumulative`. */
export function trafficLight(observations: number, exceedances: number, probability = 0.01): TrafficLight {
  const cumulative = binomialCumulative(exceedances, observations, probability)
  return { zone: cumulative >= RED ? "red" : cumulative >= YELLOW ? "yellow" : "green", cumulative }
}

/** Basel's multipliers for 250 observations at 99 %, by exceedances from five to nine (MAR99). */
const YELLOW_MULTIPLIERS = [1.7, 1.76, 1.83, 1.88, 1.92] as const

/** Multiplier on the measure by its exceedances in 250 days at 99 %: 1.5 when green, 2 when red. */
export function baselMultiplier(exceedances: number): number {
  requireCounts([exceedances])
  if (exceedances < 5) return 1.5
  return YELLOW_MULTIPLIERS[exceedances - 5] ?? 2
}

function ratioOf(statistic: number, degrees: 1 | 2): LikelihoodRatio {
  // Where claimed and observed frequency agree, rounding may leave a hair below zero.
  const floored = Math.max(statistic, 0)
  return { statistic: floored, degrees, pValue: chiSquareTail(floored, degrees) }
}

/** With 0·ln 0 = 0: what never happens has no weight. */
function logLikelihood(misses: number, hits: number, probability: number): number {
  return (misses === 0 ? 0 : misses * Math.log1p(-probability)) + (hits === 0 ? 0 : hits * Math.log(probability))
}

function requireCounts(counts: readonly number[]): void {
  if (counts.some(count => !Number.isInteger(count) || count < 0)) throw new RangeError("counts are whole and ≥ 0")
}
