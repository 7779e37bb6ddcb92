/**
 * Arithmetic over a lane type: f64, or f64x2 as v128. An algorithm written over it once is compiled for both.
 * The scalar build is thereby the SIMD build's twin: the same IEEE operations in the same order, hence the same bits.
 */

/** How many f64 one V holds. */
@inline
export function lanes<V>(): u32 {
  return <u32>(sizeof<V>() >>> 3)
}

@inline
export function splat<V>(x: f64): V {
  if (isVector<V>()) return f64x2.splat(x)
  return <V>x
}

/** A lane for each of two numbers; where there is room for one only, the first. */
@inline
export function both<V>(a: f64, b: f64): V {
  if (isVector<V>()) return f64x2.replace_lane(f64x2.splat(a), 1, b)
  return a
}

/** The first lane. */
@inline
export function firstOf<V>(x: V): f64 {
  if (isVector<V>()) return f64x2.extract_lane(x, 0)
  return x
}

/** The last lane. */
@inline
export function lastOf<V>(x: V): f64 {
  if (isVector<V>()) return f64x2.extract_lane(x, 1)
  return x
}

@inline
export function add<V>(a: V, b: V): V {
  if (isVector<V>()) return f64x2.add(a, b)
  return a + b
}

@inline
export function sub<V>(a: V, b: V): V {
  if (isVector<V>()) return f64x2.sub(a, b)
  return a - b
}

@inline
export function mul<V>(a: V, b: V): V {
  if (isVector<V>()) return f64x2.mul(a, b)
  return a * b
}

@inline
export function div<V>(a: V, b: V): V {
  if (isVector<V>()) return f64x2.div(a, b)
  return a / b
}

@inline
export function magnitude<V>(a: V): V {
  if (isVector<V>()) return f64x2.abs(a)
  return abs<f64>(a)
}

@inline
export function truncate<V>(a: V): V {
  if (isVector<V>()) return f64x2.trunc(a)
  return trunc<f64>(a)
}

/**
 * b < a ? b : a, one machine instruction. A NaN in `a` comes through, one in `b` is lost: what is still unchecked goes first.
 */
@inline
export function lesser<V>(a: V, b: V): V {
  if (isVector<V>()) return f64x2.pmin(a, b)
  return select<f64>(b, a, b < a)
}

/** a < b ? b : a, with NaN as in `lesser`. */
@inline
export function greater<V>(a: V, b: V): V {
  if (isVector<V>()) return f64x2.pmax(a, b)
  return select<f64>(b, a, a < b)
}

/** |x| with the sign of `sign`. */
@inline
export function withSign<V>(x: V, sign: V): V {
  if (isVector<V>()) return v128.bitselect(sign, x, f64x2.splat(-0.0))
  return copysign<f64>(x, sign)
}

/** The least lane. */
@inline
export function least<V>(a: V): f64 {
  if (isVector<V>()) return f64x2.extract_lane(f64x2.pmin(a, i64x2.shuffle(a, a, 1, 0)), 0)
  return a
}

/** The greatest lane. */
@inline
export function greatest<V>(a: V): f64 {
  if (isVector<V>()) return f64x2.extract_lane(f64x2.pmax(a, i64x2.shuffle(a, a, 1, 0)), 0)
  return a
}

/** Stores each lane at its own byte offset from `base`; `offsets` points to one u32 a lane. */
@inline
export function scatter<V>(base: usize, offsets: usize, x: V): void {
  if (isVector<V>()) {
    v128.store64_lane(base + load<u32>(offsets), x, 0)
    v128.store64_lane(base + load<u32>(offsets, 4), x, 1)
  } else {
    store<f64>(base + load<u32>(offsets), x)
  }
}
