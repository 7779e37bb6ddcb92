/**
 * What any kind of methodology hands over for a portfolio: its requirement at every threshold, and the lines it is made of.
 */
import type { Usd } from "../domain/fixed.js"
import type { ChargeLine, RiskUnitMargin, ValuedPosition } from "../domain/health.js"
import type { ThresholdName } from "../domain/methodology.js"
import type { Block } from "./apply-haircuts.js"

/** Margin of one portfolio before it is set against equity. */
export interface PortfolioMargin {
  /** Σ markToMarket of the positions. */
  readonly markToMarket: Usd
  readonly requirement: Readonly<Record<ThresholdName, Usd>>
  /** What the numbers are made of. Computed when somebody looks: between two beats that is few accounts out of many. */
  explained(): ExplainedMargin
  /** Maintenance margin of each position alone, in the portfolio's order; like `explained`. */
  standalone(): readonly Usd[]
}

export interface ExplainedMargin {
  readonly positions: readonly ValuedPosition[]
  readonly units: readonly RiskUnitMargin[]
  /** Lines that add up to the requirement of each threshold. */
  readonly charges: readonly ChargeLine[]
}

export type PortfolioRisk = { readonly margin: PortfolioMargin } | { readonly blocked: Block }
