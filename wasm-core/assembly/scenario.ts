/**
 * Scenarios, checked and packed into the stream the inner loop reads front to back.
 * Everything that does not depend on the instrument (logarithms, reciprocals, weight / tick) is computed here once.
 *
 *   group   ┌ timeRoll f64 ┬ shifted u32 ┬ first u32 ┬ end u32 ┐  32 B; scenarios with equal time roll and formula
 *
 *   record, one lane a scenario, 6 × sizeof<V>:
 *     relative  ┌ 1/f ┬ ln(1+m)/f ┬ f/2   ┬ 1+m ┬ weight/tick ┬ column ┐   σ′ = σ·f
 *     shifted   ┌ f   ┬ ln(1+m)   ┬ shift ┬ 1+m ┬ weight/tick ┬ column ┐   σ′ = max(σ·f + shift, 0)
 *   column: the scenario's byte offset in a row, u32. A group is filled up to whole vectors by repeating its last
 *   scenario, which writes the same number to the same place twice.
 */

import { lanes } from "./lane"
import { at, Risk } from "./layout"
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
    let lane: u32 = 0
    let last = leader
    for (let j = leader; j < s; ++j) {
      if (load<u8>(packed + j) || timeRollOf(j) != timeRoll || isShifted(j) != shifted) continue
      store<u8>(packed + j, 1)
      writeLane<V>(record, lane, j, shifted, tick)
      last = j
      if (++lane == lanes<V>()) {
        lane = 0
        record += 6 * sizeof<V>()
      }
    }
    if (lane != 0) {
      while (lane < lanes<V>()) writeLane<V>(record, lane++, last, shifted, tick)
      record += 6 * sizeof<V>()
    }
    group.end = <u32>record
  }
}

function writeLane<V>(record: usize, lane: u32, j: u32, shifted: bool, tick: f64): void {
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
