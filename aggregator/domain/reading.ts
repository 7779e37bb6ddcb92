/**
 * What one chain answered in one pass. Partial failure is data: an unreachable chain or an unreadable leg is
 * named with its reason and never looks like an empty one.
 */
import type { Address, ChainId } from "./caip.js"
import type { Price, Ratio } from "./fixed.js"
import type { OptionInstrument } from "./instrument.js"
import type { Leg, NativeFigure } from "./leg.js"
import type { Pin } from "./pin.js"

export type ChainFaultCode =
  | "RPC_UNAVAILABLE"
  | "RPC_RATE_LIMIT"
  | "RPC_REFUSED"
  | "NO_QUORUM"
  | "NOT_SIGNED"
  | "HEAD_STALE"
  | "WRONG_CHAIN"
  | "PIN_LOST"
  | "PIN_SKEW"
  | "STATE_PRUNED"
  | "GAS_CAP"
  | "RESPONSE_LIMIT"
  | "DECODE"
  | "NOT_DEPLOYED"
  | "CALL_REVERTED"
  | "PRICE_STALE"
  | "PRICE_WIDE"
  | "PRICE_MISSING"
  | "PRICE_INVALID"
  | "UNSUPPORTED_POSITION"

/** What a fault leaves unknown decides how it counts: unknown assets are 0, unknown liabilities and positions fail closed. */
export interface LegFault {
  readonly code: ChainFaultCode
  readonly venue: string
  /** What could not be read. */
  readonly unknown: "asset" | "liability" | "position"
  readonly detail: string
}

/** One linked address as the chain shows it. */
export interface AddressReading {
  readonly address: Address
  readonly legs: readonly Leg[]
  readonly faults: readonly LegFault[]
  readonly native: readonly NativeFigure[]
}

/** One source's word about one price. */
export interface PriceObservation {
  readonly symbol: string
  /** e.g. `pyth@eip155:1`. */
  readonly source: string
  readonly price: Price
  /** Half width of the source's confidence interval, USD; 0 when the source gives none. */
  readonly confidence: Price
  /** Unix seconds. */
  readonly publishTime: number
  /** Why this price is not to be used whatever it is; absent when nothing is known against it. */
  readonly doubt?: PriceDoubt
}

/** `PRICE_SEQUENCER`: the chain it is read on did not run as usual. `PRICE_UNAVAILABLE`: the source said nothing; price 0, time 0. */
export interface PriceDoubt {
  readonly code: "PRICE_SEQUENCER" | "PRICE_UNAVAILABLE"
  readonly detail: string
}

/** An endpoint whose word did not count in a pass that others answered: it failed, or the quorum said otherwise. */
export interface Dissent {
  /** Host and port. */
  readonly endpoint: string
  readonly code: ChainFaultCode | "OUTVOTED"
  readonly detail: string
}

/** How a venue quotes an option: the market inputs of the risk arrays. */
export interface OptionQuote {
  readonly instrument: OptionInstrument
  readonly venue: string
  /** Annualised, 0.8 = 80 %. */
  readonly volatility: Ratio
  /** Continuously compounded, per year of 365 days. */
  readonly rate: Ratio
}

export type ChainReading =
  | {
      readonly status: "ok"
      readonly chain: ChainId
      readonly pin: Pin
      readonly addresses: readonly AddressReading[]
      readonly prices: readonly PriceObservation[]
      readonly quotes: readonly OptionQuote[]
      /** Faults of whole sources (a feed, a market); faults of one address are with the address. */
      readonly faults: readonly LegFault[]
      /** Absent when every endpoint that was asked agreed. */
      readonly dissents?: readonly Dissent[]
    }
  | { readonly status: "unavailable"; readonly chain: ChainId; readonly code: ChainFaultCode; readonly detail: string }
