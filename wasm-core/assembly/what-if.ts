/**
 * One book that does not exist yet, in one call: prices, risk arrays, Greeks, and its worst scenario.
 * The scenarios are checked and packed beforehand, so that a question costs what its instruments cost.
 */

import { checkInstruments } from "./instrument"
import { add, mul, splat } from "./lane"
import { at, fits, layOutWhatIf, openWhatIf, reserve, Resident, rowLength, WhatIf, whatIfEnd } from "./layout"
import { largestOf, tableRow } from "./resident"
import { priceRows } from "./risk-array"
import { checkScenarios, packScenarios } from "./scenario"
import { EXACT_LIMIT, fault, isExactInteger, LOTS_INVALID, OK, SIZE_OUT_OF_RANGE, SUM_OUT_OF_RANGE } from "./status"

/** USD a whole tick stands for. */
let tick: f64 = 0

/** Room for as many instruments as the table has rows; a resident block with one book row has to be open. */
export function reserveWhatIf(): i32 {
  const status = layOutWhatIf(<u32>at(Resident.INSTRUMENTS), <u32>at(Resident.SCENARIOS))
  return status == OK ? reserve() : status
}

/** Checks and packs the scenarios in the block. Holds until another block takes its place. */
export function prepareWhatIf<V>(size: f64): i32 {
  const room = <u32>at(Resident.INSTRUMENTS)
  const s = <u32>at(Resident.SCENARIOS)
  let status = layOutWhatIf(room, s)
  if (status == OK && (!fits() || at(Resident.ROW_CAPACITY) == 0)) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = checkScenarios(s, size)
  if (status != OK) return status
  packScenarios<V>(s, size)
  tick = size
  openWhatIf(room)
  return OK
}

/** Fills the values, Greeks and risk arrays of n instruments, the sums of their lots, and the worst of book row 0. */
export function askWhatIf<V>(n: u32): i32 {
  if (n >= whatIfEnd) return SIZE_OUT_OF_RANGE
  const s = <u32>at(Resident.SCENARIOS)
  let status = checkInstruments(n)
  for (let i: u32 = 0; status == OK && i < n; ++i) if (!isExactInteger(lotsOf(i))) status = fault(LOTS_INVALID, i)
  if (status == OK) status = priceRows<V>(0, n, s, tick, true)
  if (status != OK) return status
  let bound: f64 = 0
  for (let i: u32 = 0; i < n; ++i) bound += abs(lotsOf(i)) * largestOf(i)
  if (!(bound <= EXACT_LIMIT)) return fault(SUM_OUT_OF_RANGE, 0)
  addUp<V>(n, s)
  return OK
}

@inline
function lotsOf(i: u32): f64 {
  return load<f64>(at(WhatIf.LOTS) + (<usize>i << 3))
}

function addUp<V>(n: u32, s: u32): void {
  const sums = at(WhatIf.SUMS)
  const rowBytes = <usize>rowLength(s) << 3
  const table = tableRow(0)
  for (let offset: usize = 0; offset < rowBytes; offset += 2 * sizeof<V>()) {
    let a = splat<V>(0)
    let b = splat<V>(0)
    for (let i: u32 = 0; i < n; ++i) {
      const risk = table + <usize>i * rowBytes + offset
      const lots = splat<V>(lotsOf(i))
      a = add<V>(a, mul<V>(lots, load<V>(risk)))
      b = add<V>(b, mul<V>(lots, load<V>(risk, sizeof<V>())))
    }
    store<V>(sums + offset, a)
    store<V>(sums + offset, b, sizeof<V>())
  }
  let worst: f64 = Infinity
  let scenario: u32 = 0
  for (let j: u32 = 0; j < s; ++j) {
    const sum = load<f64>(sums + (<usize>j << 3))
    if (!(sum < worst)) continue
    worst = sum
    scenario = j
  }
  store<f64>(at(Resident.WORST_PNL), worst)
  store<u32>(at(Resident.WORST_SCENARIO), scenario)
}
