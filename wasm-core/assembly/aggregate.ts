/**
 * Portfolio aggregation: compressed sparse rows of lots times the dense risk arrays, then the worst scenario of each row.
 * Whole lots × whole ticks below 2^53 add exactly in any order, so the result is an integer, not an approximation.
 */

import { add, firstEqual, lanes, least, lesser, mul, splat } from "./lane"
import { at, Book, fits, layOutBooks, rowLength } from "./layout"
import {
  EXACT_LIMIT, fault, INSTRUMENT_INDEX_INVALID, isExactInteger, LOTS_INVALID, OK, RISK_ARRAY_INVALID,
  ROW_START_INVALID, SIZE_OUT_OF_RANGE, SUM_OUT_OF_RANGE,
} from "./status"

/**
 * Fills `worstPnl` and `worstScenario`, and with `keep` also `sums`, one line a row.
 * `faultIndex` names the table row, position or book row a failure is about.
 */
export function aggregateBooks<V>(n: u32, s: u32, rows: u32, positions: u32, keep: bool): i32 {
  let status = layOutBooks(n, s, rows, positions, keep)
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = prepareTable(n, s)
  if (status == OK) status = checkRowStarts(rows, positions)
  for (let row: u32 = 0; status == OK && row < rows; ++row) {
    const first = rowStart(row)
    const end = rowStart(row + 1)
    status = checkPositions(row, first, end, n)
    if (status == OK) aggregateRow<V>(row, first, end, s, at(Book.SUMS) + (keep ? <usize>row * (<usize>rowLength(s) << 3) : 0))
  }
  return status
}

@inline
function rowStart(row: u32): u32 {
  return load<u32>(at(Book.ROW_START) + (<usize>row << 2))
}

/** Checks the risk arrays, notes each row's largest |tick| and fills rows up to whole tiles with their first scenario. */
function prepareTable(n: u32, s: u32): i32 {
  const length = rowLength(s)
  for (let i: u32 = 0; i < n; ++i) {
    const row = at(Book.TABLE) + <usize>i * (<usize>length << 3)
    let largest: f64 = 0
    for (let j: u32 = 0; j < s; ++j) {
      const ticks = load<f64>(row + (<usize>j << 3))
      if (!isExactInteger(ticks)) return fault(RISK_ARRAY_INVALID, i)
      largest = max<f64>(largest, abs(ticks))
    }
    // A repeated scenario never wins: it ties with scenario 0, and the first index is reported.
    for (let j = s; j < length; ++j) store<f64>(row + (<usize>j << 3), load<f64>(row))
    store<f64>(at(Book.LARGEST) + (<usize>i << 3), largest)
  }
  return OK
}

function checkRowStarts(rows: u32, positions: u32): i32 {
  let previous: u32 = 0
  for (let row: u32 = 0; row <= rows; ++row) {
    const start = rowStart(row)
    if (start < previous || start > positions || (row == 0 && start != 0)) return fault(ROW_START_INVALID, row)
    previous = start
  }
  return previous == positions ? OK : fault(ROW_START_INVALID, rows)
}

/**
 * Bounds Σ |lots| · largest |tick| below 2^53. No partial sum in any order can then leave the exact integers,
 * and the verdict itself does not depend on the order either.
 */
function checkPositions(row: u32, first: u32, end: u32, n: u32): i32 {
  const instruments = at(Book.INSTRUMENT)
  const lots = at(Book.LOTS)
  const largest = at(Book.LARGEST)
  let bound: f64 = 0
  for (let p = first; p < end; ++p) {
    const instrument = load<u32>(instruments + (<usize>p << 2))
    if (instrument >= n) return fault(INSTRUMENT_INDEX_INVALID, p)
    const quantity = load<f64>(lots + (<usize>p << 3))
    if (!isExactInteger(quantity)) return fault(LOTS_INVALID, p)
    bound += abs(quantity) * load<f64>(largest + (<usize>instrument << 3))
  }
  return bound <= EXACT_LIMIT ? OK : fault(SUM_OUT_OF_RANGE, row)
}

/** Four accumulators a tile: eight scenarios in f64x2, and more would spill. */
function aggregateRow<V>(row: u32, first: u32, end: u32, s: u32, sums: usize): void {
  const rowBytes = <usize>rowLength(s) << 3
  const table = at(Book.TABLE)
  const instruments = at(Book.INSTRUMENT)
  const lots = at(Book.LOTS)
  let lowest = splat<V>(Infinity)
  for (let tile: usize = 0; tile < rowBytes; tile += 4 * sizeof<V>()) {
    let a = splat<V>(0)
    let b = splat<V>(0)
    let c = splat<V>(0)
    let d = splat<V>(0)
    for (let p = first; p < end; ++p) {
      const quantity = splat<V>(load<f64>(lots + (<usize>p << 3)))
      const risk = table + tile + <usize>load<u32>(instruments + (<usize>p << 2)) * rowBytes
      a = add<V>(a, mul<V>(quantity, load<V>(risk)))
      b = add<V>(b, mul<V>(quantity, load<V>(risk + sizeof<V>())))
      c = add<V>(c, mul<V>(quantity, load<V>(risk + 2 * sizeof<V>())))
      d = add<V>(d, mul<V>(quantity, load<V>(risk + 3 * sizeof<V>())))
    }
    store<V>(sums + tile, a)
    store<V>(sums + tile + sizeof<V>(), b)
    store<V>(sums + tile + 2 * sizeof<V>(), c)
    store<V>(sums + tile + 3 * sizeof<V>(), d)
    lowest = lesser<V>(lowest, lesser<V>(lesser<V>(a, b), lesser<V>(c, d)))
  }
  const worst = least<V>(lowest)
  store<f64>(at(Book.WORST_PNL) + (<usize>row << 3), worst)
  store<u32>(at(Book.WORST_SCENARIO) + (<usize>row << 2), firstAt<V>(sums, worst))
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
