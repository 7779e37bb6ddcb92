/**
 * Options as they stand, before any scenario: what their risk arrays and their Greeks both start from.
 * Two are looked at at a time, since what each takes is one long chain of operations that wait for each other.
 */

import { callOf, halfStraddle, width } from "./black76"
import { discountOf, forwardOf, kindOf, LINEAR, strikeOf, timeToExpiryOf, volatilityOf } from "./instrument"
import { add, both, div, firstOf, lanes, lastOf, mul, splat, sub } from "./lane"
import { at, OPTION_BYTES, OPTIONS } from "./layout"
import { SECOND, writePlace } from "./normal"
import { isFinite, isPositive } from "./status"

@unmanaged
export class Option {
  forward: f64
  strike: f64
  time: f64
  discount: f64
  sigma: f64
  /** √T */
  root: f64
  /** ln(F/K) */
  x: f64
  /** σ√T with its floor. */
  narrow: f64
  /** d₁ */
  d1: f64
  callValue: f64
  putValue: f64

  valueOf(isPut: bool): f64 {
    return isPut ? this.putValue : this.callValue
  }

  /** Whether forward and value are numbers. */
  isValued(isPut: bool): bool {
    return isPositive(this.forward) && isFinite(this.valueOf(isPut))
  }
}

const NONE: u32 = 0xffffffff
/** The record of the option taken last. */
let current: usize = 0
/** The option that the second record holds before it is asked for. */
let ahead: u32 = NONE

/** The option taken last. */
@inline
export function currentOption(): Option {
  return changetype<Option>(current)
}

/** To be called when instruments may have changed: nothing is known of any. */
@inline
export function forgetOptions(): void {
  ahead = NONE
}

/** Takes option i, and has a look at `next` too, if that is an option: it is the one to be taken next. */
export function takeOption<V>(i: u32, next: u32, n: u32): void {
  const first = at(OPTIONS)
  const second = first + OPTION_BYTES
  const known = i == ahead
  ahead = NONE
  current = known ? second : first
  if (known) return
  const one = changetype<Option>(first)
  const other = changetype<Option>(second)
  take(one, i)
  if (lanes<V>() == 1 || next >= n || kindOf(next) == LINEAR) {
    // Whatever lies in the second record must not be computed with: a stray NaN names no node of the table.
    value<V>(one, one)
    return
  }
  take(other, next)
  ahead = next
  value<V>(one, other)
}

function take(option: Option, i: u32): void {
  const time = timeToExpiryOf(i)
  const forward = forwardOf(i)
  const strike = strikeOf(i)
  option.forward = forward
  option.strike = strike
  option.time = time
  option.discount = discountOf(i, time)
  option.sigma = volatilityOf(i)
  option.root = Math.sqrt(time)
  option.x = Math.log(forward / strike)
}

function value<V>(one: Option, other: Option): void {
  const narrow = width<V>(mul<V>(both<V>(one.sigma, other.sigma), both<V>(one.root, other.root)))
  const q = mul<V>(both<V>(one.x, other.x), div<V>(splat<V>(1), narrow))
  const hw = mul<V>(narrow, splat<V>(0.5))
  const discount = both<V>(one.discount, other.discount)
  const halfForward = mul<V>(splat<V>(0.5), mul<V>(both<V>(one.forward, other.forward), discount))
  const halfStrike = mul<V>(splat<V>(0.5), mul<V>(both<V>(one.strike, other.strike), discount))
  const d1 = add<V>(q, hw)
  const places = at(OPTIONS) + 2 * OPTION_BYTES
  writePlace<V>(places, d1)
  writePlace<V>(places + SECOND, sub<V>(q, hw))
  const straddle = halfStraddle<V>(places, halfForward, halfStrike)
  note(one, firstOf<V>(narrow), firstOf<V>(d1), firstOf<V>(straddle), firstOf<V>(halfForward), firstOf<V>(halfStrike))
  note(other, lastOf<V>(narrow), lastOf<V>(d1), lastOf<V>(straddle), lastOf<V>(halfForward), lastOf<V>(halfStrike))
}

@inline
function note(option: Option, narrow: f64, d1: f64, straddle: f64, halfForward: f64, halfStrike: f64): void {
  option.narrow = narrow
  option.d1 = d1
  option.callValue = callOf(straddle, halfForward, halfStrike)
  option.putValue = callOf(straddle, -halfForward, -halfStrike)
}
