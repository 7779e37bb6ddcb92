/**
 * The tail of each book row's P&L over many scenarios: what expected shortfall and value at risk are made of.
 * Only candidates are selected from, as most scenarios lie far from the tail; which ones those are changes no result.
 */

import { checkRows, sumRow, workspace } from "./aggregate"
import { at, fits, layOutTail, Resident, rowLength, Tail } from "./layout"
import { OK, SIZE_OUT_OF_RANGE } from "./status"

/**
 * Fills `sum` with the sum of the `depth` lowest P&Ls of each row and `edge` with the next one, both exact.
 * The columns belong to the rows base … base + count − 1, of which this call treats first … end − 1.
 */
export function tailOfRows<V>(base: u32, count: u32, first: u32, end: u32, depth: u32, thread: u32): i32 {
  const s = <u32>at(Resident.SCENARIOS)
  if (depth >= s || first < base || <u64>end > <u64>base + count) return SIZE_OUT_OF_RANGE
  let status = checkRows(first, end, thread, <f64>max<u32>(depth, 1))
  if (status == OK) status = layOutTail(count)
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status != OK) return status
  const sums = workspace(thread)
  const candidates = sums + (<usize>rowLength(s) << 3)
  for (let row = first; row < end; ++row) {
    sumRow<V>(row, sums)
    let found: u32 = 0
    if (isVector<V>()) found = gather(sums, s, depth, candidates)
    let from = candidates
    if (found <= depth) {
      found = s
      from = sums
    }
    const edge = quickselect(from, found, depth)
    let sum: f64 = 0
    for (let j: u32 = 0; j < depth; ++j) sum += load<f64>(from + (<usize>j << 3))
    store<f64>(at(Tail.SUM) + (<usize>(row - base) << 3), sum)
    store<f64>(at(Tail.EDGE) + (<usize>(row - base) << 3), edge)
  }
  return OK
}

/**
 * Copies the sums below a threshold, that of a normal distribution with about twice as many; returns how many they are.
 * Too few, as in fat tails, and the threshold moves up once; 0 when it is no use.
 */
function gather(sums: usize, s: u32, depth: u32, to: usize): u32 {
  const share = <f64>(depth + 1) / s
  if (share > 0.2) return 0
  let distance: f64 = share <= 0.03 ? 1.6 : share <= 0.08 ? 1.1 : 0.5
  let total = f64x2.splat(0)
  let squares = f64x2.splat(0)
  let total2 = f64x2.splat(0)
  let squares2 = f64x2.splat(0)
  const even = sums + (<usize>(s & ~3) << 3)
  for (let p = sums; p < even; p += 32) {
    const a = v128.load(p)
    const b = v128.load(p, 16)
    total = f64x2.add(total, a)
    total2 = f64x2.add(total2, b)
    squares = f64x2.add(squares, f64x2.mul(a, a))
    squares2 = f64x2.add(squares2, f64x2.mul(b, b))
  }
  total = f64x2.add(total, total2)
  squares = f64x2.add(squares, squares2)
  const n = <f64>(s & ~3)
  const mean = (f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1)) / n
  const variance = (f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)) / n - mean * mean
  const deviation = variance > 0 ? Math.sqrt(variance) : 0
  let found: u32 = 0
  for (let attempt = 0; attempt < 2 && found <= depth; ++attempt, distance *= 0.5) {
    found = copyBelow(sums, s, mean - distance * deviation, to)
  }
  return found
}

/** Copies the sums ≤ threshold; returns their number. */
function copyBelow(sums: usize, s: u32, threshold: f64, to: usize): u32 {
  const limit = f64x2.splat(threshold)
  const start = to
  const end = sums + (<usize>s << 3)
  const even = sums + (<usize>(s & ~3) << 3)
  let from = sums
  for (; from < even; from += 32) {
    const a = f64x2.le(v128.load(from), limit)
    const b = f64x2.le(v128.load(from, 16), limit)
    if (!v128.any_true(v128.or(a, b))) continue
    // Written whether kept or not, and kept by moving on: no branch to mispredict.
    for (let lane: usize = 0; lane < 32; lane += 8) to = keep(from + lane, threshold, to)
  }
  for (; from < end; from += 8) to = keep(from, threshold, to)
  return <u32>((to - start) >> 3)
}

@inline
function keep(from: usize, threshold: f64, to: usize): usize {
  const value = load<f64>(from)
  store<f64>(to, value)
  return to + (<usize>i32(value <= threshold) << 3)
}

/** Orders values so that the `depth` lowest come first, in any order, and returns the next one (Hoare's quickselect). */
function quickselect(values: usize, count: u32, depth: u32): f64 {
  const wanted = values + (<usize>depth << 3)
  let low = values
  let high = values + (<usize>count << 3)
  while (true) {
    const pivot = middle(load<f64>(low), load<f64>(low + ((high - low) >> 4 << 3)), load<f64>(high - 8))
    const below = partition(low, high, pivot, false)
    if (wanted < below) {
      high = below
      continue
    }
    // Equal ones stand together: a book without positions has nothing but zeros.
    const above = partition(below, high, pivot, true)
    if (wanted < above) return pivot
    low = above
  }
}

@inline
function middle(a: f64, b: f64, c: f64): f64 {
  return max<f64>(min<f64>(a, b), min<f64>(max<f64>(a, b), c))
}

/** Moves what is less than the pivot, or as great with `inclusive`, to the front; returns where the rest begins. No branch. */
@inline
function partition(low: usize, high: usize, pivot: f64, inclusive: bool): usize {
  let front = low
  for (let p = low; p < high; p += 8) {
    const value = load<f64>(p)
    const other = load<f64>(front)
    const moves = inclusive ? value <= pivot : value < pivot
    store<f64>(p, select<f64>(other, value, moves))
    store<f64>(front, select<f64>(value, other, moves))
    front += <usize>i32(moves) << 3
  }
  return front
}
