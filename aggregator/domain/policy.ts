/**
 * A margin policy as the engine reads it: how to margin (a methodology), and what the house believes of prices, reads and
 * places whatever the methodology. Parsed and checked from JSON by `policies/`.
 */
import type { Ratio, Usd } from "./fixed.js"
import type { Methodology } from "./methodology.js"
import type { Finality } from "./pin.js"
import type { WeightedHealthPolicy } from "./weighted-health.js"

/** `haircut` applies to the part of the value up to `upTo` and above the previous tier; the last tier has no end. */
export interface HaircutTier {
  readonly upTo: Usd | null
  readonly haircut: Ratio
}

/** `haircut` applies up to this age in seconds; older than the last step counts 0. */
export interface StalenessStep {
  readonly maxAge: number
  readonly haircut: Ratio
}

export interface PriceRules {
  /** Seconds before the valuation time after which a source does not count. */
  readonly maxAge: number
  /** Largest confidence half-width relative to the price. */
  readonly maxConfidence: Ratio
  /** Largest distance of a source from the median, relative. */
  readonly maxDeviation: Ratio
  /** Largest relative change from the last accepted price per minute; beyond it the price is rejected. */
  readonly maxMovePerMinute: Ratio
}

export interface MarginPolicy {
  readonly name: string
  readonly version: number
  readonly methodology: Methodology | WeightedHealthPolicy
  /** For assets that the methodology itself neither scans nor weighs: each asset is haircut in one place. */
  readonly collateral: ReadonlyMap<string, readonly HaircutTier[]>
  readonly liabilities: ReadonlyMap<string, Ratio>
  readonly staleness: readonly StalenessStep[]
  /** Seconds after which debts and positions of a chain are too old to publish a number. */
  readonly liabilityMaxAge: number
  readonly finality: ReadonlyMap<Finality, Ratio>
  readonly venues: ReadonlyMap<string, Ratio>
  readonly prices: PriceRules
}
