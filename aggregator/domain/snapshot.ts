/**
 * Everything one epoch was computed from. Whoever has the snapshot, the policy and the Wasm can re-compute every number.
 */
import type { Address, ChainId } from "./caip.js"
import type { Price } from "./fixed.js"
import type { Leg, NativeFigure } from "./leg.js"
import type { Pin } from "./pin.js"
import type { ChainFaultCode, Dissent, LegFault, OptionQuote, PriceDoubt, PriceObservation } from "./reading.js"

export interface Account {
  /** Short public id, e.g. `hedged-book`. */
  readonly id: string
  /** At most one account holds an address. */
  readonly addresses: readonly Address[]
}

export type ChainState =
  | {
      readonly status: "ok"
      readonly chain: ChainId
      readonly pin: Pin
      readonly faults: readonly LegFault[]
      /** Absent when every endpoint that was asked agreed. */
      readonly dissents?: readonly Dissent[]
    }
  | { readonly status: "unavailable"; readonly chain: ChainId; readonly code: ChainFaultCode; readonly detail: string }

/** What was known of an address on a chain that could not be read this time. */
export interface UnreadAddress {
  readonly address: Address
  /** `assets` only if the last successful read showed no debt and no position; anything else fails closed. */
  readonly lastSeen: "assets" | "liabilities" | "never"
}

export interface AccountSnapshot {
  readonly id: string
  readonly addresses: readonly Address[]
  readonly legs: readonly Leg[]
  readonly faults: readonly LegFault[]
  readonly unread: readonly UnreadAddress[]
  readonly native: readonly NativeFigure[]
}

/** A price as it was last accepted: what the velocity bound is measured from. */
export interface LastPrice {
  readonly symbol: string
  readonly price: Price
  /** Unix seconds. */
  readonly publishTime: number
}

/** The price used for a symbol, with the sources it came from; `rejected` says why a source did not count. */
export type MarketPrice =
  | {
      readonly status: "ok"
      readonly symbol: string
      readonly price: Price
      readonly confidence: Price
      readonly publishTime: number
      readonly sources: readonly string[]
      readonly rejected: readonly RejectedPrice[]
    }
  | { readonly status: "unavailable"; readonly symbol: string; readonly rejected: readonly RejectedPrice[] }

export interface RejectedPrice {
  readonly source: string
  readonly code:
    | "PRICE_INVALID"
    | "PRICE_STALE"
    | "PRICE_WIDE"
    | "PRICE_DEVIATES"
    | "PRICE_VELOCITY"
    | PriceDoubt["code"]
  readonly detail: string
}

export interface Snapshot {
  /** Unix seconds: the newest pinned block's time. Every age and every time to expiry is measured from here. */
  readonly valuationTime: number
  readonly chains: readonly ChainState[]
  readonly accounts: readonly AccountSnapshot[]
  /** Every source's word about every price, as it was read. */
  readonly observations: readonly PriceObservation[]
  /** The prices accepted before this snapshot, sorted by symbol. */
  readonly lastPrices: readonly LastPrice[]
  /** What the policy's price rules make of `observations` and `lastPrices`. */
  readonly prices: readonly MarketPrice[]
  readonly quotes: readonly OptionQuote[]
}
