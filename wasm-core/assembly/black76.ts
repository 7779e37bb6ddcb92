/**
 * Black's 1976 formula for a European option on a forward, from one exponential and one division.
 * F·N(d1) and K·N(d2) share them because F·φ(d1) = K·φ(d2), so both tails are one Gaussian times two erfcx ratios.
 */

import { add, div, flipSign, greater, lesser, loadSplat, magnitude, mul, scaleByPowerOfTwo, splat, sub } from "./lane"

/**
 * c = √(log2(e)/2). Every d below is c times the textbook's, so that exp(−d²/2) becomes 2^−d²
 * and the exponential needs no multiplication of its argument.
 */
export const C: f64 = 0.8493218002880191

/** See the pool. */
export const TAIL: f64 = 0.6776732032771308

/** Stands for σ√T = 0: so narrow that any strike but F itself is fully in or out of the money. */
const NARROWEST: f64 = 1e-30

/**
 * The constants of the inner loop, loaded where they are used: as literals they would be rebuilt there from integers.
 * 1.5·2^52 rounds to a whole number that then sits in the low bits.
 * 2^−g = (Q − g·P)/(Q + g·P) for |g| ≤ ½, both in g²: the tanh form of the exponential.
 * erfcx(z/√2) = TAIL·P(z)/Q(z) for z ≥ 0, monic, fitted in z and rescaled here to c·z.
 */
const POOL = memory.data<f64>([
  6755399441055744,
  0.34657359027997264, 0.00462479185482372, 5.286689848434541e-6,
  1, 0.05338207970804371, 0.0002289267647219395,
  2344.213404926849, 2772.6724508118864, 1653.994902916774, 589.2432776884784, 130.39478583715604, 16.869630050299985,
  1588.6106072819673, 3371.365847198336, 3186.913817610573, 1746.0025389377458, 601.5492686431769, 131.10738834627537,
  16.870585718629712,
  23.78101040806453, -23.78101040806453, 7.643896202592171, 0.6776732032771308, 0.49999999999999994,
], 16)
export const MAGIC: usize = 0
export const EXP_P: usize = 1
export const EXP_Q: usize = 4
export const TAIL_P: usize = 7
export const TAIL_Q: usize = 13
export const FARTHEST: usize = 20
export const MINUS_FARTHEST: usize = 21
export const WIDEST: usize = 22
export const TAIL_SCALE: usize = 23
export const ALMOST_HALF: usize = 24

@inline
export function constant<V>(index: usize): V {
  return loadSplat<V>(POOL + (index << 3))
}

/** σ√T with its floor. */
@inline
export function width<V>(sigmaRootT: V): V {
  return greater<V>(sigmaRootT, splat<V>(NARROWEST))
}

/** c·ln(F/K)/(σ√T), kept where the tails are still normal numbers. */
@inline
export function clampDistance<V>(q: V): V {
  return greater<V>(lesser<V>(q, constant<V>(FARTHEST)), constant<V>(MINUS_FARTHEST))
}

/** c·σ√T/2, kept where both tails are already nothing. */
@inline
export function capHalfWidth<V>(hw: V): V {
  return lesser<V>(hw, constant<V>(WIDEST))
}

/** P of erfcx; z ≥ 0. */
@inline
export function tailNumerator<V>(z: V): V {
  let p = add<V>(z, constant<V>(TAIL_P + 5))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 4))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 3))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 2))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 1))
  return add<V>(mul<V>(p, z), constant<V>(TAIL_P))
}

/** Q of erfcx. */
@inline
export function tailDenominator<V>(z: V): V {
  let q = add<V>(z, constant<V>(TAIL_Q + 6))
  q = add<V>(mul<V>(q, z), constant<V>(TAIL_Q + 5))
  q = add<V>(mul<V>(q, z), constant<V>(TAIL_Q + 4))
  q = add<V>(mul<V>(q, z), constant<V>(TAIL_Q + 3))
  q = add<V>(mul<V>(q, z), constant<V>(TAIL_Q + 2))
  q = add<V>(mul<V>(q, z), constant<V>(TAIL_Q + 1))
  return add<V>(mul<V>(q, z), constant<V>(TAIL_Q))
}

/**
 * Half of call + put, discounted, USD: plus ½F − ½K it is the call, minus that the put.
 *
 * @param q c·ln(F/K)/(σ√T), clamped
 * @param hw c·σ√T/2, capped
 * @param halfForward ½·F·discount
 * @param halfStrike ½·K·discount
 */
export function halfStraddle(q: f64, hw: f64, halfForward: f64, halfStrike: f64): f64 {
  const d1 = add<f64>(q, hw)
  const d2 = sub<f64>(q, hw)

  const s = mul<f64>(d1, d1)
  const t = sub<f64>(constant<f64>(MAGIC), s)
  const g = add<f64>(s, sub<f64>(t, constant<f64>(MAGIC)))
  const gg = mul<f64>(g, g)
  const odd = mul<f64>(g, add<f64>(mul<f64>(add<f64>(mul<f64>(constant<f64>(EXP_P + 2), gg), constant<f64>(EXP_P + 1)), gg), constant<f64>(EXP_P)))
  const even = add<f64>(mul<f64>(add<f64>(mul<f64>(constant<f64>(EXP_Q + 2), gg), constant<f64>(EXP_Q + 1)), gg), constant<f64>(EXP_Q))
  const gaussian = scaleByPowerOfTwo<f64>(sub<f64>(even, odd), t)

  const z1 = magnitude<f64>(d1)
  const z2 = magnitude<f64>(d2)
  const q1 = tailDenominator<f64>(z1)
  const q2 = tailDenominator<f64>(z2)
  const shared = div<f64>(
    mul<f64>(mul<f64>(halfForward, constant<f64>(TAIL_SCALE)), gaussian),
    mul<f64>(mul<f64>(add<f64>(even, odd), q1), q2),
  )
  const forwardTail = mul<f64>(shared, mul<f64>(tailNumerator<f64>(z1), q2))
  const strikeTail = mul<f64>(shared, mul<f64>(tailNumerator<f64>(z2), q1))

  return sub<f64>(flipSign<f64>(sub<f64>(halfForward, forwardTail), d1), flipSign<f64>(sub<f64>(halfStrike, strikeTail), d2))
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
