/**
 * Portfolio aggregation over the resident block: lots times risk arrays, then the worst scenario of each book row.
 * Whole lots × whole ticks below 2^53 add exactly in any order, so the result is an integer, not an approximation.
 */

import { add, firstEqual, lanes, least, lesser, mul, splat } from "./lane"
import { at, fits, layOutSums, Resident, rowLength, Sums } from "./layout"
import { grossLots, largestOf, largestTick, rowStart, tableRow, WIDE } from "./resident"
import { EXACT_LIMIT, fault, OK, RISK_ARRAY_INVALID, SIZE_OUT_OF_RANGE, SUM_OUT_OF_RANGE } from "./status"

/** Fills `worstPnl` and `worstScenario` of the book rows first … end − 1. `faultIndex` names the row a failure is about. */
export function worstOfRows<V>(first: u32, end: u32, thread: u32): i32 {
  const status = checkRows(first, end, thread, 1)
  if (status != OK) return status
  const s = <u32>at(Resident.SCENARIOS)
  const sums = workspace(thread)
  for (let row = first; row < end; ++row) {
    const worst = sumRow<V>(row, sums, s)
    store<f64>(at(Resident.WORST_PNL) + (<usize>row << 3), worst)
    store<u32>(at(Resident.WORST_SCENARIO) + (<usize>row << 2), firstAt<V>(sums, worst))
  }
  return OK
}

/** Fills `sums`, one line a row, with the sum of every scenario. */
export function sumsOfRows<V>(first: u32, end: u32): i32 {
  let status = checkRows(first, end, 0, 1)
  const s = <u32>at(Resident.SCENARIOS)
  if (status == OK) status = layOutSums(end - first, s)
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status != OK) return status
  const length = <usize>rowLength(s) << 3
  for (let row = first; row < end; ++row) sumRow<V>(row, at(Sums.SUMS) + <usize>(row - first) * length, s)
  return OK
}

/** Room for 2 × row(s) numbers that belong to one thread. */
@inline
export function workspace(thread: u32): usize {
  return at(Resident.WORKSPACE) + (<usize>thread << 4) * <usize>rowLength(<u32>at(Resident.SCENARIOS))
}

/**
 * Whether the rows exist and no sum of theirs, of `depth` scenarios together, can leave the exact integers.
 * One product decides for nearly every table and book; only where it does not, row by row is looked at.
 */
export function checkRows(first: u32, end: u32, thread: u32, depth: f64): i32 {
  if (first > end || end > <u32>at(Resident.ROWS) || thread >= <u32>at(Resident.THREADS)) return SIZE_OUT_OF_RANGE
  if (grossLots() * largestTick() * depth <= EXACT_LIMIT) return OK
  let status = OK
  for (let row = first; status == OK && row < end; ++row) status = checkRow(row, depth)
  return status
}

/**
 * Bounds Σ |lots| · largest |tick| below 2^53. No partial sum in any order can then leave the exact integers,
 * and the verdict itself does not depend on the order either.
 */
function checkRow(row: u32, depth: f64): i32 {
  const mark = rowStart(row)
  const base = at(Resident.POSITIONS)
  const end = base + (<usize>(rowStart(row + 1) & ~WIDE) << 2)
  let p = base + (<usize>(mark & ~WIDE) << 2)
  let bound: f64 = 0
  while (p < end) {
    const instrument = (mark & WIDE) != 0 ? load<u32>(p) : <u32>load<u16>(p)
    const lots = (mark & WIDE) != 0 ? load<f64>(p, 4) : <f64>load<i16>(p, 2)
    p += (mark & WIDE) != 0 ? 12 : 4
    const largest = largestOf(instrument)
    if (isNaN(largest)) return fault(RISK_ARRAY_INVALID, instrument)
    bound += abs(lots) * largest
  }
  return bound * depth <= EXACT_LIMIT ? OK : fault(SUM_OUT_OF_RANGE, row)
}

/** Writes the row's sums, filled up to whole tiles, and returns the least. Four accumulators a tile: more would spill. */
@inline
export function sumRow<V>(row: u32, sums: usize, s: u32): f64 {
  const mark = rowStart(row)
  const base = at(Resident.POSITIONS)
  const first = base + (<usize>(mark & ~WIDE) << 2)
  const end = base + (<usize>(rowStart(row + 1) & ~WIDE) << 2)
  return (mark & WIDE) == 0 ? sumCompact<V>(first, end, sums, s) : sumWide<V>(first, end, sums, s)
}

@inline
function sumCompact<V>(first: usize, end: usize, sums: usize, s: u32): f64 {
  const rowBytes = <usize>rowLength(s) << 3
  const table = at(Resident.TABLE)
  let lowest = splat<V>(Infinity)
  for (let tile: usize = 0; tile < rowBytes; tile += 64) {
    let lane: usize = 0
    // The twin holds four f64 where SIMD holds eight: two turns a tile.
    for (; lane < 64; lane += 4 * sizeof<V>()) {
      let a = splat<V>(0)
      let b = splat<V>(0)
      let c = splat<V>(0)
      let d = splat<V>(0)
      for (let p = first; p < end; p += 4) {
        const quantity = splat<V>(<f64>load<i16>(p, 2))
        const risk = table + tile + lane + <usize>load<u16>(p) * rowBytes
        a = add<V>(a, mul<V>(quantity, load<V>(risk)))
        b = add<V>(b, mul<V>(quantity, load<V>(risk + sizeof<V>())))
        c = add<V>(c, mul<V>(quantity, load<V>(risk + 2 * sizeof<V>())))
        d = add<V>(d, mul<V>(quantity, load<V>(risk + 3 * sizeof<V>())))
      }
      const to = sums + tile + lane
      store<V>(to, a)
      store<V>(to + sizeof<V>(), b)
      store<V>(to + 2 * sizeof<V>(), c)
      store<V>(to + 3 * sizeof<V>(), d)
      lowest = lesser<V>(lowest, lesser<V>(lesser<V>(a, b), lesser<V>(c, d)))
    }
  }
  return least<V>(lowest)
}

function sumWide<V>(first: usize, end: usize, sums: usize, s: u32): f64 {
  const rowBytes = <usize>rowLength(s) << 3
  const table = at(Resident.TABLE)
  let lowest = splat<V>(Infinity)
  for (let column: usize = 0; column < rowBytes; column += 2 * sizeof<V>()) {
    let a = splat<V>(0)
    let b = splat<V>(0)
    for (let p = first; p < end; p += 12) {
      const quantity = splat<V>(load<f64>(p, 4))
      const risk = table + column + <usize>load<u32>(p) * rowBytes
      a = add<V>(a, mul<V>(quantity, load<V>(risk)))
      b = add<V>(b, mul<V>(quantity, load<V>(risk + sizeof<V>())))
    }
    store<V>(sums + column, a)
    store<V>(sums + column + sizeof<V>(), b)
    lowest = lesser<V>(lowest, lesser<V>(a, b))
  }
  return least<V>(lowest)
}

/** Index of the first sum equal to `worst`, which is one of them. */
@inline
function firstAt<V>(sums: usize, worst: f64): u32 {
  let index: u32 = 0
  let lane = lanes<V>()
  while (lane == lanes<V>()) {
    lane = firstEqual<V>(load<V>(sums + (<usize>index << 3)), splat<V>(worst))
    index += lane
  }
  return index
}
