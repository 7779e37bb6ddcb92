/**
 * The inner loop: options repriced under the scenarios of one group, a turn of 64 at a time, in six stages.
 * Each stage is a short loop whose constants fit into registers; one long loop would spill most of them at every turn.
 *
 *   work, one turn, 64 f64 a column      ┌ d₁ ┬ d₂ ┬ P(|d₁|) ┬ P(|d₂|) ┬ Q(|d₁|) ┬ Q(|d₂|) ┬ 2^−d₁² above ┬ and below the line ┐
 */

import {
  ALMOST_HALF, C, capHalfWidth, clampDistance, constant, EXP_P, EXP_Q, MAGIC, TAIL_P, TAIL_Q, TAIL_SCALE, width,
} from "./black76"
import {
  add, div, flipSign, greater, lanes, magnitude, mul, scaleByPowerOfTwo, scatter, splat, sub, truncate, withSign,
} from "./lane"
import { at, Risk, TERMS_BYTES, TURN } from "./layout"
import { Group, recordBytes, SCATTERED } from "./scenario"

/** Bytes of a column of `work`. */
const COLUMN: usize = TURN << 3
const D2: usize = COLUMN
const P1: usize = 2 * COLUMN
const P2: usize = 3 * COLUMN
const Q1: usize = 4 * COLUMN
const Q2: usize = 5 * COLUMN
const ABOVE: usize = 6 * COLUMN
const BELOW: usize = 7 * COLUMN

/** Nearest whole tick, ties away from zero, never −0. `scale` is weight / tick. */
@inline
export function toTicks<V>(pnl: V, scale: V): V {
  const ticks = mul<V>(pnl, scale)
  return add<V>(truncate<V>(add<V>(ticks, withSign<V>(constant<V>(ALMOST_HALF), ticks))), splat<V>(0))
}

/** An option, or the call and the put of one strike, with the time of a group gone by. In memory: no call takes so many. */
@unmanaged
class Terms {
  /** ln(F/K) */
  x: f64
  sigma: f64
  /** √T */
  root: f64
  /** ½F and ½K, discounted. */
  halfForward: f64
  halfStrike: f64
  /** Rows of the risk arrays, 0 for none, and values before the scenario. */
  callRow: usize
  putRow: usize
  callValue: f64
  putValue: f64
}

/** The option that is being priced; it lies before the columns of `work`. */
@inline
export function currentTerms(): Terms {
  return changetype<Terms>(at(Risk.WORK))
}

/** Prices a call, a put, or both under the scenarios of a group. */
export function fillGroup<V>(group: Group): void {
  const terms = currentTerms()
  const work = at(Risk.WORK) + TERMS_BYTES
  const turn = (TURN / lanes<V>()) * recordBytes<V>()
  let column: usize = group.column
  for (let first: usize = group.first; first < <usize>group.end; first += turn) {
    const end = min<usize>(first + turn, group.end)
    const to = group.shifted
      ? shiftedDistances<V>(first, end, work, terms.x, terms.sigma, terms.root)
      : relativeDistances<V>(first, end, work, terms.x, terms.sigma * terms.root)
    gaussians<V>(work, to)
    numerators<V>(work, to)
    denominators<V>(work, to)
    straddles<V>(first, end, work, terms.halfForward, terms.halfStrike)
    if (terms.callRow != 0) cells<V>(first, end, work, column, terms.callRow, terms.halfForward, terms.halfStrike, terms.callValue)
    // What a put has over half a straddle is what a call has, with the other sign, and that to the bit.
    if (terms.putRow != 0) cells<V>(first, end, work, column, terms.putRow, -terms.halfForward, -terms.halfStrike, terms.putValue)
    if (column != SCATTERED) column += COLUMN
  }
}

/** Scenarios that scale volatility: ln, √ and 1/σ are done. Writes d₁ and d₂; returns where d₁ ends. */
function relativeDistances<V>(first: usize, end: usize, to: usize, x: f64, sigmaRootT: f64): usize {
  const narrow = width<f64>(sigmaRootT)
  const inverse = splat<V>(C / narrow)
  const wide = splat<V>(narrow * C)
  const distance = splat<V>(x)
  for (let record = first; record < end; record += recordBytes<V>(), to += sizeof<V>()) {
    const q = mul<V>(add<V>(mul<V>(distance, load<V>(record)), load<V>(record, sizeof<V>())), inverse)
    writeDistances<V>(to, q, mul<V>(wide, load<V>(record, 2 * sizeof<V>())))
  }
  return to
}

