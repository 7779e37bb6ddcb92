/**
 * What a methodology margins: a book, and the market it is margined against.
 */
import type { Price, Quantity, Ratio, Usd } from "./fixed.js"
import type { Instrument } from "./instrument.js"

export interface HeldPosition {
  readonly instrument: Instrument
  /** Signed, + long. */
  readonly quantity: Quantity
  /** Annualised; 0 for what is no option. */
  readonly volatility: Ratio
  /** Not yet settled into cash: unrealised P&L and funding of perpetuals and futures. */
  readonly unsettled: Usd
  /** The forward curve it is priced on, where that is not the unit's own: venues may quote different rates. */
  readonly curve?: NamedCurve
}

export interface NamedCurve {
  readonly name: string
  readonly market: ExpiryMarket
}

export interface HeldCollateral {
  readonly symbol: string
  /** ≥ 0. */
  readonly amount: Quantity
  readonly price: Price
  readonly confidence: Ratio
}

export interface Book {
  readonly id: string
  /** Signed: negative is borrowed. */
  readonly cash: Usd
  readonly collateral: readonly HeldCollateral[]
  readonly positions: readonly HeldPosition[]
  /** Margin that open orders reserve, ≥ 0. */
  readonly reserved: Usd
}

export interface ExpiryMarket {
  readonly forward: Price
  /** Part of `forward` that settlement prices have fixed already; `null` to let the settlement window say. */
  readonly fixed: Price | null
  /** Continuously compounded, per year; below 0 counts as 0. */
  readonly rate: Ratio
  readonly confidence: { readonly forward: Ratio; readonly rate: Ratio; readonly volatility: Ratio }
}

export interface UnitMarket {
  readonly spot: Price
  readonly spotConfidence: Ratio
  readonly perpetual: { readonly price: Price; readonly confidence: Ratio } | null
  /** By expiry, unix seconds. */
  readonly expiries: ReadonlyMap<number, ExpiryMarket>
}

export interface BookMarket {
  /** Unix seconds. */
  readonly valuationTime: number
  /** Price of the cash the account is kept in, USD. */
  readonly cashPrice: Price
  readonly units: ReadonlyMap<string, UnitMarket>
}
