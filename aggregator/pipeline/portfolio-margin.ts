/**
 * What any kind of methodology hands over for a portfolio: its requirement at every threshold, and the lines it is made of.
 */
import type { Usd } from "../domain/fixed.js"
import type { ChargeLine, RiskUnitMargin, ValuedPosition } from "../domain/health.js"
import type { PositionLeg } from "../domain/leg.js"
import type { ThresholdName } from "../domain/methodology.js"
import type { Block, Portfolio } from "./apply-haircuts.js"

/** Margin of one portfolio before it is set against equity. */
export interface PortfolioMargin {
  /** Σ markToMarket of the positions. */
  readonly markToMarket: Usd
  readonly requirement: Readonly<Record<ThresholdName, Usd>>
  /** What the numbers are made of. @param alone maintenance margin of each position by itself, in the portfolio's order */
  explained(alone: () => readonly Usd[]): ExplainedMargin
}

export interface ExplainedMargin {
  readonly positions: readonly ValuedPosition[]
  readonly units: readonly RiskUnitMargin[]
  /** Lines that add up to the requirement of each threshold. */
  readonly charges: readonly ChargeLine[]
}

export type PortfolioRisk = { readonly margin: PortfolioMargin } | { readonly blocked: readonly Block[] }

/** A methodology against one market. */
export interface RiskArrays {
  /** One entry a portfolio, in their order. What cannot be margined blocks itself alone. */
  margins(portfolios: readonly Portfolio[]): readonly PortfolioRisk[]
  /** Maintenance margin of each position by itself. @throws PlimsollError for one that cannot be held. */
  alone(positions: readonly PositionLeg[]): readonly Usd[]
}