/** Scenarios that shift volatility: σ′ differs per cell, which costs a division. */
function shiftedDistances<V>(first: usize, end: usize, to: usize, x: f64, sigma: f64, root: f64): usize {
  const base = splat<V>(sigma)
  const time = splat<V>(root)
  const distance = splat<V>(x)
  for (let record = first; record < end; record += recordBytes<V>(), to += sizeof<V>()) {
    // The floor of `width` is what turns a negative σ′ into 0.
    const narrow = width<V>(mul<V>(add<V>(mul<V>(base, load<V>(record)), load<V>(record, 2 * sizeof<V>())), time))
    const q = mul<V>(add<V>(distance, load<V>(record, sizeof<V>())), div<V>(splat<V>(C), narrow))
    writeDistances<V>(to, q, mul<V>(narrow, splat<V>(0.5 * C)))
  }
  return to
}

@inline
function writeDistances<V>(to: usize, q: V, halfWidth: V): void {
  const near = clampDistance<V>(q)
  const capped = capHalfWidth<V>(halfWidth)
  store<V>(to, add<V>(near, capped))
  store<V>(to, sub<V>(near, capped), D2)
}

/** 2^−d₁² as a fraction: the numerator carries the power of two. */
function gaussians<V>(from: usize, end: usize): void {
  const magic = constant<V>(MAGIC)
  const p0 = constant<V>(EXP_P)
  const p1 = constant<V>(EXP_P + 1)
  const p2 = constant<V>(EXP_P + 2)
  const q0 = constant<V>(EXP_Q)
  const q1 = constant<V>(EXP_Q + 1)
  const q2 = constant<V>(EXP_Q + 2)
  for (let d = from; d < end; d += 2 * sizeof<V>()) {
    gaussian<V>(d, magic, p0, p1, p2, q0, q1, q2)
    gaussian<V>(d + sizeof<V>(), magic, p0, p1, p2, q0, q1, q2)
  }
}

@inline
function gaussian<V>(d: usize, magic: V, p0: V, p1: V, p2: V, q0: V, q1: V, q2: V): void {
  const d1 = load<V>(d)
  const s = mul<V>(d1, d1)
  const t = sub<V>(magic, s)
  const g = add<V>(s, sub<V>(t, magic))
  const gg = mul<V>(g, g)
  const odd = mul<V>(g, add<V>(mul<V>(add<V>(mul<V>(p2, gg), p1), gg), p0))
  const even = add<V>(mul<V>(add<V>(mul<V>(q2, gg), q1), gg), q0)
  store<V>(d, scaleByPowerOfTwo<V>(sub<V>(even, odd), t), ABOVE)
  store<V>(d, add<V>(even, odd), BELOW)
}

/** P of erfcx for both tails. */
function numerators<V>(from: usize, end: usize): void {
  const p0 = constant<V>(TAIL_P)
  const p1 = constant<V>(TAIL_P + 1)
  const p2 = constant<V>(TAIL_P + 2)
  const p3 = constant<V>(TAIL_P + 3)
  const p4 = constant<V>(TAIL_P + 4)
  for (let d = from; d < end; d += 2 * sizeof<V>()) {
    numerator<V>(d, p0, p1, p2, p3, p4)
    numerator<V>(d + sizeof<V>(), p0, p1, p2, p3, p4)
  }
}

@inline
function numerator<V>(d: usize, p0: V, p1: V, p2: V, p3: V, p4: V): void {
  const y = magnitude<V>(load<V>(d))
  const z = magnitude<V>(load<V>(d, D2))
  let p = add<V>(y, p4)
  let q = add<V>(z, p4)
  p = add<V>(mul<V>(p, y), p3)
  q = add<V>(mul<V>(q, z), p3)
  p = add<V>(mul<V>(p, y), p2)
  q = add<V>(mul<V>(q, z), p2)
  p = add<V>(mul<V>(p, y), p1)
  q = add<V>(mul<V>(q, z), p1)
  store<V>(d, add<V>(mul<V>(p, y), p0), P1)
  store<V>(d, add<V>(mul<V>(q, z), p0), P2)
}

