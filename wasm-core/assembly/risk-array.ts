/**
 * Risk arrays: every instrument repriced under every scenario, as whole ticks of P&L of +1 long.
 * Its cost does not depend on the number of accounts, and whole ticks make every later sum exact.
 */

import { currentOption, forgetOptions, takeOption } from "./base"
import { currentTerms, fillGroup, toTicks } from "./cells"
import { linearGreeks, optionGreeks } from "./greeks"
import { checkInstruments, discountOf, forwardOf, haveEqualTerms, kindOf, LINEAR, PUT, timeToExpiryOf } from "./instrument"
import { add, greater, greatest, least, magnitude, splat, sub } from "./lane"
import { at, fits, layOutRisk, Resident, Risk, rowLength } from "./layout"
import { forget, hasInstruments, noteLargest, noteLargestTick, padRow, tableRow } from "./resident"
import { checkScenarios, groupAt, groupCount, packScenarios, priceMoveOf, timeRollOf, weightOf } from "./scenario"
import {
  EXACT_LIMIT, fault, isFinite, isPositive, OK, PNL_OUT_OF_RANGE, SIZE_OUT_OF_RANGE, VALUE_OUT_OF_RANGE,
} from "./status"

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

  packScenarios<V>(s, tick)
  return priceRows<V>(first, n, s, tick, false)
}

/** The same for scenarios that are packed and instruments that are checked; their Greeks too if wanted. */
export function priceRows<V>(first: u32, n: u32, s: u32, tick: f64, withGreeks: bool): i32 {
  forget(first, n)
  forgetOptions()
  for (let i: u32 = 0; i < n;) {
    const paired = i + 1 < n && arePair(i, i + 1)
    const row = tableRow(first + i)
    const next = i + (paired ? 2 : 1)
    const isLinear = kindOf(i) == LINEAR
    if (!isLinear) takeOption<V>(i, next, n)
    const status = isLinear ? fillLinear(i, row, s, tick) : fillOption<V>(i, row, paired ? tableRow(first + i + 1) : 0)
    if (status != OK) return fault(status, i)
    for (; i < next; ++i) {
      if (!takeRow<V>(first + i, s)) return fault(PNL_OUT_OF_RANGE, i)
      if (!withGreeks) continue
      if (!(isLinear ? linearGreeks(i) : optionGreeks(i, kindOf(i) == PUT))) return fault(VALUE_OUT_OF_RANGE, i)
    }
  }
  noteLargestTick()
  return OK
}

/** Whether two options differ in nothing but their kind: both cost little more than one. */
function arePair(i: u32, j: u32): bool {
  return kindOf(i) != LINEAR && kindOf(j) != LINEAR && kindOf(i) != kindOf(j) && haveEqualTerms(i, j)
}

/** Fills a row up to whole tiles and notes its largest |tick|, unless one is no number or out of range. */
function takeRow<V>(i: u32, s: u32): bool {
  const row = tableRow(i)
  padRow(row, s)
  const end = row + (<usize>rowLength(s) << 3)
  let largestA = splat<V>(0)
  let largestB = splat<V>(0)
  let sumA = splat<V>(0)
  let sumB = splat<V>(0)
  for (let cell = row; cell < end; cell += 4 * sizeof<V>()) {
    const a = load<V>(cell)
    const b = load<V>(cell, sizeof<V>())
    const c = load<V>(cell, 2 * sizeof<V>())
    const d = load<V>(cell, 3 * sizeof<V>())
    largestA = greater<V>(largestA, greater<V>(magnitude<V>(a), magnitude<V>(b)))
    largestB = greater<V>(largestB, greater<V>(magnitude<V>(c), magnitude<V>(d)))
    sumA = add<V>(sumA, add<V>(a, b))
    sumB = add<V>(sumB, add<V>(c, d))
  }
  // `greater` loses a NaN, a sum never does.
  const most = greatest<V>(greater<V>(largestA, largestB))
  const sum = add<V>(sumA, sumB)
  if (!(most <= EXACT_LIMIT) || !isFinite(least<V>(sub<V>(sum, sum)))) return false
  noteLargest(i, most)
  return true
}

function fillLinear(i: u32, row: usize, s: u32, tick: f64): i32 {
  const forward = forwardOf(i)
  const time = timeToExpiryOf(i)
  const discount = discountOf(i, time)
  const value = forward * discount
  if (!isPositive(forward)) return VALUE_OUT_OF_RANGE
  store<f64>(at(Risk.VALUE) + (<usize>i << 3), value)
  let roll: f64 = 0
  let later = discount
  for (let j: u32 = 0; j < s; ++j) {
    if (timeRollOf(j) != roll) {
      roll = timeRollOf(j)
      later = discountOf(i, max<f64>(time - roll, 0))
    }
    // Written as move + roll rather than as a difference of two values: nothing cancels, and no move is exactly 0.
    const pnl = forward * later * priceMoveOf(j) + forward * (later - discount)
    store<f64>(row + (<usize>j << 3), toTicks<f64>(pnl, weightOf(j) / tick))
  }
  return OK
}

/** Prices option i, the one taken last, into `row` and, unless it is 0, the other of its pair into `partner`. */
function fillOption<V>(i: u32, row: usize, partner: usize): i32 {
  const option = currentOption()
  const isPut = kindOf(i) == PUT
  if (!option.isValued(isPut) || (partner != 0 && !option.isValued(!isPut))) return VALUE_OUT_OF_RANGE
  store<f64>(at(Risk.VALUE) + (<usize>i << 3), option.valueOf(isPut))
  if (partner != 0) store<f64>(at(Risk.VALUE) + (<usize>i << 3), option.valueOf(!isPut), 8)

  const terms = currentTerms()
  terms.x = option.x
  terms.sigma = option.sigma
  terms.callRow = isPut ? partner : row
  terms.putRow = isPut ? row : partner
  terms.callValue = option.callValue
  terms.putValue = option.putValue
  for (let index: u32 = 0; index < groupCount; ++index) {
    const group = groupAt(index)
    const remaining = max<f64>(option.time - group.timeRoll, 0)
    const aged = remaining != option.time
    const later = aged ? discountOf(i, remaining) : option.discount
    terms.root = aged ? Math.sqrt(remaining) : option.root
    terms.halfForward = 0.5 * (option.forward * later)
    terms.halfStrike = 0.5 * (option.strike * later)
    fillGroup<V>(group)
  }
  return OK
}
