/**
 * Every export that can fail returns one of these; the host file maps them to error codes by position.
 * Append only: a number never changes its meaning.
 */

export const OK: i32 = 0
export const SIZE_OUT_OF_RANGE: i32 = 1
export const OUT_OF_MEMORY: i32 = 2
export const INSTRUMENT_KIND_INVALID: i32 = 3
export const SPOT_INVALID: i32 = 4
export const CARRY_INVALID: i32 = 5
export const RATE_INVALID: i32 = 6
export const STRIKE_INVALID: i32 = 7
export const VOLATILITY_INVALID: i32 = 8
export const TIME_TO_EXPIRY_INVALID: i32 = 9
export const PRICE_MOVE_INVALID: i32 = 10
export const VOLATILITY_FACTOR_INVALID: i32 = 11
export const VOLATILITY_SHIFT_INVALID: i32 = 12
export const TIME_ROLL_INVALID: i32 = 13
export const WEIGHT_INVALID: i32 = 14
export const TICK_INVALID: i32 = 15
export const PNL_OUT_OF_RANGE: i32 = 16
export const VALUE_OUT_OF_RANGE: i32 = 17
export const ROW_START_INVALID: i32 = 18
export const INSTRUMENT_INDEX_INVALID: i32 = 19
export const LOTS_INVALID: i32 = 20
export const RISK_ARRAY_INVALID: i32 = 21
export const SUM_OUT_OF_RANGE: i32 = 22

/** Index of the instrument, scenario, position or row the last failing call stopped at. */
export let faultIndex: u32 = 0

/** Records where a call stopped; returns the status, so that a check is one line at the place that finds it. */
export function fault(status: i32, index: u32): i32 {
  faultIndex = index
  return status
}

/** NaN fails both comparisons, so no separate test for it. */
@inline
export function isPositive(x: f64): bool {
  return x > 0 && x < Infinity
}

@inline
export function isNonNegative(x: f64): bool {
  return x >= 0 && x < Infinity
}

@inline
export function isFinite(x: f64): bool {
  return x > -Infinity && x < Infinity
}

/** Whole and below 2^53 in size, where f64 counts without gaps. */
export const EXACT_LIMIT: f64 = 9007199254740991

@inline
export function isExactInteger(x: f64): bool {
  return abs(x) <= EXACT_LIMIT && trunc(x) == x
}
