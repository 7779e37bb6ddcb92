/**
 * Portfolio aggregation over the resident block: lots times risk arrays, then the worst scenario of each book row.
 * Whole lots × whole ticks below 2^53 add exactly in any order, so the result is an integer, not an approximation.
 */

import { at, fits, layOutSums, Resident, rowLength, Sums } from "./layout"
import { grossLots, largestOf, largestTick, rowStart, WIDE } from "./resident"
import { EXACT_LIMIT, fault, OK, RISK_ARRAY_INVALID, SIZE_OUT_OF_RANGE, SUM_OUT_OF_RANGE } from "./status"
import { lotsOf, stride, sumOf, tile, TILE, TILE_BYTES } from "./tile"

/**
 * Fills `worstPnl` and `worstScenario` of the book rows first … end − 1. `faultIndex` names the row a failure is about.
 * V is v128, or f64 for the twin.
 */
export function worstOfRows<V>(first: u32, end: u32, thread: u32): i32 {
  const status = checkRows(first, end, thread, 1)
  if (status != OK) return status
  const table = at(Resident.TABLE)
  const rowBytes = <usize>rowLength(<u32>at(Resident.SCENARIOS)) << 3
  const base = at(Resident.POSITIONS)
  const starts = at(Resident.ROW_START)
  let pnl = at(Resident.WORST_PNL) + (<usize>first << 3)
  let scenario = at(Resident.WORST_SCENARIO) + (<usize>first << 2)
  let mark = rowStart(first)
  for (let row = first; row < end; ++row, pnl += 8, scenario += 4) {
    const next = load<u32>(starts + (<usize>row << 2), 4)
    const from = base + (<usize>(mark & ~WIDE) << 2)
    const to = base + (<usize>(next & ~WIDE) << 2)
    if ((mark & WIDE) == 0) worstOfRow<V, u16>(from, to, table, rowBytes, pnl, scenario)
    else worstOfRow<V, u32>(from, to, table, rowBytes, pnl, scenario)
    mark = next
  }
  return OK
}

@inline
function worstOfRow<V, P>(first: usize, end: usize, table: usize, rowBytes: usize, pnl: usize, scenario: usize): void {
  if (isVector<V>()) {
    tile<P>(first, end, table, rowBytes, false, 0, pnl, scenario, 0)
    for (let column = TILE; (<usize>column << 3) < rowBytes; column += TILE) {
      tile<P>(first, end, table + (<usize>column << 3), rowBytes, false, 0, pnl, scenario, column)
    }
    return
  }
  let worst: f64 = Infinity
  for (let column: u32 = 0; (<usize>column << 3) < rowBytes; ++column) {
    const sum = sumOf<P>(first, end, table + (<usize>column << 3), rowBytes)
    if (!(sum < worst)) continue
    worst = sum
    store<f64>(pnl, sum)
    store<u32>(scenario, column)
  }
}

/** Fills `sums`, one line a row, with the sum of every scenario. */
export function sumsOfRows<V>(first: u32, end: u32): i32 {
  let status = checkRows(first, end, 0, 1)
  const s = <u32>at(Resident.SCENARIOS)
  if (status == OK) status = layOutSums(end - first, s)
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status != OK) return status
  const rowBytes = <usize>rowLength(s) << 3
  let sums = at(Sums.SUMS)
  for (let row = first; row < end; ++row, sums += rowBytes) sumRow<V>(row, sums)
  return OK
}

/** Writes the sums of one row, filled up to whole tiles. */
export function sumRow<V>(row: u32, sums: usize): void {
  const mark = rowStart(row)
  const base = at(Resident.POSITIONS)
  const first = base + (<usize>(mark & ~WIDE) << 2)
  const end = base + (<usize>(rowStart(row + 1) & ~WIDE) << 2)
  if ((mark & WIDE) == 0) sumPositions<V, u16>(first, end, sums)
  else sumPositions<V, u32>(first, end, sums)
}

@inline
function sumPositions<V, P>(first: usize, end: usize, sums: usize): void {
  const table = at(Resident.TABLE)
  const rowBytes = <usize>rowLength(<u32>at(Resident.SCENARIOS)) << 3
  if (isVector<V>()) {
    for (let offset: usize = 0; offset < rowBytes; offset += TILE_BYTES) {
      tile<P>(first, end, table + offset, rowBytes, true, sums + offset, 0, 0, 0)
    }
  } else {
    for (let offset: usize = 0; offset < rowBytes; offset += 8) {
      store<f64>(sums + offset, sumOf<P>(first, end, table + offset, rowBytes))
    }
  }
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
  const first = base + (<usize>(mark & ~WIDE) << 2)
  const end = base + (<usize>(rowStart(row + 1) & ~WIDE) << 2)
  return (mark & WIDE) == 0 ? checkPositions<u16>(row, first, end, depth) : checkPositions<u32>(row, first, end, depth)
}

@inline
function checkPositions<P>(row: u32, first: usize, end: usize, depth: f64): i32 {
  let bound: f64 = 0
  for (let p = first; p < end; p += stride<P>()) {
    const instrument = <u32>load<P>(p)
    const largest = largestOf(instrument)
    if (isNaN(largest)) return fault(RISK_ARRAY_INVALID, instrument)
    bound += abs(lotsOf<P>(p)) * largest
  }
  return bound * depth <= EXACT_LIMIT ? OK : fault(SUM_OUT_OF_RANGE, row)
}
