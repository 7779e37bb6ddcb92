/**
 * Risk arrays: every instrument repriced under every scenario, as whole ticks of P&L of +1 long.
 * Its cost does not depend on the number of accounts, and whole ticks make every later sum exact.
 */

import { C, capHalfWidth, clampDistance, optionValue, width } from "./black76"
import {
  checkInstruments, discountOf, forwardOf, kindOf, LINEAR, PUT, strikeOf, timeToExpiryOf, volatilityOf,
} from "./instrument"
import { add, div, keepWhereAtMost, least, magnitude, mul, scatter, splat, sub, truncate, withSign } from "./lane"
import { at, fits, layOutRisk, Resident, Risk } from "./layout"
import { forget, hasInstruments, noteLargest, noteLargestTick, padRow, tableRow } from "./resident"
import { checkScenarios, groupAt, groupCount, packScenarios, priceMoveOf, timeRollOf, weightOf } from "./scenario"
import {
  EXACT_LIMIT, fault, isFinite, isPositive, OK, PNL_OUT_OF_RANGE, SIZE_OUT_OF_RANGE, VALUE_OUT_OF_RANGE,
} from "./status"

/** The largest f64 below ½: adding it and cutting the fraction off rounds halves away from zero without double rounding. */
const ALMOST_HALF: f64 = 0.49999999999999994

/** Nearest whole tick, ties away from zero, never −0. `scale` is weight / tick. */
@inline
function toTicks<V>(pnl: V, scale: V): V {
  const ticks = mul<V>(pnl, scale)
  return add<V>(truncate<V>(add<V>(ticks, withSign<V>(splat<V>(ALMOST_HALF), ticks))), splat<V>(0))
}

/**
 * Prices the n instruments of the risk block into rows first … first + n − 1 of the table, and fills `value`.
 * `faultIndex` names the instrument, from 0, or scenario a failure is about; the rows then count as not priced.
 */
export function repriceRows<V>(first: u32, n: u32, tick: f64): i32 {
  const s = <u32>at(Resident.SCENARIOS)
  let status = hasInstruments(first, n) ? layOutRisk(n, s) : SIZE_OUT_OF_RANGE
  if (status == OK && !fits()) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = checkScenarios(s, tick)
  if (status == OK) status = checkInstruments(n)
  if (status != OK) return status

  forget(first, n)
  packScenarios<V>(s, tick)
  for (let i: u32 = 0; i < n; ++i) {
    const row = tableRow(first + i)
    status = kindOf(i) == LINEAR ? fillLinear(i, row, s, tick) : fillOption<V>(i, row)
    if (status != OK) return fault(status, i)
    padRow(row, s)
    noteLargest(first + i, largestIn(row, s))
  }
  noteLargestTick()
  return OK
}

function largestIn(row: usize, s: u32): f64 {
  let largest: f64 = 0
  for (let j: u32 = 0; j < s; ++j) largest = max<f64>(largest, abs(load<f64>(row + (<usize>j << 3))))
  return largest
}

function fillLinear(i: u32, row: usize, s: u32, tick: f64): i32 {
  const forward = forwardOf(i)
  const time = timeToExpiryOf(i)
  const discount = discountOf(i, time)
  const value = forward * discount
  if (!isPositive(forward)) return VALUE_OUT_OF_RANGE
  store<f64>(at(Risk.VALUE) + (<usize>i << 3), value)
  for (let j: u32 = 0; j < s; ++j) {
    const later = discountOf(i, max<f64>(time - timeRollOf(j), 0))
    // Written as move + roll rather than as a difference of two values: nothing cancels, and no move is exactly 0.
    const pnl = forward * later * priceMoveOf(j) + forward * (later - discount)
    const ticks = toTicks<f64>(pnl, weightOf(j) / tick)
    if (!(abs(ticks) <= EXACT_LIMIT)) return PNL_OUT_OF_RANGE
    store<f64>(row + (<usize>j << 3), ticks)
  }
  return OK
}

