/**
 * Black's 1976 formula for a European option on a forward, from one exponential and one division.
 * F·N(d1) and K·N(d2) share them because F·φ(d1) = K·φ(d2), so both tails are one Gaussian times two erfcx ratios.
 */

import { add, div, flipSign, greater, lesser, magnitude, mul, scaleByPowerOfTwo, splat, sub } from "./lane"

/**
 * c = √(log2(e)/2). Every d below is c times the textbook's, so that exp(−d²/2) becomes 2^−d²
 * and the exponential needs no multiplication of its argument.
 */
export const C: f64 = 0.8493218002880191

/** 28·c and 9·c: beyond them the tails vanish against the other terms, and 2^−d² would leave the normal numbers. */
const FARTHEST: f64 = 23.78101040806453
const WIDEST: f64 = 7.643896202592171

/** Stands for σ√T = 0: so narrow that any strike but F itself is fully in or out of the money. */
const NARROWEST: f64 = 1e-30

/** 1.5·2^52: adding it rounds to a whole number that then sits in the low bits. */
const MAGIC: f64 = 6755399441055744

// 2^−g = (Q − g·P)/(Q + g·P) for |g| ≤ ½, both in g²: the tanh form of the exponential.
const EXP_P0: f64 = 0.34657359027997264
const EXP_P1: f64 = 0.00462479185482372
const EXP_P2: f64 = 5.286689848434541e-6
const EXP_Q1: f64 = 0.05338207970804371
const EXP_Q2: f64 = 0.0002289267647219395

// erfcx(z/√2) = TAIL·P(z)/Q(z) for z ≥ 0, monic, fitted in z and rescaled here to c·z.
export const TAIL: f64 = 0.6776732032771308
const TAIL_P0: f64 = 2344.213404926849
const TAIL_P1: f64 = 2772.6724508118864
const TAIL_P2: f64 = 1653.994902916774
const TAIL_P3: f64 = 589.2432776884784
const TAIL_P4: f64 = 130.39478583715604
const TAIL_P5: f64 = 16.869630050299985
const TAIL_Q0: f64 = 1588.6106072819673
const TAIL_Q1: f64 = 3371.365847198336
const TAIL_Q2: f64 = 3186.913817610573
const TAIL_Q3: f64 = 1746.0025389377458
const TAIL_Q4: f64 = 601.5492686431769
const TAIL_Q5: f64 = 131.10738834627537
const TAIL_Q6: f64 = 16.870585718629712

/** σ√T with its floor. */
@inline
export function width<V>(sigmaRootT: V): V {
  return greater<V>(sigmaRootT, splat<V>(NARROWEST))
}

/** c·ln(F/K)/(σ√T), kept where the tails are still normal numbers. */
@inline
export function clampDistance<V>(q: V): V {
  return greater<V>(lesser<V>(q, splat<V>(FARTHEST)), splat<V>(-FARTHEST))
}

/** c·σ√T/2, kept where both tails are already nothing. */
@inline
export function capHalfWidth<V>(hw: V): V {
  return lesser<V>(hw, splat<V>(WIDEST))
}

/** P of erfcx; z ≥ 0. */
@inline
export function tailNumerator<V>(z: V): V {
  let p = add<V>(z, splat<V>(TAIL_P5))
  p = add<V>(mul<V>(p, z), splat<V>(TAIL_P4))
  p = add<V>(mul<V>(p, z), splat<V>(TAIL_P3))
  p = add<V>(mul<V>(p, z), splat<V>(TAIL_P2))
  p = add<V>(mul<V>(p, z), splat<V>(TAIL_P1))
  return add<V>(mul<V>(p, z), splat<V>(TAIL_P0))
}

/** Q of erfcx. */
@inline
export function tailDenominator<V>(z: V): V {
  let q = add<V>(z, splat<V>(TAIL_Q6))
  q = add<V>(mul<V>(q, z), splat<V>(TAIL_Q5))
  q = add<V>(mul<V>(q, z), splat<V>(TAIL_Q4))
  q = add<V>(mul<V>(q, z), splat<V>(TAIL_Q3))
  q = add<V>(mul<V>(q, z), splat<V>(TAIL_Q2))
  q = add<V>(mul<V>(q, z), splat<V>(TAIL_Q1))
  return add<V>(mul<V>(q, z), splat<V>(TAIL_Q0))
}

/**
 * Discounted value of +1 option, ≥ 0.
 *
 * @param q c·ln(F/K)/(σ√T), clamped
 * @param hw c·σ√T/2, capped
 * @param halfForward ½·F·discount
 * @param halfStrike ½·K·discount
 * @param theta +1 call, −1 put
 */
@inline
export function optionValue<V>(q: V, hw: V, halfForward: V, halfStrike: V, theta: V): V {
  const d1 = add<V>(q, hw)
  const d2 = sub<V>(q, hw)

  const s = mul<V>(d1, d1)
  const t = sub<V>(splat<V>(MAGIC), s)
  const g = add<V>(s, sub<V>(t, splat<V>(MAGIC)))
  const gg = mul<V>(g, g)
  const odd = mul<V>(g, add<V>(mul<V>(add<V>(mul<V>(splat<V>(EXP_P2), gg), splat<V>(EXP_P1)), gg), splat<V>(EXP_P0)))
  const even = add<V>(mul<V>(add<V>(mul<V>(splat<V>(EXP_Q2), gg), splat<V>(EXP_Q1)), gg), splat<V>(1))
  const gaussian = scaleByPowerOfTwo<V>(sub<V>(even, odd), t)

  const z1 = magnitude<V>(d1)
  const z2 = magnitude<V>(d2)
  const q1 = tailDenominator<V>(z1)
  const q2 = tailDenominator<V>(z2)
  const shared = div<V>(
    mul<V>(mul<V>(halfForward, splat<V>(TAIL)), gaussian),
    mul<V>(mul<V>(add<V>(even, odd), q1), q2),
  )
  const forwardTail = mul<V>(shared, mul<V>(tailNumerator<V>(z1), q2))
  const strikeTail = mul<V>(shared, mul<V>(tailNumerator<V>(z2), q1))

  const value = add<V>(
    sub<V>(flipSign<V>(sub<V>(halfForward, forwardTail), d1), flipSign<V>(sub<V>(halfStrike, strikeTail), d2)),
    mul<V>(theta, sub<V>(halfForward, halfStrike)),
  )
  // Far out of the money the two halves cancel to a rounding error, which may be negative; a price is not.
  return greater<V>(value, splat<V>(0))
}