/** Q of erfcx for both tails. */
function denominators<V>(from: usize, end: usize): void {
  const q0 = constant<V>(TAIL_Q)
  const q1 = constant<V>(TAIL_Q + 1)
  const q2 = constant<V>(TAIL_Q + 2)
  const q3 = constant<V>(TAIL_Q + 3)
  const q4 = constant<V>(TAIL_Q + 4)
  const q5 = constant<V>(TAIL_Q + 5)
  for (let d = from; d < end; d += 2 * sizeof<V>()) {
    denominator<V>(d, q0, q1, q2, q3, q4, q5)
    denominator<V>(d + sizeof<V>(), q0, q1, q2, q3, q4, q5)
  }
}

@inline
function denominator<V>(d: usize, q0: V, q1: V, q2: V, q3: V, q4: V, q5: V): void {
  const y = magnitude<V>(load<V>(d))
  const z = magnitude<V>(load<V>(d, D2))
  let p = add<V>(y, q5)
  let q = add<V>(z, q5)
  p = add<V>(mul<V>(p, y), q4)
  q = add<V>(mul<V>(q, z), q4)
  p = add<V>(mul<V>(p, y), q3)
  q = add<V>(mul<V>(q, z), q3)
  p = add<V>(mul<V>(p, y), q2)
  q = add<V>(mul<V>(q, z), q2)
  p = add<V>(mul<V>(p, y), q1)
  q = add<V>(mul<V>(q, z), q1)
  store<V>(d, add<V>(mul<V>(p, y), q0), Q1)
  store<V>(d, add<V>(mul<V>(q, z), q0), Q2)
}

/** Half of call + put, see `halfStraddle`, written over `ABOVE`. */
function straddles<V>(first: usize, end: usize, d: usize, halfForward: f64, halfStrike: f64): void {
  const forward = splat<V>(halfForward)
  const strike = splat<V>(halfStrike)
  const scale = constant<V>(TAIL_SCALE)
  for (let record = first; record < end; record += recordBytes<V>(), d += sizeof<V>()) {
    const moved = mul<V>(forward, load<V>(record, 3 * sizeof<V>()))
    const q1 = load<V>(d, Q1)
    const q2 = load<V>(d, Q2)
    const shared = div<V>(mul<V>(mul<V>(moved, scale), load<V>(d, ABOVE)), mul<V>(mul<V>(load<V>(d, BELOW), q1), q2))
    const forwardTail = mul<V>(shared, mul<V>(load<V>(d, P1), q2))
    const strikeTail = mul<V>(shared, mul<V>(load<V>(d, P2), q1))
    store<V>(d, sub<V>(
      flipSign<V>(sub<V>(moved, forwardTail), load<V>(d)),
      flipSign<V>(sub<V>(strike, strikeTail), load<V>(d, D2)),
    ), ABOVE)
  }
}

/** P&L in ticks of a call, or with ½F and ½K negated of a put, into its row. */
function cells<V>(
  first: usize, end: usize, d: usize, column: usize, row: usize, halfForward: f64, halfStrike: f64, value: f64,
): void {
  const forward = splat<V>(halfForward)
  const strike = splat<V>(halfStrike)
  const before = splat<V>(value)
  const zero = splat<V>(0)
  let to = row + column
  for (let record = first; record < end; record += recordBytes<V>(), d += sizeof<V>()) {
    const parity = sub<V>(mul<V>(forward, load<V>(record, 3 * sizeof<V>())), strike)
    const after = greater<V>(add<V>(load<V>(d, ABOVE), parity), zero)
    const ticks = toTicks<V>(sub<V>(after, before), load<V>(record, 4 * sizeof<V>()))
    if (column != SCATTERED) {
      store<V>(to, ticks)
      to += sizeof<V>()
    } else {
      scatter<V>(row, record + 5 * sizeof<V>(), ticks)
    }
  }
}
