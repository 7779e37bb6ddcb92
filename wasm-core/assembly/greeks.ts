/**
 * Greeks at base: analytic derivatives of the same Black-76 value the risk arrays start from.
 * Per instrument, not per cell, hence plain scalar code.
 */

import { C, capHalfWidth, clampDistance, optionValue, TAIL, tailDenominator, tailNumerator, width } from "./black76"
import {
  checkInstruments, discountOf, forwardOf, kindOf, LINEAR, PUT, strikeOf, timeToExpiryOf, volatilityOf,
} from "./instrument"
import { at, fits, Greek, layOutGreeks } from "./layout"
import { fault, isFinite, OK, SIZE_OUT_OF_RANGE, VALUE_OUT_OF_RANGE } from "./status"

const INVERSE_ROOT_TWO_PI: f64 = 0.3989422804014327
const DAYS_PER_YEAR: f64 = 365

/** exp(−d²/2) for a d already scaled by c. */
@inline
function gaussian(d: f64): f64 {
  return Math.exp(-(d / C) * (d / C) * 0.5)
}

/** N(d) for a d already scaled by c. */
function normalCdf(d: f64): f64 {
  const z = abs(d)
  const tail = 0.5 * gaussian(d) * TAIL * tailNumerator<f64>(z) / tailDenominator<f64>(z)
  return d > 0 ? 1 - tail : tail
}

/**
 * Fills value, delta (per USD of forward), gamma (per USD²), vega (per 1.00 of volatility), theta (per day).
 * Where σ√T = 0 the value is a kink: delta is that of the side it lies on, gamma, vega and decay are 0.
 */
export function greeks(n: u32): i32 {
  let status = layOutGreeks(n)
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = checkInstruments(n)
  if (status != OK) return status
  for (let i: u32 = 0; i < n; ++i) {
    if (!(kindOf(i) == LINEAR ? linear(i) : option(i))) return fault(VALUE_OUT_OF_RANGE, i)
  }
  return OK
}

function linear(i: u32): bool {
  const discount = discountOf(i)
  const value = forwardOf(i) * discount
  return write(i, value, discount, 0, 0, interest(i) * value)
}

function option(i: u32): bool {
  const forward = forwardOf(i)
  const strike = strikeOf(i)
  const discount = discountOf(i)
  const sigma = volatilityOf(i)
  const root = Math.sqrt(timeToExpiryOf(i))
  const sign: f64 = kindOf(i) == PUT ? -1 : 1
  const narrow = width<f64>(sigma * root)
  const q = clampDistance<f64>(Math.log(forward / strike) * (C / narrow))
  const hw = capHalfWidth<f64>(narrow * C * 0.5)

  const value = optionValue<f64>(q, hw, 0.5 * (forward * discount), 0.5 * (strike * discount), sign)
  const delta = sign * discount * normalCdf(sign * (q + hw))
  if (sigma * root == 0) return write(i, value, delta, 0, 0, interest(i) * value)

  const density = discount * INVERSE_ROOT_TWO_PI * gaussian(q + hw)
  const decay = -0.5 * forward * density * sigma / root
  return write(i, value, delta, density / (forward * narrow), forward * density * root, decay + interest(i) * value)
}

/** The rate the discount factor implies, per year; 0 at expiry. */
function interest(i: u32): f64 {
  const time = timeToExpiryOf(i)
  return time > 0 ? -Math.log(discountOf(i)) / time : 0
}

function write(i: u32, value: f64, delta: f64, gamma: f64, vega: f64, thetaPerYear: f64): bool {
  const offset = <usize>i << 3
  store<f64>(at(Greek.VALUE) + offset, value)
  store<f64>(at(Greek.DELTA) + offset, delta)
  store<f64>(at(Greek.GAMMA) + offset, gamma)
  store<f64>(at(Greek.VEGA) + offset, vega)
  store<f64>(at(Greek.THETA) + offset, thetaPerYear / DAYS_PER_YEAR)
  return isFinite(value) && isFinite(delta) && isFinite(gamma) && isFinite(vega) && isFinite(thetaPerYear)
}
