/**
 * Books under stress: positions add up to groups, groups are valued after each scenario, weighted and added to risk units,
 * units to books. What comes out is which scenario is the worst; a host that wants exact amounts adds up that one again.
 */

import { add, div, greater, lanes, lesser, magnitude, mul, splat, sub } from "./lane"
import { at, fits, layOutStress, rowLength, Stress } from "./layout"
import { fault, INSTRUMENT_INDEX_INVALID, isFinite, OK, ROW_START_INVALID, SIZE_OUT_OF_RANGE, SUM_OUT_OF_RANGE } from "./status"
import { shortfallOfBooks } from "./weighted-tail"

/** What a group's value after a scenario goes through, as bits of its `kind`. */
const DISCOUNTED: u8 = 1
const TWO_SIDED: u8 = 2

/**
 * Fills `unitPnl`, the worst scenario of each unit, and of each book the scenario in which its units lose most together.
 * `faultIndex` names the position, group, unit or book a failure is about.
 */
export function stressBooks<V>(
  n: u32, columns: u32, s: u32, positions: u32, groups: u32, units: u32, books: u32, settlements: u32,
  tail: u32, markColumn: u32, offset: f64, cap: f64, tailColumn: u32, mass: f64,
): i32 {
  let status = layOutStress(n, columns, s, positions, groups, units, books, settlements, tail)
  if (status == OK && (!fits() || s > columns || markColumn >= columns)) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = checkStarts(at(Stress.GROUP_START), groups, positions)
  if (status == OK) status = checkStarts(at(Stress.UNIT_START), units, groups)
  if (status == OK) status = checkStarts(at(Stress.BOOK_START), books, units)
  if (status == OK) status = checkIndices(at(Stress.INSTRUMENT), positions, n)
  if (status == OK && settlements > 0) status = checkIndices(at(Stress.SETTLEMENT), units, settlements)
  if (status != OK) return status
  // One lane may reach past s; what it computes is never looked at, but it must not be a signal of its own.
  const rowBytes = <usize>rowLength(s) << 3
  for (let unit: u32 = 0; unit < units; ++unit) {
    const out = at(Stress.UNIT_PNL) + <usize>unit * rowBytes
    memory.fill(out, 0, rowBytes)
    const end = start(Stress.UNIT_START, unit + 1)
    let divisor: usize = 0
    if (settlements > 0) divisor = at(Stress.DIVISOR) + <usize>start(Stress.SETTLEMENT, unit) * rowBytes
    for (let group = start(Stress.UNIT_START, unit); group < end; ++group)
      addGroup<V>(group, out, columns, s, markColumn, divisor)
    status = finishUnit<V>(unit, out, s)
    if (status != OK) return status
  }
  for (let book: u32 = 0; book < books; ++book) {
    status = finishBook<V>(book, s, rowBytes, offset, cap)
    if (status != OK) return status
  }
  return tail == 0 ? OK : shortfallOfBooks<V>(columns, books, tailColumn, tail, mass)
}

@inline
function start(column: usize, index: u32): u32 {
  return load<u32>(at(column) + (<usize>index << 2))
}

function checkStarts(column: usize, count: u32, most: u32): i32 {
  let previous: u32 = 0
  for (let i: u32 = 0; i <= count; ++i) {
    const each = load<u32>(column + (<usize>i << 2))
    if (each < previous || each > most || (i == 0 && each != 0)) return fault(ROW_START_INVALID, i)
    previous = each
  }
  return previous == most ? OK : fault(ROW_START_INVALID, count)
}

function checkIndices(column: usize, count: u32, end: u32): i32 {
  for (let i: u32 = 0; i < count; ++i)
    if (load<u32>(column + (<usize>i << 2)) >= end) return fault(INSTRUMENT_INDEX_INVALID, i)
  return OK
}

