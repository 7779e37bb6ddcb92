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
export const TAIL: f64 = 0.6775898154716856

/** Stands for σ√T = 0: so narrow that any strike but F itself is fully in or out of the money. */
const NARROWEST: f64 = 1e-30

/**
 * The constants of the inner loop, loaded where they are used: as literals they would be rebuilt there from integers.
 * 1.5·2^52 rounds to a whole number that then sits in the low bits.
 * 2^−g = (Q − g·P)/(Q + g·P) for |g| ≤ ½, both in g²: the tanh form of the exponential.
 * erfcx(z/√2) = TAIL·P(z)/Q(z) for z ≥ 0, monic, fitted in z and rescaled here to c·z: the least largest error of N(d)
 * there is at these degrees, 5e-15. One degree more would take it to rounding, and each cell a tenth longer.
 */
const POOL = memory.data<f64>([
  6755399441055744,
  0.34657359027997264, 0.00462479185482372, 5.286689848434541e-6,
  1, 0.05338207970804371, 0.0002289267647219395,
  505.60280903755023, 523.292647217855, 272.5502596897926, 80.55600051467856, 13.403035071705716,
  342.5913140777229, 676.4208200685717, 582.6660112224893, 281.82598207649363, 81.30930998886937, 13.398692328648792,
  23.78101040806453, -23.78101040806453, 7.643896202592171, 0.6775898154716856, 0.49999999999999994,
], 16)
export const MAGIC: usize = 0
export const EXP_P: usize = 1
export const EXP_Q: usize = 4
export const TAIL_P: usize = 7
export const TAIL_Q: usize = 12
export const FARTHEST: usize = 18
export const MINUS_FARTHEST: usize = 19
export const WIDEST: usize = 20
export const TAIL_SCALE: usize = 21
export const ALMOST_HALF: usize = 22

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
  let p = add<V>(z, constant<V>(TAIL_P + 4))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 3))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 2))
  p = add<V>(mul<V>(p, z), constant<V>(TAIL_P + 1))
  return add<V>(mul<V>(p, z), constant<V>(TAIL_P))
}

/** Q of erfcx. */
@inline
export function tailDenominator<V>(z: V): V {
  let q = add<V>(z, constant<V>(TAIL_Q + 5))
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
@inline
export function halfStraddle<V>(q: V, hw: V, halfForward: V, halfStrike: V): V {
  const d1 = add<V>(q, hw)
  const d2 = sub<V>(q, hw)

  const s = mul<V>(d1, d1)
  const t = sub<V>(constant<V>(MAGIC), s)
  const g = add<V>(s, sub<V>(t, constant<V>(MAGIC)))
  const gg = mul<V>(g, g)
  const odd = mul<V>(g, add<V>(mul<V>(add<V>(mul<V>(constant<V>(EXP_P + 2), gg), constant<V>(EXP_P + 1)), gg), constant<V>(EXP_P)))
  const even = add<V>(mul<V>(add<V>(mul<V>(constant<V>(EXP_Q + 2), gg), constant<V>(EXP_Q + 1)), gg), constant<V>(EXP_Q))
  const gaussian = scaleByPowerOfTwo<V>(sub<V>(even, odd), t)

  const z1 = magnitude<V>(d1)
  const z2 = magnitude<V>(d2)
  const q1 = tailDenominator<V>(z1)
  const q2 = tailDenominator<V>(z2)
  const shared = div<V>(
    mul<V>(mul<V>(halfForward, constant<V>(TAIL_SCALE)), gaussian),
    mul<V>(mul<V>(add<V>(even, odd), q1), q2),
  )
  const forwardTail = mul<V>(shared, mul<V>(tailNumerator<V>(z1), q2))
  const strikeTail = mul<V>(shared, mul<V>(tailNumerator<V>(z2), q1))

  return sub<V>(flipSign<V>(sub<V>(halfForward, forwardTail), d1), flipSign<V>(sub<V>(halfStrike, strikeTail), d2))
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