function fillOption<V>(i: u32, row: usize): i32 {
  const forward = forwardOf(i)
  const strike = strikeOf(i)
  const time = timeToExpiryOf(i)
  const discount = discountOf(i, time)
  const sigma = volatilityOf(i)
  const theta: f64 = kindOf(i) == PUT ? -1 : 1
  const x = Math.log(forward / strike)

  const narrow = width<f64>(sigma * Math.sqrt(time))
  // + 0 turns −0 into 0: two options worth nothing are worth the same nothing.
  const value = 0 + optionValue<f64>(
    clampDistance<f64>(x * (C / narrow)),
    capHalfWidth<f64>(narrow * C * 0.5),
    0.5 * (forward * discount),
    0.5 * (strike * discount),
    theta,
  )
  if (!isPositive(forward) || !isFinite(value)) return VALUE_OUT_OF_RANGE
  store<f64>(at(Risk.VALUE) + (<usize>i << 3), value)

  let inRange = splat<V>(1)
  for (let index: u32 = 0; index < groupCount; ++index) {
    const group = groupAt(index)
    const remaining = max<f64>(time - group.timeRoll, 0)
    const root = Math.sqrt(remaining)
    const later = discountOf(i, remaining)
    const halfForward = 0.5 * (forward * later)
    const halfStrike = 0.5 * (strike * later)
    inRange = group.shifted
      ? fillShifted<V>(row, group.first, group.end, x, sigma, root, halfForward, halfStrike, theta, value, inRange)
      : fillRelative<V>(row, group.first, group.end, x, sigma * root, halfForward, halfStrike, theta, value, inRange)
  }
  return least<V>(inRange) == 1 ? OK : PNL_OUT_OF_RANGE
}

/** Scenarios that scale volatility: ln, √ and 1/σ are done, a cell costs one division. */
function fillRelative<V>(
  row: usize, first: usize, end: usize,
  x: f64, sigmaRootT: f64, halfForward: f64, halfStrike: f64, theta: f64, value: f64, inRange: V,
): V {
  const narrow = width<f64>(sigmaRootT)
  const inverse = splat<V>(C / narrow)
  const wide = splat<V>(narrow * C)
  for (let record = first; record < end; record += 6 * sizeof<V>()) {
    const q = mul<V>(
      add<V>(mul<V>(splat<V>(x), load<V>(record)), load<V>(record + sizeof<V>())),
      inverse,
    )
    const hw = mul<V>(wide, load<V>(record + 2 * sizeof<V>()))
    inRange = writeCell<V>(row, record, q, hw, halfForward, halfStrike, theta, value, inRange)
  }
  return inRange
}

/** Scenarios that shift volatility: σ′ differs per cell, which costs a second division. */
function fillShifted<V>(
  row: usize, first: usize, end: usize,
  x: f64, sigma: f64, root: f64, halfForward: f64, halfStrike: f64, theta: f64, value: f64, inRange: V,
): V {
  for (let record = first; record < end; record += 6 * sizeof<V>()) {
    const shifted = add<V>(mul<V>(splat<V>(sigma), load<V>(record)), load<V>(record + 2 * sizeof<V>()))
    // The floor of `width` is what turns a negative σ′ into 0.
    const narrow = width<V>(mul<V>(shifted, splat<V>(root)))
    const q = mul<V>(add<V>(splat<V>(x), load<V>(record + sizeof<V>())), div<V>(splat<V>(C), narrow))
    inRange = writeCell<V>(row, record, q, mul<V>(narrow, splat<V>(0.5 * C)), halfForward, halfStrike, theta, value, inRange)
  }
  return inRange
}

@inline
function writeCell<V>(
  row: usize, record: usize, q: V, hw: V, halfForward: f64, halfStrike: f64, theta: f64, value: f64, inRange: V,
): V {
  const moved = optionValue<V>(
    clampDistance<V>(q),
    capHalfWidth<V>(hw),
    mul<V>(splat<V>(halfForward), load<V>(record + 3 * sizeof<V>())),
    splat<V>(halfStrike),
    splat<V>(theta),
  )
  const ticks = toTicks<V>(sub<V>(moved, splat<V>(value)), load<V>(record + 4 * sizeof<V>()))
  scatter<V>(row, record + 5 * sizeof<V>(), ticks)
  return keepWhereAtMost<V>(inRange, magnitude<V>(ticks), splat<V>(EXACT_LIMIT))
}