/** Adds one group's counted P&L of every scenario to its unit's row. */
function addGroup<V>(group: u32, out: usize, columns: u32, s: u32, markColumn: u32, divisor: usize): void {
  const first = start(Stress.GROUP_START, group)
  const end = start(Stress.GROUP_START, group + 1)
  const table = at(Stress.TABLE)
  const instruments = at(Stress.INSTRUMENT)
  const lots = at(Stress.LOTS)
  const tableRow = <usize>rowLength(columns) << 3
  const kind = load<u8>(at(Stress.KIND) + group)
  const valued = (kind & DISCOUNTED) != 0 || divisor != 0
  let mark: f64 = 0
  if (valued) {
    for (let p = first; p < end; ++p) {
      const row = table + <usize>load<u32>(instruments + (<usize>p << 2)) * tableRow
      mark += load<f64>(lots + (<usize>p << 3)) * load<f64>(row + (<usize>markColumn << 3))
    }
  }
  const owned = splat<V>(load<f64>(at(Stress.OWNED) + (<usize>group << 3)))
  const owed = splat<V>(load<f64>(at(Stress.OWED) + (<usize>group << 3)))
  const before = splat<V>(mark)
  const weights = at(Stress.WEIGHT)
  const rotations = at(Stress.ROTATION)
  const zero = splat<V>(0)
  for (let j: u32 = 0; j < s; j += lanes<V>()) {
    const offset = <usize>j << 3
    let change = zero
    for (let p = first; p < end; ++p) {
      const row = table + <usize>load<u32>(instruments + (<usize>p << 2)) * tableRow
      change = add<V>(change, mul<V>(splat<V>(load<f64>(lots + (<usize>p << 3))), load<V>(row + offset)))
    }
    if (valued) {
      const after = add<V>(before, change)
      let paid = add<V>(mul<V>(greater<V>(after, zero), owned), mul<V>(lesser<V>(after, zero), owed))
      if (divisor != 0) paid = div<V>(paid, load<V>(divisor + offset))
      change = sub<V>(paid, before)
    }
    if (kind & TWO_SIDED) {
      // In a rotation every change counts as a loss: c − (c + |c|) is −|c|, exactly.
      change = sub<V>(change, mul<V>(load<V>(rotations + offset), add<V>(change, magnitude<V>(change))))
    }
    store<V>(out + offset, add<V>(load<V>(out + offset), mul<V>(change, load<V>(weights + offset))))
  }
}

/** Moves a unit's P&L towards 0 by the dampeners and notes the first of the lowest. */
function finishUnit<V>(unit: u32, out: usize, s: u32): i32 {
  const dampeners = at(Stress.DAMPENER)
  const zero = splat<V>(0)
  for (let j: u32 = 0; j < s; j += lanes<V>()) {
    const offset = <usize>j << 3
    const pnl = load<V>(out + offset)
    const by = load<V>(dampeners + offset)
    const gain = greater<V>(sub<V>(greater<V>(pnl, zero), by), zero)
    const loss = lesser<V>(add<V>(lesser<V>(pnl, zero), by), zero)
    store<V>(out + offset, add<V>(gain, loss))
  }
  let worst = Infinity
  let scenario: u32 = 0
  for (let j: u32 = 0; j < s; ++j) {
    const pnl = load<f64>(out + (<usize>j << 3))
    if (!isFinite(pnl)) return fault(SUM_OUT_OF_RANGE, unit)
    if (pnl < worst) {
      worst = pnl
      scenario = j
    }
  }
  store<f64>(at(Stress.WORST_PNL) + (<usize>unit << 3), worst)
  store<u32>(at(Stress.WORST_SCENARIO) + (<usize>unit << 2), scenario)
  return OK
}

/** max over scenarios of Σ units (loss − min(offset · gain, cap)), ≥ 0, and the first scenario that gives it. */
function finishBook<V>(book: u32, s: u32, rowBytes: usize, offset: f64, cap: f64): i32 {
  const joint = at(Stress.JOINT)
  const zero = splat<V>(0)
  memory.fill(joint, 0, rowBytes)
  const end = start(Stress.BOOK_START, book + 1)
  for (let unit = start(Stress.BOOK_START, book); unit < end; ++unit) {
    const row = at(Stress.UNIT_PNL) + <usize>unit * rowBytes
    for (let j: u32 = 0; j < s; j += lanes<V>()) {
      const place = <usize>j << 3
      const pnl = load<V>(row + place)
      const credit = lesser<V>(mul<V>(greater<V>(pnl, zero), splat<V>(offset)), splat<V>(cap))
      store<V>(joint + place, sub<V>(sub<V>(load<V>(joint + place), lesser<V>(pnl, zero)), credit))
    }
  }
  let worst: f64 = 0
  let scenario: u32 = 0
  for (let j: u32 = 0; j < s; ++j) {
    const loss = load<f64>(joint + (<usize>j << 3))
    if (!isFinite(loss)) return fault(SUM_OUT_OF_RANGE, book)
    if (loss > worst) {
      worst = loss
      scenario = j
    }
  }
  store<f64>(at(Stress.JOINT_LOSS) + (<usize>book << 3), worst)
  store<u32>(at(Stress.JOINT_SCENARIO) + (<usize>book << 2), scenario)
  return OK
}
