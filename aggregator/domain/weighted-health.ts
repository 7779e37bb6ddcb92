/**
 * Weighted health: every asset counts less than it is worth, every debt more, and health is the difference.
 * Policy, account, market and result of that method; parsed and checked from JSON by `policies/`.
 */
import type { Price, Quantity, Ratio, Usd } from "./fixed.js"

/** Which of the two published sets of weights counts. */
export type WeightSet = "initial" | "maintenance"
export type Weights = Readonly<Record<WeightSet, Ratio>>

export const WEIGHTED_THRESHOLDS = ["initial", "liquidationEnd", "maintenance"] as const
export type WeightedThreshold = (typeof WEIGHTED_THRESHOLDS)[number]

/** How one threshold looks at the same account. */
export interface ThresholdRule {
  readonly weights: WeightSet
  /** `worse` takes the lower of oracle and reference price for assets and the higher for debts. */
  readonly price: "oracle" | "worse"
  /** Whether weights worsen with what all depositors or borrowers of the asset hold together. */
  readonly scaledByTotals: boolean
  /** Share of every debt's value, perpetual exposure and loss that is required on top. */
  readonly buffer: Ratio
}

export interface WeightedAsset {
  /** 0 … 1 */
  readonly assetWeight: Weights
  /** ≥ 1 */
  readonly liabilityWeight: Weights
  /** Factor k of the size premium, per square root of a unit; 0 is none. */
  readonly sizePremium: Ratio
  /** From this value of all deposits on, the asset weight falls as start / deposits. */
  readonly depositScaleStart: Usd | null
  /** From this value of all borrows on, the liability weight rises as borrows / start. */
  readonly borrowScaleStart: Usd | null
}

/** Prices and quote amounts of a perpetual are in units of its settlement asset. */
export interface WeightedPerpetual {
  readonly settlement: string
  /** Margin of a long and of a short base position, as a share of its value. */
  readonly longMargin: Weights
  readonly shortMargin: Weights
  /** Factor k of the size premium on both margins; 0 is none. */
  readonly sizePremium: Ratio
  /** Share of a gain that counts, 0 … 1; a loss counts whole. */
  readonly gainWeight: Weights
  /** Factor k of the size premium on that share, per square root of a settlement unit; 0 is none. */
  readonly gainSizePremium: Weights
}

/** Coarser steps in which a venue computes size premiums; each is cut towards zero as the venue does. */
export interface WeightSteps {
  readonly root: Ratio
  readonly premium: Ratio
  readonly weight: Ratio
}

export interface WeightedHealthPolicy {
  readonly kind: "weighted-health"
  readonly name: string
  readonly version: number
  readonly thresholds: Readonly<Record<WeightedThreshold, ThresholdRule>>
  /**
   * `netted`: gain less margin, weighted, joins the balance of the settlement asset before that is weighted.
   * `separate`: a gain or loss counts on its own, the margin is a requirement.
   */
  readonly perpetualSettlement: "netted" | "separate"
  /** Required for each open order, USD. */
  readonly orderFee: Usd
  /** `null` computes at 18 decimals, rounded against the account. */
  readonly steps: WeightSteps | null
  readonly assets: ReadonlyMap<string, WeightedAsset>
  readonly perpetuals: ReadonlyMap<string, WeightedPerpetual>
}

/** What orders on one market of `base` against `quote` have locked away: in no balance until they fill. */
export interface ReservedOrders {
  readonly kind: "reserved"
  readonly base: string
  readonly quote: string
  /** ≥ 0, offered by asks. */
  readonly baseReserved: Quantity
  /** ≥ 0, offered by bids. */
  readonly quoteReserved: Quantity
  /** Highest bid and lowest ask in quote units per base unit, where known: no order fills at better than its own price. */
  readonly highestBid: Price | null
  readonly lowestAsk: Price | null
}

/** Orders whose funds stay in the balances until they fill at the oracle's price. */
export interface UnreservedOrders {
  readonly kind: "unreserved"
  readonly base: string
  readonly quote: string
  /** ≥ 0, base units. */
  readonly bids: Quantity
  /** ≥ 0, base units. */
  readonly asks: Quantity
  /** How many orders are open. */
  readonly count: number
}

export interface PerpetualPosition {
  readonly market: string
  /** Signed base units. */
  readonly base: Quantity
  /** Signed settlement units: what was received for the base so far, funding included. */
  readonly quote: Quantity
  /** ≥ 0, base units on offer. */
  readonly bids: Quantity
  readonly asks: Quantity
  readonly orders: number
}

export interface WeightedAccount {
  /** Signed: + deposited, − borrowed; several of one symbol count as their sum. */
  readonly balances: readonly { readonly symbol: string; readonly amount: Quantity }[]
  readonly spotOrders: readonly (ReservedOrders | UnreservedOrders)[]
  readonly perpetuals: readonly PerpetualPosition[]
}

/** `null` where there is no usable price; `reference` is the TWAP or stable price beside the oracle's. */
export interface TwoPrices {
  readonly oracle: Price | null
  readonly reference: Price | null
}

export interface WeightedMarket {
  /** By symbol, with what all accounts of the venue together deposited and borrowed, units. */
  readonly assets: ReadonlyMap<string, TwoPrices & { readonly deposits: Quantity; readonly borrows: Quantity }>
  /** By market; prices in settlement units per base unit. */
  readonly perpetuals: ReadonlyMap<string, TwoPrices>
}

/** One term of the sum; `collateral` less `requirement` is what it adds to health. */
export interface WeightedLine {
  readonly kind: "balance" | "spot-orders" | "perpetual" | "exposure-buffer" | "loss-buffer" | "order-fee"
  readonly subject: string
  /** Rounded down; below 0 only for the loss of a perpetual that is settled separately. */
  readonly collateral: Usd
  /** ≥ 0, rounded up. */
  readonly requirement: Usd
}

export interface WeightedFigures {
  /** Σ collateral of the lines. */
  readonly collateral: Usd
  /** Σ requirement of the lines. */
  readonly requirement: Usd
  /** collateral − requirement. */
  readonly health: Usd
  readonly lines: readonly WeightedLine[]
}

export type WeightedHealth =
  | {
      readonly status: "assessed"
      /** Everything at oracle prices, unweighted, rounded down. */
      readonly equity: Usd
      readonly thresholds: Readonly<Record<WeightedThreshold, WeightedFigures>>
      /** Assets that counted 0 because they have no usable price or no place in the policy, sorted. */
      readonly ignored: readonly string[]
    }
  /** A debt, a perpetual or an order that could become a debt has no usable price: no number. */
  | { readonly status: "unavailable"; readonly missing: readonly string[] }
