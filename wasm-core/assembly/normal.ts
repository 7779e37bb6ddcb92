/**
 * E(d) = 2·N(d) − 1, the normal distribution function centred, from a table of local polynomials: no exponential and no
 * division in a cell. E is odd, so that call + put is F·E(d1) − K·E(d2), discounted.
 *
 *   nodes at d = −8⅜ … 8⅜, one every 1/32, 6 f64 each   ┌ c₀ ┬ c₁ ┬ c₂ ┬ c₃ ┬ c₄ ┬ c₅ ┐   E(node + r) = Σ cₙ·rⁿ, |r| ≤ 1/64
 *
 * The polynomials are Taylor's of degree 6, whose last term is spread over the others as Chebyshev's are: off by 3e-15.
 */

import { add, greater, lesser, mul, splat, sub } from "./lane"
import { NODES, NODES_A_SIDE, TURN } from "./layout"

/** E(±8⅜) is ±1 to the last bit. */
const FARTHEST: f64 = 8.375
const STEP: f64 = 0.03125
const HALF_STEP: f64 = 0.015625
const NODE_BYTES: usize = 48
/** √(2/π) */
const TWICE_PEAK: f64 = 0.7978845608028654
/** 1.5·2^47 rounds d to whole steps, which then sit in the low bits; what is added makes them count from the first node. */
const MAGIC: f64 = 211106232532992 + FARTHEST

/** A place is a t and, a column further on, its r; that of d2 lies two columns behind that of d1. */
const COLUMN: usize = TURN << 3
const R: usize = COLUMN
export const SECOND: usize = 2 * COLUMN
export const PLACE_COLUMNS: usize = 4

/**
 * Finds the node nearest to d, which is first kept where the table reaches: t = d + MAGIC names it, r = d − node.
 * A NaN stays one in r; the node it names is the first, since a NaN that arithmetic makes of numbers has no low bits.
 * d must therefore come from checked input in every lane.
 */
@inline
export function writePlace<V>(to: usize, d: V): void {
  const magic = splat<V>(MAGIC)
  const near = greater<V>(lesser<V>(d, splat<V>(FARTHEST)), splat<V>(-FARTHEST))
  const t = add<V>(near, magic)
  store<V>(to, t)
  store<V>(to, sub<V>(near, sub<V>(t, magic)), R)
}

/**
 * E at a place. It goes through memory since from there a lane is read as the whole number that an address needs, while
 * the cells before are still being computed.
 */
@inline
export function centredAt<V>(place: usize): V {
  const r = load<V>(place, R)
  const a = nodeOf(load<u32>(place))
  if (!isVector<V>()) return atNode(a, <f64>r)
  const b = nodeOf(load<u32>(place, 8))
  const a0 = v128.load(a)
  const b0 = v128.load(b)
  const a2 = v128.load(a, 16)
  const b2 = v128.load(b, 16)
  const a4 = v128.load(a, 32)
  const b4 = v128.load(b, 32)
  return polynomial<V>(
    r,
    i64x2.shuffle(a0, b0, 0, 2), i64x2.shuffle(a0, b0, 1, 3), i64x2.shuffle(a2, b2, 0, 2),
    i64x2.shuffle(a2, b2, 1, 3), i64x2.shuffle(a4, b4, 0, 2), i64x2.shuffle(a4, b4, 1, 3),
  )
}

/** E(d), where one is all that is asked for. */
export function centred(d: f64): f64 {
  const near = max<f64>(min<f64>(d, FARTHEST), -FARTHEST)
  const t = near + MAGIC
  return atNode(nodeOf(<u32>reinterpret<u64>(t)), near - (t - MAGIC))
}

@inline
function nodeOf(index: u32): usize {
  return NODES + <usize>index * NODE_BYTES
}

@inline
function atNode(node: usize, r: f64): f64 {
  return polynomial<f64>(
    r, load<f64>(node), load<f64>(node, 8), load<f64>(node, 16), load<f64>(node, 24), load<f64>(node, 32), load<f64>(node, 40),
  )
}

@inline
function polynomial<V>(r: V, c0: V, c1: V, c2: V, c3: V, c4: V, c5: V): V {
  let e = add<V>(mul<V>(c5, r), c4)
  e = add<V>(mul<V>(e, r), c3)
  e = add<V>(mul<V>(e, r), c2)
  e = add<V>(mul<V>(e, r), c1)
  return add<V>(mul<V>(e, r), c0)
}

/** Whether this instance has filled the table. Threads that only aggregate never read it. */
let filled: bool = false

/** To be called, with memory there, before anything is priced. */
export function fillNodes(): void {
  if (filled) return
  filled = true
  // Summed outward from E(0) = 0, with what each sum loses carried along.
  let height: f64 = 0
  let lost: f64 = 0
  for (let k: usize = 0; k <= NODES_A_SIDE; ++k) {
    const d = <f64>k * STEP
    if (k > 0) {
      const rise = reach(d - STEP, HALF_STEP) - reach(d, -HALF_STEP) - lost
      const next = height + rise
      lost = next - height - rise
      height = next
    }
    writeNode(NODES + (NODES_A_SIDE + k) * NODE_BYTES, d, height)
    writeNode(NODES + (NODES_A_SIDE - k) * NODE_BYTES, -d, -height)
  }
}

/** E(d + r) − E(d) by ten terms of Taylor's series, |r| ≤ 1/64. */
function reach(d: f64, r: f64): f64 {
  let before: f64 = 0
  let term = TWICE_PEAK * Math.exp(-0.5 * d * d)
  let power = r
  let sum: f64 = 0
  for (let n = 1; n <= 10; ++n) {
    sum += term * power / <f64>n
    const next = -(d * term + before) / <f64>n
    before = term
    term = next
    power *= r
  }
  return sum
}

function writeNode(node: usize, d: f64, height: f64): void {
  const b0 = TWICE_PEAK * Math.exp(-0.5 * d * d)
  const b1 = -d * b0
  const b2 = -(d * b1 + b0) / 2
  const b3 = -(d * b2 + b1) / 3
  const b4 = -(d * b3 + b2) / 4
  const b5 = -(d * b4 + b3) / 5
  const hh = HALF_STEP * HALF_STEP
  const last = b5 / 6
  store<f64>(node, height + last * hh * hh * hh / 32)
  store<f64>(node, b0, 8)
  store<f64>(node, b1 / 2 - last * hh * hh * 0.5625, 16)
  store<f64>(node, b2 / 3, 24)
  store<f64>(node, b3 / 4 + last * hh * 1.5, 32)
  store<f64>(node, b4 / 5, 40)
}
