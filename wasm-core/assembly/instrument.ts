/**
 * Instruments as the kernel reads them: one loader and one check per column.
 * Anything that could turn into NaN further on stops here, with the instrument's index.
 */

import { at, Risk } from "./layout"
import {
  DISCOUNT_INVALID, fault, FORWARD_INVALID, INSTRUMENT_KIND_INVALID, isNonNegative, isPositive, OK, STRIKE_INVALID,
  TIME_TO_EXPIRY_INVALID, VOLATILITY_INVALID,
} from "./status"

export const LINEAR: u8 = 0
export const CALL: u8 = 1
export const PUT: u8 = 2

@inline
export function kindOf(i: u32): u8 {
  return load<u8>(at(Risk.KIND) + i)
}

@inline
export function forwardOf(i: u32): f64 {
  return load<f64>(at(Risk.FORWARD) + (<usize>i << 3))
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

@inline
export function discountOf(i: u32): f64 {
  return load<f64>(at(Risk.DISCOUNT) + (<usize>i << 3))
}

export function checkInstruments(n: u32): i32 {
  for (let i: u32 = 0; i < n; ++i) {
    const kind = kindOf(i)
    if (kind > PUT) return fault(INSTRUMENT_KIND_INVALID, i)
    if (!isPositive(forwardOf(i))) return fault(FORWARD_INVALID, i)
    if (kind != LINEAR && !isPositive(strikeOf(i))) return fault(STRIKE_INVALID, i)
    if (!isNonNegative(volatilityOf(i))) return fault(VOLATILITY_INVALID, i)
    if (!isNonNegative(timeToExpiryOf(i))) return fault(TIME_TO_EXPIRY_INVALID, i)
    const discount = discountOf(i)
    if (!(discount > 0 && discount <= 1)) return fault(DISCOUNT_INVALID, i)
  }
  return OK
}

/** Discount factor once only `remaining` of `time` is left: the same rate over the shorter time. */
export function discountAfter(discount: f64, time: f64, remaining: f64): f64 {
  if (remaining == time || discount == 1) return discount
  return Math.exp(Math.log(discount) * (remaining / time))
}
