/**
 * An option as it stands, before any scenario: what its risk array and its Greeks both start from.
 * Module variables, since both need nearly all of them and one option is looked at at a time.
 */

import { C, callOf, capHalfWidth, clampDistance, halfStraddle, width } from "./black76"
import { discountOf, forwardOf, strikeOf, timeToExpiryOf, volatilityOf } from "./instrument"
import { isFinite, isPositive } from "./status"

export let forward: f64 = 0
export let strike: f64 = 0
export let time: f64 = 0
export let discount: f64 = 0
export let sigma: f64 = 0
/** √T */
export let root: f64 = 0
/** ln(F/K) */
export let x: f64 = 0
/** σ√T with its floor. */
export let narrow: f64 = 0
/** c·d₁ */
export let d1: f64 = 0
export let callValue: f64 = 0
export let putValue: f64 = 0

/** Sets all of them for option i. */
export function takeOption(i: u32): void {
  forward = forwardOf(i)
  strike = strikeOf(i)
  time = timeToExpiryOf(i)
  discount = discountOf(i, time)
  sigma = volatilityOf(i)
  root = Math.sqrt(time)
  x = Math.log(forward / strike)
  narrow = width<f64>(sigma * root)
  const q = clampDistance<f64>(x * (C / narrow))
  const hw = capHalfWidth<f64>(narrow * C * 0.5)
  d1 = q + hw
  const halfForward = 0.5 * (forward * discount)
  const halfStrike = 0.5 * (strike * discount)
  const straddle = halfStraddle(q, hw, halfForward, halfStrike)
  callValue = callOf(straddle, halfForward, halfStrike)
  putValue = callOf(straddle, -halfForward, -halfStrike)
}

@inline
export function valueOf(isPut: bool): f64 {
  return isPut ? putValue : callValue
}

/** Whether forward and value are numbers. */
@inline
export function isValued(isPut: bool): bool {
  return isPositive(forward) && isFinite(valueOf(isPut))
}
