/**
 * A margin policy as the engine reads it: methodology is data. Parsed and checked from JSON by `policies/`.
 */
import type { Price, Quantity, Ratio, Usd } from "./fixed.js"
import type { Finality } from "./pin.js"

/** One scenario as fractions of a risk unit's scan ranges; `weight` is the share of the P&L that counts (SPAN's cover fraction). */
export interface Scenario {
  readonly price: Ratio
  readonly volatility: Ratio
  readonly weight: Ratio
}

export interface RiskUnitParameters {
  /** Largest ordinary price move, relative to the price: 0.15 = ±15 %. */
  readonly priceScanRange: Ratio
  /** Largest ordinary move of volatility, absolute: 0.1 = ±10 volatility points. */
  readonly volatilityScanRange: Ratio
  /** Floor for each unit short in options, as a share of the underlying's price. */
  readonly shortOptionMinimum: Ratio
}

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
  /** Risk arrays are whole multiples of `price` USD, quantities whole multiples of `lot` units. */
  readonly ticks: { readonly price: Price; readonly lot: Quantity }
  readonly scenarios: readonly Scenario[]
  readonly riskUnits: ReadonlyMap<string, RiskUnitParameters>
  /** `gross` counts short calls and short puts together, `max` the larger side. */
  readonly shortOptionRule: "gross" | "max"
  /** Multiples of the scan-based requirement; 1 ≤ … maintenance ≤ liquidationEnd ≤ initial. */
  readonly thresholds: { readonly maintenance: Ratio; readonly liquidationEnd: Ratio; readonly initial: Ratio }
  readonly collateral: ReadonlyMap<string, readonly HaircutTier[]>
  readonly liabilities: ReadonlyMap<string, Ratio>
  readonly staleness: readonly StalenessStep[]
  /** Seconds after which debts and positions of a chain are too old to publish a number. */
  readonly liabilityMaxAge: number
  readonly finality: ReadonlyMap<Finality, Ratio>
  readonly venues: ReadonlyMap<string, Ratio>
  readonly prices: PriceRules
}
