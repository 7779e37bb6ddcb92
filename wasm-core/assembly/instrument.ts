/**
 * Instruments as the kernel reads them: one loader and one check per column.
 * Anything that could turn into NaN further on stops here, with the instrument's index.
 */

import { at, Risk } from "./layout"
import {
  CARRY_INVALID, fault, INSTRUMENT_KIND_INVALID, isFinite, isNonNegative, isPositive, OK, RATE_INVALID, SPOT_INVALID,
  STRIKE_INVALID, TIME_TO_EXPIRY_INVALID, VOLATILITY_INVALID,
} from "./status"

export const LINEAR: u8 = 0
export const CALL: u8 = 1
export const PUT: u8 = 2

@inline
export function kindOf(i: u32): u8 {
  return load<u8>(at(Risk.KIND) + i)
}

@inline
function spotOf(i: u32): f64 {
  return load<f64>(at(Risk.SPOT) + (<usize>i << 3))
}

@inline
function carryOf(i: u32): f64 {
  return load<f64>(at(Risk.CARRY) + (<usize>i << 3))
}

@inline
export function rateOf(i: u32): f64 {
  return load<f64>(at(Risk.RATE) + (<usize>i << 3))
}

@inline
export function strikeOf(i: u32): f64 {
  return load<f64>(at(Risk.STRIKE) + (<usize>i << 3))
}

@inline
export function volatilityOf(i: u32): f64 {
  return load<f64>(at(Risk.VOLATILITY) + (<usize>i << 3))
}

@inline
export function timeToExpiryOf(i: u32): f64 {
  return load<f64>(at(Risk.TIME_TO_EXPIRY) + (<usize>i << 3))
}

/** F = spot · e^(carry · T), to the instrument's own expiry. */
export function forwardOf(i: u32): f64 {
  return spotOf(i) * Math.exp(carryOf(i) * timeToExpiryOf(i))
}

/** e^(−rate · T) with only `remaining` years left. */
export function discountOf(i: u32, remaining: f64): f64 {
  return Math.exp(-rateOf(i) * remaining)
}

/** Whether two instruments agree in everything but their kind. */
export function haveEqualTerms(i: u32, j: u32): bool {
  return spotOf(i) == spotOf(j) && carryOf(i) == carryOf(j) && rateOf(i) == rateOf(j) && strikeOf(i) == strikeOf(j) &&
    volatilityOf(i) == volatilityOf(j) && timeToExpiryOf(i) == timeToExpiryOf(j)
}

export function checkInstruments(n: u32): i32 {
  for (let i: u32 = 0; i < n; ++i) {
    const kind = kindOf(i)
    if (kind > PUT) return fault(INSTRUMENT_KIND_INVALID, i)
    if (!isPositive(spotOf(i))) return fault(SPOT_INVALID, i)
    if (!isFinite(carryOf(i))) return fault(CARRY_INVALID, i)
    if (!isNonNegative(rateOf(i))) return fault(RATE_INVALID, i)
    if (kind != LINEAR && !isPositive(strikeOf(i))) return fault(STRIKE_INVALID, i)
    if (!isNonNegative(volatilityOf(i))) return fault(VOLATILITY_INVALID, i)
    if (!isNonNegative(timeToExpiryOf(i))) return fault(TIME_TO_EXPIRY_INVALID, i)
  }
  return OK
}
