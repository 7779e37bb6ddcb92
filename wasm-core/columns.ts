/**
 * What goes into the kernel and what comes out: typed arrays, one a column, all of one length.
 */

/** Instruments as columns of one length n. */
export interface InstrumentColumns {
  /** 0 linear (spot, perpetual, future), 1 call, 2 put. */
  readonly kind: Uint8Array
  /** Price of the underlying now, USD, > 0; its forward is spot · e^(carry · T). */
  readonly spot: Float64Array
  /** Cost of carry per year, continuously compounded; 0 where `spot` already is the forward. */
  readonly carry: Float64Array
  /** Discount rate per year, continuously compounded, ≥ 0. */
  readonly rate: Float64Array
  /** USD, > 0 for options, ignored for linear. */
  readonly strike: Float64Array
  /** Annualised, ≥ 0. */
  readonly volatility: Float64Array
  /** Years of 365 days, ≥ 0; 0 is intrinsic value. */
  readonly timeToExpiry: Float64Array
}

/** Scenarios as columns of one length s ≥ 1. */
export interface ScenarioColumns {
  /** Relative move of the forward, > −1. */
  readonly priceMove: Float64Array
  /** ≥ 0; σ′ = max(σ · volatilityFactor + volatilityShift, 0). */
  readonly volatilityFactor: Float64Array
  readonly volatilityShift: Float64Array
  /** Years that pass, ≥ 0, the forward held. */
  readonly timeRoll: Float64Array
  /** Share of the P&L that counts, ≥ 0. */
  readonly weight: Float64Array
}

export interface RiskArrays {
  /** n × s, instrument-major: weighted P&L of +1 long in whole ticks, to nearest, ties away from zero. */
  readonly pnl: Float64Array
  /** n: unrounded value of +1 long now, USD. */
  readonly value: Float64Array
}

/** Books as compressed sparse rows: row r holds the positions rowStart[r] … rowStart[r + 1] − 1. */
export interface BookRows {
  /** rows + 1 entries, ascending, from 0 to the number of positions. */
  readonly rowStart: Uint32Array
  /** Row of each position's instrument in the risk arrays. */
  readonly instrument: Uint32Array
  /** Signed whole lots. */
  readonly lots: Float64Array
}

export interface WorstScenarios {
  /** Per row: the lowest P&L over the scenarios, ticks × lots, exact; 0 for an empty row. */
  readonly pnl: Float64Array
  /** Per row: the first scenario at which it occurs. */
  readonly scenario: Uint32Array
}

/** Derivatives of the value of +1 long at base, USD, one entry an instrument. */
export interface Greeks {
  readonly value: Float64Array
  /** Per USD of the forward. */
  readonly delta: Float64Array
  /** Per USD² of the forward. */
  readonly gamma: Float64Array
  /** Per 1.00 of volatility. */
  readonly vega: Float64Array
  /** Per day, the forward held. */
  readonly theta: Float64Array
}
