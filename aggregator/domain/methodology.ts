/**
 * A margin methodology as data: what a policy document says, parsed. No code knows which venue wrote it.
 * Moves are relative, rates a share of a notional, times years of 365 days; all exact, none a `number` of money.
 */
import type { Price, Quantity, Ratio, Usd } from "./fixed.js"

export const THRESHOLDS = ["maintenance", "liquidationEnd", "initial"] as const
export type ThresholdName = (typeof THRESHOLDS)[number]

/** How much of something counts at each threshold; 0 where a charge does not count. */
export type Rates = Readonly<Record<ThresholdName, Ratio>>

/** x = (pivotDays / max(days to expiry, floorDays))^power, `shortPower` up to the pivot, `longPower` beyond it. */
export interface TermRule {
  readonly pivotDays: Ratio
  readonly floorDays: Ratio
  readonly shortPower: Ratio
  readonly longPower: Ratio
}

export type VolatilityMove =
  /** σ′ = max(σ + by, 0), in volatility points. */
  | { readonly kind: "shift"; readonly by: Ratio }
  /** σ′ = max(σ · max(0, 1 + change · x), minimum); x is 1 without a term rule. */
  | { readonly kind: "scale"; readonly change: Ratio; readonly minimum: Ratio }
  | SkewMove

/**
 * σ′ = σ · max(0, 1 + clamp(k · cap / reach, ±cap)) with k = ln(K/F), or |k|; cap = base + perRootYear · √τ;
 * reach = max(minimum, √τ · width · (level + √τ · slope)). The charge is −|ΔV| of each expiry.
 */
export interface SkewMove {
  readonly kind: "skew"
  readonly of: "moneyness" | "distance"
  readonly cap: { readonly base: Ratio; readonly perRootYear: Ratio }
  readonly reach: { readonly minimum: Ratio; readonly width: Ratio; readonly level: Ratio; readonly slope: Ratio }
}

export interface StressScenario {
  /** Relative move of the forward, > −1, or a fraction of the unit's scan range. */
  readonly price: Ratio
  readonly volatility: VolatilityMove | null
  /** Days that pass, the forward held. */
  readonly daysRolled: Ratio
  /** Share of the P&L that counts. */
  readonly weight: Ratio
  /** What a risk unit's P&L is moved towards zero by, after weighting. */
  readonly dampener: Usd
  /** The part of the requirement whose worst loss it is a candidate for; `null` is the scan itself. */
  readonly part: string | null
}

/** A part's worst loss over its own scenarios is added to the scan's, or is the least a unit needs. */
export type PartRule = "charge" | "floor"

/** base · e^(∓τ·(rate · multiplier + addition)): minus on values that are owned, plus on values that are owed. */
export interface ValueDiscount {
  readonly base: Ratio
  readonly rateMultiplier: Ratio
  readonly rateAddition: Ratio
}

/** Which amount of a book a charge is a share of. */
export type Measure = "perpetuals" | "options" | "shortOptions" | "nakedShortOptions" | "collateral"
export type ConfidenceSource = "spot" | "perpetual" | "forward" | "rate" | "volatility" | "collateral"

interface ChargeBase {
  /** The line's name in the result. */
  readonly name: string
}

/** |quantity| × price × rate; `scaled` charges are multiplied by the loss factor like the scanning loss. */
export interface NotionalCharge extends ChargeBase {
  readonly kind: "notional"
  readonly of: readonly Measure[]
  readonly at: "spot" | "mark"
  readonly scaled: boolean
  readonly rates: Rates
}

/** (1 − the lowest confidence) × notional × rate, where that confidence is below the threshold. */
export interface ConfidenceCharge extends ChargeBase {
  readonly kind: "confidence"
  readonly of: Measure
  readonly at: "spot" | "mark"
  readonly sources: readonly ConfidenceSource[]
  readonly threshold: Ratio
  readonly rates: Rates
}

/** max(0, threshold − price of the cash) × notional × rate. */
export interface DepegCharge extends ChargeBase {
  readonly kind: "depeg"
  readonly of: readonly Measure[]
  readonly threshold: Ratio
  readonly rates: Rates
}

/** −Σ expiries min(ΔV(up), ΔV(down), 0) · (addition + perYear · τ): one more candidate for the worst scenario. */
export interface BasisCharge extends ChargeBase {
  readonly kind: "basis"
  readonly up: Ratio
  readonly down: Ratio
  readonly addition: Ratio
  readonly perYear: Ratio
}

/** Σ expiries |Δ| · spot · max(minimum, perYear · τ); a perpetual counts as expiring now. */
export interface RollCharge extends ChargeBase {
  readonly kind: "roll"
  readonly minimum: Ratio
  readonly perYear: Ratio
  readonly rates: Rates
}

/** |Δ| · spot · min(perUnit · units of delta above the threshold, maximum). */
export interface DeltaLiquidityCharge extends ChargeBase {
  readonly kind: "deltaLiquidity"
  readonly threshold: Usd
  readonly perUnit: Ratio
  readonly maximum: Ratio
  readonly rates: Rates
}

/**
 * Short options one by one or, where it is less, the most an expiry can lose at settlement; long options count nothing.
 * Isolated: call max(most − OTM share, least) · spot; put also at least `offset` times its maintenance. Calls sold beyond
 * those bought add `unpaired` × forward to the settlement loss.
 */
