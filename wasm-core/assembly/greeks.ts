/**
 * Greeks at base: analytic derivatives of the same Black-76 value the risk arrays start from.
 * Per instrument, not per cell, hence plain scalar code.
 */

import { currentOption, forgetOptions, takeOption } from "./base"
import { checkInstruments, discountOf, forwardOf, kindOf, LINEAR, PUT, rateOf, timeToExpiryOf } from "./instrument"
import { at, fits, Greek, layOutGreeks } from "./layout"
import { centred, fillNodes } from "./normal"
import { fault, isFinite, isPositive, OK, SIZE_OUT_OF_RANGE, VALUE_OUT_OF_RANGE } from "./status"

const INVERSE_ROOT_TWO_PI: f64 = 0.3989422804014327
const DAYS_PER_YEAR: f64 = 365

/**
 * Fills value, delta (per USD of forward), gamma (per USD²), vega (per 1.00 of volatility), theta (per day).
 * Where σ√T = 0 the value is a kink: delta is that of the side it lies on, gamma, vega and decay are 0.
 * As in the risk arrays, time passes with the forward held.
 */
export function greeks(n: u32): i32 {
  let status = layOutGreeks(n)
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = checkInstruments(n)
  if (status != OK) return status
  fillNodes()
  forgetOptions()
  for (let i: u32 = 0; i < n; ++i) {
    const isLinear = kindOf(i) == LINEAR
    if (!isLinear) takeOption<v128>(i, i + 1, n)
    const computed = isLinear ? linearGreeks(i) : optionGreeks(i, kindOf(i) == PUT)
    if (!computed) return fault(VALUE_OUT_OF_RANGE, i)
  }
  return OK
}

/** Whether all are numbers. */
export function linearGreeks(i: u32): bool {
  const forward = forwardOf(i)
  const discount = discountOf(i, timeToExpiryOf(i))
  const value = forward * discount
  return isPositive(forward) && write(i, value, discount, 0, 0, rateOf(i) * value)
}

/** Of option i, the one taken last; whether all are numbers. */
export function optionGreeks(i: u32, isPut: bool): bool {
  const option = currentOption()
  if (!option.isValued(isPut)) return false
  const sign: f64 = isPut ? -1 : 1
  const value = option.valueOf(isPut)
  const interest = rateOf(i) * value
  const forward = option.forward
  const discount = option.discount
  const sigma = option.sigma
  const root = option.root
  if (sigma * root == 0) return write(i, value, sign * discount * step(sign * option.x), 0, 0, interest)

  const density = discount * INVERSE_ROOT_TWO_PI * Math.exp(-0.5 * option.d1 * option.d1)
  const decay = -0.5 * forward * density * sigma / root
  const delta = sign * discount * (0.5 + 0.5 * sign * centred(option.d1))
  return write(i, value, delta, density / (forward * option.narrow), forward * density * root, decay + interest)
}

/** What N(d) becomes without volatility; half way where forward and strike meet. */
function step(x: f64): f64 {
  return x > 0 ? 1 : x == 0 ? 0.5 : 0
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
