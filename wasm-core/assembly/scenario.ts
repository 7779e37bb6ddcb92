/**
 * Scenarios, checked and packed into the stream the inner loop reads front to back.
 * Everything that does not depend on the instrument (logarithms, reciprocals, weight / tick) is computed here once.
 *
 *   group   ┌ timeRoll f64 ┬ shifted u32 ┬ first u32 ┬ end u32 ┬ column u32 ┐  32 B; equal time roll and formula
 *
 *   record, one lane a scenario, 6 × sizeof<V>:
 *     relative  ┌ 1/f ┬ ln(1+m)/f ┬ f/2   ┬ 1+m ┬ weight/tick ┬ offset ┐   σ′ = σ·f
 *     shifted   ┌ f   ┬ ln(1+m)   ┬ shift ┬ 1+m ┬ weight/tick ┬ offset ┐   σ′ = max(σ·f + shift, 0)
 *   offset: the scenario's byte offset in a row, u32. A group is filled up to whole records by repeating its last
 *   scenario, which writes the same number to the same place twice.
 *   column: offset of the first scenario where the group's records lie next to each other in a row, else SCATTERED.
 */

import { lanes } from "./lane"
import { at, Risk } from "./layout"
import { fillNodes } from "./normal"
import {
  fault, isFinite, isNonNegative, isPositive, OK, PRICE_MOVE_INVALID, TICK_INVALID, TIME_ROLL_INVALID,
  VOLATILITY_FACTOR_INVALID, VOLATILITY_SHIFT_INVALID, WEIGHT_INVALID,
} from "./status"

@unmanaged
export class Group {
  timeRoll: f64
  shifted: u32
  /** Address of the first record. */
  first: u32
  /** Address after the last record. */
  end: u32
  column: u32
}

export const SCATTERED: usize = 0xffffffff

@inline
export function recordBytes<V>(): usize {
  return 6 * sizeof<V>()
}

/** How many groups `packScenarios` made. */
export let groupCount: u32 = 0

@inline
export function groupAt(index: u32): Group {
  return changetype<Group>(at(Risk.GROUPS) + (<usize>index << 5))
}

@inline
export function priceMoveOf(j: u32): f64 {
  return load<f64>(at(Risk.PRICE_MOVE) + (<usize>j << 3))
}

@inline
export function timeRollOf(j: u32): f64 {
  return load<f64>(at(Risk.TIME_ROLL) + (<usize>j << 3))
}

@inline
export function weightOf(j: u32): f64 {
  return load<f64>(at(Risk.WEIGHT) + (<usize>j << 3))
}

@inline
function factorOf(j: u32): f64 {
  return load<f64>(at(Risk.VOLATILITY_FACTOR) + (<usize>j << 3))
}

@inline
function shiftOf(j: u32): f64 {
  return load<f64>(at(Risk.VOLATILITY_SHIFT) + (<usize>j << 3))
}

export function checkScenarios(s: u32, tick: f64): i32 {
  if (!isPositive(tick)) return fault(TICK_INVALID, 0)
  for (let j: u32 = 0; j < s; ++j) {
    const move = priceMoveOf(j)
    if (!(move > -1 && move < Infinity)) return fault(PRICE_MOVE_INVALID, j)
    if (!isNonNegative(factorOf(j))) return fault(VOLATILITY_FACTOR_INVALID, j)
    if (!isFinite(shiftOf(j))) return fault(VOLATILITY_SHIFT_INVALID, j)
    if (!isNonNegative(timeRollOf(j))) return fault(TIME_ROLL_INVALID, j)
    if (!isNonNegative(weightOf(j))) return fault(WEIGHT_INVALID, j)
  }
  return OK
}

/** Whether σ′ needs a division per cell: 1/(σ·f) splits only without a shift, and 1/f must stay harmless. */
@inline
function isShifted(j: u32): bool {
  const factor = factorOf(j)
  return shiftOf(j) != 0 || factor < 0.0009765625 || factor > 1024
}

/** A scenario's formula depends on the scenario alone, so its bits do not depend on which others are in the batch. */
export function packScenarios<V>(s: u32, tick: f64): void {
  fillNodes()
  const packed = at(Risk.PACKED)
  let record = at(Risk.STREAM)
  memory.fill(packed, 0, s)
  groupCount = 0
  for (let leader: u32 = 0; leader < s; ++leader) {
    if (load<u8>(packed + leader)) continue
    const group = groupAt(groupCount++)
    const timeRoll = timeRollOf(leader)
    const shifted = isShifted(leader)
    group.timeRoll = timeRoll
    group.shifted = shifted
    group.first = <u32>record
    let count: u32 = 0
    let last = leader
    for (let j = leader; j < s; ++j) {
      if (load<u8>(packed + j) || timeRollOf(j) != timeRoll || isShifted(j) != shifted) continue
      store<u8>(packed + j, 1)
      writeScenario<V>(record, count++, j, shifted, tick)
      last = j
    }
    const adjacent = last + 1 - leader == count
    const room = lanes<V>()
    // Repeats behind the last scenario must not reach another group's columns, nor the end of the row.
    group.column = adjacent && (count % room == 0 || (last + 1 == s && leader % room == 0)) ? leader << 3 : <u32>SCATTERED
    while (count % room != 0) writeScenario<V>(record, count++, last, shifted, tick)
    record += <usize>(count / room) * recordBytes<V>()
    group.end = <u32>record
  }
}

/** Writes scenario j as the n-th of the group whose records begin at `first`. */
function writeScenario<V>(first: usize, n: u32, j: u32, shifted: bool, tick: f64): void {
  const room = lanes<V>()
  const record = first + <usize>(n / room) * recordBytes<V>()
  const lane = n % room
  const field = record + (<usize>lane << 3)
  const move = priceMoveOf(j)
  const factor = factorOf(j)
  const logMove = Math.log1p(move)
  store<f64>(field, shifted ? factor : 1 / factor)
  store<f64>(field + sizeof<V>(), shifted ? logMove : logMove * (1 / factor))
  store<f64>(field + 2 * sizeof<V>(), shifted ? shiftOf(j) : 0.5 * factor)
  store<f64>(field + 3 * sizeof<V>(), 1 + move)
  store<f64>(field + 4 * sizeof<V>(), weightOf(j) / tick)
  store<u32>(record + 5 * sizeof<V>() + (<usize>lane << 2), j << 3)
}