export interface SettlementLossCharge extends ChargeBase {
  readonly kind: "settlementLoss"
  readonly most: Ratio
  readonly least: Ratio
  readonly callMaintenance: Ratio
  readonly putMaintenance: Ratio
  readonly putMaintenanceOfMark: Ratio
  readonly offset: Ratio
  readonly unpaired: Rates
}

/** Spreads between the expiries of a unit × amount: what netting them leaves unseen. */
export interface CalendarCharge extends ChargeBase {
  readonly kind: "calendar"
  /** USD for each unit of delta that is long in one expiry and short in another. */
  readonly amount: Usd
  readonly rates: Rates
}

/** Reserved for orders that are not positions yet, as the book states it. */
export interface ReservedCharge extends ChargeBase {
  readonly kind: "reserved"
  readonly rates: Rates
}

export type Charge =
  | NotionalCharge
  | ConfidenceCharge
  | DepegCharge
  | BasisCharge
  | RollCharge
  | DeltaLiquidityCharge
  | SettlementLossCharge
  | CalendarCharge
  | ReservedCharge

/** A risk unit needs at least this; the largest of scan and Σ floors counts. */
export type Floor =
  | { readonly name: string; readonly kind: "perUnit"; readonly of: Measure; readonly amount: Usd }
  | { readonly name: string; readonly kind: "notional"; readonly of: Measure; readonly rate: Ratio }
  /** Units short in options × spot × the unit's rate; `gross` adds calls and puts, `max` takes the larger side. */
  | {
      readonly name: string
      readonly kind: "shortOptions"
      readonly count: "gross" | "max"
      readonly rates: ReadonlyMap<string, Ratio>
    }
  /** (net · |Σ Δ| + hedged · (Σ |Δ| − |Σ Δ|) / 2) · spot. */
  | { readonly name: string; readonly kind: "delta"; readonly net: Ratio; readonly hedged: Ratio }

export interface CollateralRule {
  /** Share of the value that does not count at each threshold. */
  readonly haircuts: Rates
  /** The risk unit whose price moves it in the scan; `null` when it is only haircut. */
  readonly scannedIn: string | null
}

export interface LossFactor {
  readonly factor: Ratio
  /** Grows the factor by max(0, threshold − price of the cash) · factor. */
  readonly depeg: { readonly threshold: Ratio; readonly factor: Ratio } | null
}

/**
 * Credit for opposite deltas in two or more units: spreads · Σ units deltaPerSpread · (scanning loss / |Δ|) · rate.
 * Spreads are formed in the order of the list, each from the delta that those before it have left.
 */
export interface SpreadCredit {
  readonly name: string
  readonly legs: ReadonlyMap<string, { readonly deltaPerSpread: Ratio; readonly side: 1 | -1 }>
  readonly rate: Ratio
}

/** (1 − stress) · max_s Σ units (loss − min(offset · gain, cap)) + stress · Σ units max_s loss. */
export interface Combination {
  readonly offset: Ratio
  readonly maximumOffset: Usd | null
  readonly correlationStress: Ratio
  readonly spreads: readonly SpreadCredit[]
}

/**
 * Expected shortfall over joint moves of all underlyings: at least this is required before loss factors.
 * Moves are of the spot and, relative, of every volatility; newest first.
 */
export interface TailRule {
  readonly level: Ratio
  readonly multiplier: Ratio
  /** Boudoukh–Richardson–Whitelaw λ; `null` weighs all scenarios the same. */
  readonly decay: Ratio | null
  readonly moves: readonly ReadonlyMap<string, { readonly price: Ratio; readonly volatility: Ratio }>[]
}

export interface Methodology {
  readonly kind: "scenarios"
  readonly name: string
  readonly version: number
  /** Risk arrays and marks are whole multiples of this, USD per unit. */
  readonly tick: Price
  /** Quantities are cut to whole multiples of this; what is left over is charged at its worst. */
  readonly lot: Quantity
  /** The underlyings it has parameters for; `null` for any. */
  readonly underlyings: ReadonlySet<string> | null
  /** Price key of the cash that accounts are kept in, for what it costs when its peg slips; `null` is a dollar. */
  readonly cash: string | null
  /** `coin`: contracts settle in the underlying, so a P&L is divided by the price it is paid at. */
  readonly settlement: "cash" | "coin"
  /** Seconds before expiry in which the forward becomes fixed, linearly; 0 for settlement at one instant. */
  readonly settlementWindow: number
  /** Whether options are discounted at their expiry's rate. */
  readonly discounting: boolean
  readonly termRule: TermRule | null
  readonly scenarios: readonly StressScenario[]
  /** Scenarios that are no candidates for the scan, by name. */
  readonly parts: ReadonlyMap<string, PartRule>
  /** Where not empty, moves are fractions of these ranges and other units cannot be margined. */
  readonly scanRanges: ReadonlyMap<string, { readonly price: Ratio; readonly volatility: Ratio }>
  readonly valueDiscounts: { readonly owned: ValueDiscount | null; readonly owed: ValueDiscount | null }
  readonly combination: Combination
  readonly tail: TailRule | null
  readonly charges: readonly Charge[]
  readonly floors: readonly Floor[]
  readonly collateral: ReadonlyMap<string, CollateralRule>
  /** Whether collateral counts in units of the cash (price ÷ price of the cash) or in USD. */
  readonly collateralIn: "cash" | "usd"
  readonly lossFactors: Readonly<Record<ThresholdName, LossFactor>>
}
