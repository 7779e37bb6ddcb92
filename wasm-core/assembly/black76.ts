/**
 * Black's 1976 formula for a European option on a forward, as half of call + put: with E = 2·N − 1, which is odd,
 * call and put of one strike share ½F·E(d1) − ½K·E(d2), and ½F − ½K is all they differ by.
 */

import { greater, mul, splat, sub } from "./lane"
import { centredAt, SECOND } from "./normal"

/** Stands for σ√T = 0: so narrow that any strike but F itself is fully in or out of the money. */
const NARROWEST: f64 = 1e-30

/** σ√T with its floor. */
@inline
export function width<V>(sigmaRootT: V): V {
  return greater<V>(sigmaRootT, splat<V>(NARROWEST))
}

/**
 * Half of call + put, discounted, USD: plus ½F − ½K it is the call, minus that the put.
 *
 * @param places Of d1, and `SECOND` bytes behind it of d2, see normal.ts.
 * @param halfForward ½·F·discount
 * @param halfStrike ½·K·discount
 */
@inline
export function halfStraddle<V>(places: usize, halfForward: V, halfStrike: V): V {
  return sub<V>(mul<V>(halfForward, centredAt<V>(places)), mul<V>(halfStrike, centredAt<V>(places + SECOND)))
}

/**
 * Discounted value of +1 call from half a straddle, USD, ≥ 0; of a put if both halves are negated.
 * Far out of the money the two cancel to a rounding error, which may be negative; a price is not.
 * + 0 turns −0 into 0: two options worth nothing are worth the same nothing.
 */
@inline
export function callOf(straddle: f64, halfForward: f64, halfStrike: f64): f64 {
  return 0 + greater<f64>(straddle + (halfForward - halfStrike), 0)
}
