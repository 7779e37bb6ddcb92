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

/** Books whose positions are valued in groups, groups added up to risk units, units to books; each level as sparse rows. */
export interface GroupedBooks {
  /** Group g holds positions groupStart[g] … groupStart[g + 1] − 1. */
  readonly groupStart: Uint32Array
  readonly instrument: Uint32Array
  /** Signed, finite; exact as far as f64 holds them. */
  readonly lots: Float64Array
  /** Bits, one byte a group: 1 is valued after a scenario and discounted by its sign, 2 loses by any rotation. */
  readonly kind: Uint8Array
  /** What a group's value after a scenario is multiplied by when it is ≥ 0, and when it is < 0. */
  readonly owned: Float64Array
  readonly owed: Float64Array
  readonly unitStart: Uint32Array
  /** Row of `divisor`, one a unit; empty where all is paid in cash. */
  readonly settlement: Uint32Array
  readonly bookStart: Uint32Array
}

/** How a unit's P&L is counted, one entry a scenario unless said. */
export interface StressTerms {
  readonly weight: Float64Array
  /** 1 where the scenario rotates volatilities, so that either direction is possible; else 0. */
  readonly rotation: Float64Array
  /** ≥ 0, lots × ticks: what a unit's weighted P&L is moved towards 0 by. */
  readonly dampener: Float64Array
  /** settlements × scenarios: what a value after the scenario is divided by; empty where all is paid in cash. */
  readonly divisor: Float64Array
  /** Share of one unit's gain that counts against another's loss, and the most that does. */
  readonly offset: number
  readonly maximumOffset: number
  /** Joint moves of all units in columns of the table from `column` on, their shares, and how much of them is the tail. */
  readonly tail: { readonly column: number; readonly shares: Float64Array; readonly mass: number } | null
}

export interface StressResult {
  /** Per unit: the lowest counted P&L, lots × ticks, and the first scenario that gives it. */
  readonly worstPnl: Float64Array
  readonly worstScenario: Uint32Array
  /** Per book: the largest loss of its units together, ≥ 0, and the first scenario that gives it. */
  readonly jointLoss: Float64Array
  readonly jointScenario: Uint32Array
  /** Per book: mean loss over the tail, lots × ticks, < 0 where even that gains; `null` without a tail. */
  readonly shortfall: Float64Array | null
}

/** Per row, ticks × lots, exact. */
export interface Tails {
  /** Sum of the lowest P&Ls, as many as were asked for. */
  readonly sum: Float64Array
  /** The lowest P&L that is not among them. */
  readonly edge: Float64Array
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
