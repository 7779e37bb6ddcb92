/**
 * One book row over one tile of the table: 16 scenarios, two cache lines, eight f64x2 sums that stay in registers.
 *
 *   P is the form of the positions, by the type of their instrument: u16 compact, u32 wide (see resident.ts).
 */

/** Scenarios of a tile, and what they take in a row of the table. */
export const TILE: u32 = 16
export const TILE_BYTES: usize = 128

@inline
export function stride<P>(): usize {
  return sizeof<P>() == 2 ? 4 : 12
}

@inline
export function lotsOf<P>(p: usize): f64 {
  return sizeof<P>() == 2 ? <f64>load<i16>(p, 2) : load<f64>(p, 4)
}

/**
 * Σ lots · ticks over the positions first … end, for the tile that starts at `table` in the row of instrument 0.
 * With `keep`, which is a constant, the sums are written to `sums`; without, the least goes to `pnl` and the
 * scenario of its first occurrence, counted from `column`, to `scenario`, unless a tile before has less.
 */
@inline
export function tile<P>(
  first: usize, end: usize, table: usize, rowBytes: usize, keep: bool, sums: usize, pnl: usize, scenario: usize, column: u32,
): void {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let d = f64x2.splat(0)
  let e = f64x2.splat(0)
  let f = f64x2.splat(0)
  let g = f64x2.splat(0)
  let h = f64x2.splat(0)
  for (let p = first; p < end; p += stride<P>()) {
    const lots = f64x2.splat(lotsOf<P>(p))
    const risk = table + <usize>load<P>(p) * rowBytes
    a = f64x2.add(a, f64x2.mul(lots, v128.load(risk)))
    b = f64x2.add(b, f64x2.mul(lots, v128.load(risk, 16)))
    c = f64x2.add(c, f64x2.mul(lots, v128.load(risk, 32)))
    d = f64x2.add(d, f64x2.mul(lots, v128.load(risk, 48)))
    e = f64x2.add(e, f64x2.mul(lots, v128.load(risk, 64)))
    f = f64x2.add(f, f64x2.mul(lots, v128.load(risk, 80)))
    g = f64x2.add(g, f64x2.mul(lots, v128.load(risk, 96)))
    h = f64x2.add(h, f64x2.mul(lots, v128.load(risk, 112)))
  }
  if (keep) {
    v128.store(sums, a)
    v128.store(sums, b, 16)
    v128.store(sums, c, 32)
    v128.store(sums, d, 48)
    v128.store(sums, e, 64)
    v128.store(sums, f, 80)
    v128.store(sums, g, 96)
    v128.store(sums, h, 112)
    return
  }
  let least = f64x2.pmin(
    f64x2.pmin(f64x2.pmin(a, b), f64x2.pmin(c, d)),
    f64x2.pmin(f64x2.pmin(e, f), f64x2.pmin(g, h)),
  )
  least = f64x2.pmin(least, i64x2.shuffle(least, least, 1, 0))
  // Which sum it is without a branch, which would be mispredicted: two bits a sum, in order.
  const low = i8x16.bitmask(narrow(f64x2.eq(a, least), f64x2.eq(b, least), f64x2.eq(c, least), f64x2.eq(d, least)))
  const high = i8x16.bitmask(narrow(f64x2.eq(e, least), f64x2.eq(f, least), f64x2.eq(g, least), f64x2.eq(h, least)))
  const index = column + (ctz<u32>(low | (high << 16)) >>> 1)
  if (column == 0) {
    v128.store64_lane(pnl, least, 0)
    store<u32>(scenario, index)
  } else {
    const worst = f64x2.extract_lane(least, 0)
    const before = load<f64>(pnl)
    // Strictly less, so that of equal tiles the first stays.
    store<f64>(pnl, select<f64>(worst, before, worst < before))
    store<u32>(scenario, select<u32>(index, load<u32>(scenario), worst < before))
  }
}

/** Four masks of two f64 to one of 16 bytes, two a number. */
@inline
function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
}

/** The twin of a tile's sum: one scenario, `table` pointing to it in the row of instrument 0. */
@inline
export function sumOf<P>(first: usize, end: usize, table: usize, rowBytes: usize): f64 {
  let sum: f64 = 0
  for (let p = first; p < end; p += stride<P>()) sum += lotsOf<P>(p) * load<f64>(table + <usize>load<P>(p) * rowBytes)
  return sum
}
