/**
 * The result of a margin calculation for one account, with every component that adds up to it.
 */
import type { ChainId } from "./caip.js"
import type { Price, Quantity, Ratio, Usd } from "./fixed.js"
import type { CollateralLeg, DebtLeg, PositionLeg } from "./leg.js"
import type { PartRule, ThresholdName } from "./methodology.js"

/** The ladder of a healthy to a broken account, then the two that say "no number can be trusted". */
export const ACCOUNT_STATUSES = [
  "NORMAL",
  "MARGIN_CALL",
  "REDUCE_ONLY",
  "LIQUIDATABLE",
  "BANKRUPT",
  "STALE",
  "UNAVAILABLE",
] as const
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number]

/** One haircut step on one leg: the dollars it took from an asset or added to a debt, ≥ 0. */
export interface HaircutStep {
  readonly name: "asset" | "confidence" | "staleness" | "finality" | "venue" | "cap" | "liability"
  readonly amount: Usd
}

export interface ValuedCollateral {
  readonly leg: CollateralLeg
  /** `null` when there is no usable price: the leg counts 0. */
  readonly price: Price | null
  /** amount × price, rounded down. */
  readonly marketValue: Usd
  readonly haircuts: readonly HaircutStep[]
  /** marketValue − Σ haircuts, ≥ 0. */
  readonly collateralValue: Usd
}

export interface ValuedDebt {
  readonly leg: DebtLeg
  readonly price: Price
  /** amount × price, rounded up. */
  readonly marketValue: Usd
  readonly haircuts: readonly HaircutStep[]
  /** marketValue + Σ haircuts. */
  readonly liabilityValue: Usd
}

export interface ValuedPosition {
  readonly leg: PositionLeg
  readonly instrument: string
  readonly quantity: Quantity
  /** Value of +1 long, USD. */
  readonly mark: Price
  /** quantity × mark, rounded down (towards −∞); of perpetuals and futures what is not settled yet. */
  readonly markToMarket: Usd
  /**
   * −P&L of this position in the risk unit's worst scenario; over a unit, with its `collateralLoss` and `otherLoss`, these
   * add up to its scanning risk.
   */
  readonly worstScenarioLoss: Usd
  /** Maintenance margin of this position alone. */
  readonly standaloneMargin: Usd
}

export interface RiskUnitMargin {
  readonly underlying: string
  /** Worst weighted loss over the scenarios, ≥ 0. */
  readonly scanningRisk: Usd
  /** 1-based number of the scenario that sets it, as SPAN prints it; `null` when no scenario loses. */
  readonly worstScenario: number | null
  /** Loss of the scanned collateral in that scenario, < 0 where it gains. */
  readonly collateralLoss: Usd
  /** Discounts on option value, dampeners and roundings of that scenario, which belong to no single position. */
  readonly otherLoss: Usd
  /** Loss by the basis between spot and forwards, ≥ 0; the larger of this and the scanning risk counts. */
  readonly basisLoss: Usd
  /** Parts of the requirement with scenarios of their own: added to the scan, or the least the unit needs. */
  readonly parts: readonly { readonly name: string; readonly rule: PartRule; readonly loss: Usd }[]
  /** Σ of the methodology's floors, the short option minimum among them. */
  readonly shortOptionMinimum: Usd
  /** Worst case of what is left when quantities are cut to whole lots, ≥ 0. */
  readonly lotRemainder: Usd
  /** max(max(scanningRisk, basisLoss) + lotRemainder + scaled charges, shortOptionMinimum) at maintenance. */
  readonly requirement: Usd
}

/** One named part of the requirement, at every threshold. */
export interface ChargeLine {
  readonly name: string
  /** `null` for what belongs to no risk unit. */
  readonly unit: string | null
  readonly subject: string
  readonly amounts: Readonly<Record<ThresholdName, Usd>>
}

export interface MarginBreakdown {
  readonly collateral: readonly ValuedCollateral[]
  readonly debts: readonly ValuedDebt[]
  readonly positions: readonly ValuedPosition[]
  readonly units: readonly RiskUnitMargin[]
  /** Each threshold's lines add up to its margin exactly. */
  readonly charges: readonly ChargeLine[]
}

/** Numbers exist only when every liability and position is known. */
export interface MarginFigures {
  /** Before haircuts: Σ market value + Σ MTM − Σ debt market value. */
  readonly rawEquity: Usd
  /** Σ collateral value + Σ MTM − Σ liability value. */
  readonly equity: Usd
  readonly initialMargin: Usd
  readonly liquidationEndMargin: Usd
  readonly maintenanceMargin: Usd
  /** equity − maintenanceMargin. */
  readonly health: Usd
  /** equity − initialMargin. */
  readonly initialHealth: Usd
  /** equity / maintenanceMargin, rounded down; `null` when maintenanceMargin is 0. */
  readonly healthFactor: Ratio | null
  /** maintenanceMargin / equity, rounded up; `null` when equity ≤ 0. */
  readonly marginRatio: Ratio | null
  /** Σ standaloneMargin of the positions: what the legs would need one by one. */
  readonly standaloneMargin: Usd
}

export interface StatusReason {
  readonly code: string
  readonly chain: ChainId | null
  readonly detail: string
}

export interface AccountHealth {
  readonly id: string
  readonly status: AccountStatus
  /** Why it is not NORMAL, or what was left out though it is. */
  readonly reasons: readonly StatusReason[]
  /** `null` for UNAVAILABLE and STALE: no number is ever guessed. */
  readonly figures: MarginFigures | null
  readonly breakdown: MarginBreakdown
  /** Unix seconds of the oldest pin used. */
  readonly asOf: number
}
