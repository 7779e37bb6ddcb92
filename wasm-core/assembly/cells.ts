/**
 * The inner loop: options repriced under the scenarios of one group, a turn of 64 at a time, in three stages.
 * Each stage is a short loop whose constants fit into registers; one long loop would spill most of them at every turn.
 *
 *   work, one turn, 64 f64 a column      ┌ t₁ ┬ r₁ ┬ t₂ ┬ r₂ ┬ half straddle ┐   see normal.ts for t and r
 */

import { halfStraddle, width } from "./black76"
import { add, div, greater, lanes, mul, scatter, splat, sub, truncate, withSign } from "./lane"
import { at, Risk, TERMS_BYTES, TURN } from "./layout"
import { PLACE_COLUMNS, SECOND, writePlace } from "./normal"
import { Group, recordBytes, SCATTERED } from "./scenario"

/** Bytes of a column of `work`. */
const COLUMN: usize = TURN << 3
const STRADDLE: usize = PLACE_COLUMNS * COLUMN
/** Just below ½: a number just below a half must not reach 1 by being added to it. */
const ALMOST_HALF: f64 = 0.49999999999999994

/** Nearest whole tick, ties away from zero, never −0. `scale` is weight / tick. */
@inline
export function toTicks<V>(pnl: V, scale: V): V {
  const ticks = mul<V>(pnl, scale)
  return add<V>(truncate<V>(add<V>(ticks, withSign<V>(splat<V>(ALMOST_HALF), ticks))), splat<V>(0))
}

/** An option, or the call and the put of one strike, with the time of a group gone by. In memory: no call takes so many. */
@unmanaged
class Terms {
  /** ln(F/K) */
  x: f64
  sigma: f64
  /** √T */
  root: f64
  /** ½F and ½K, discounted. */
  halfForward: f64
  halfStrike: f64
  /** Rows of the risk arrays, 0 for none, and values before the scenario. */
  callRow: usize
  putRow: usize
  callValue: f64
  putValue: f64
}

/** The option that is being priced; it lies before the columns of `work`. */
@inline
export function currentTerms(): Terms {
  return changetype<Terms>(at(Risk.WORK))
}

/** Prices a call, a put, or both under the scenarios of a group. */
export function fillGroup<V>(group: Group): void {
  const terms = currentTerms()
  const work = at(Risk.WORK) + TERMS_BYTES
  const turn = (TURN / lanes<V>()) * recordBytes<V>()
  let column: usize = group.column
  for (let first: usize = group.first; first < <usize>group.end; first += turn) {
    const end = min<usize>(first + turn, group.end)
    if (group.shifted) shiftedDistances<V>(first, end, work, terms.x, terms.sigma, terms.root)
    else relativeDistances<V>(first, end, work, terms.x, terms.sigma * terms.root)
    straddles<V>(first, end, work, terms.halfForward, terms.halfStrike)
    if (terms.callRow != 0) cells<V>(first, end, work, column, terms.callRow, terms.halfForward, terms.halfStrike, terms.callValue)
    // What a put has over half a straddle is what a call has, with the other sign, and that to the bit.
    if (terms.putRow != 0) cells<V>(first, end, work, column, terms.putRow, -terms.halfForward, -terms.halfStrike, terms.putValue)
    if (column != SCATTERED) column += COLUMN
  }
}

/** Scenarios that scale volatility: ln, √ and 1/σ are done. Writes the places of d₁ and d₂. */
function relativeDistances<V>(first: usize, end: usize, to: usize, x: f64, sigmaRootT: f64): void {
  const narrow = width<f64>(sigmaRootT)
  const inverse = splat<V>(1 / narrow)
  const wide = splat<V>(narrow)
  const distance = splat<V>(x)
  for (let record = first; record < end; record += recordBytes<V>(), to += sizeof<V>()) {
    const q = mul<V>(add<V>(mul<V>(distance, load<V>(record)), load<V>(record, sizeof<V>())), inverse)
    writePlaces<V>(to, q, mul<V>(wide, load<V>(record, 2 * sizeof<V>())))
  }
}

/** Scenarios that shift volatility: σ′ differs per cell, which costs a division. */
function shiftedDistances<V>(first: usize, end: usize, to: usize, x: f64, sigma: f64, root: f64): void {
  const base = splat<V>(sigma)
  const time = splat<V>(root)
  const distance = splat<V>(x)
  for (let record = first; record < end; record += recordBytes<V>(), to += sizeof<V>()) {
    // The floor of `width` is what turns a negative σ′ into 0.
    const narrow = width<V>(mul<V>(add<V>(mul<V>(base, load<V>(record)), load<V>(record, 2 * sizeof<V>())), time))
    const q = mul<V>(add<V>(distance, load<V>(record, sizeof<V>())), div<V>(splat<V>(1), narrow))
    writePlaces<V>(to, q, mul<V>(narrow, splat<V>(0.5)))
  }
}

@inline
function writePlaces<V>(to: usize, q: V, halfWidth: V): void {
  writePlace<V>(to, add<V>(q, halfWidth))
  writePlace<V>(to + SECOND, sub<V>(q, halfWidth))
}

/** Half of call + put, discounted. */
function straddles<V>(first: usize, end: usize, d: usize, halfForward: f64, halfStrike: f64): void {
  const forward = splat<V>(halfForward)
  const strike = splat<V>(halfStrike)
  for (let record = first; record < end; record += recordBytes<V>(), d += sizeof<V>()) {
    const moved = mul<V>(forward, load<V>(record, 3 * sizeof<V>()))
    store<V>(d, halfStraddle<V>(d, moved, strike), STRADDLE)
  }
}

/** P&L in ticks of a call, or with ½F and ½K negated of a put, into its row. */
function cells<V>(
  first: usize, end: usize, d: usize, column: usize, row: usize, halfForward: f64, halfStrike: f64, value: f64,
): void {
  const forward = splat<V>(halfForward)
  const strike = splat<V>(halfStrike)
  const before = splat<V>(value)
  const zero = splat<V>(0)
  let to = row + column
  for (let record = first; record < end; record += recordBytes<V>(), d += sizeof<V>()) {
    const parity = sub<V>(mul<V>(forward, load<V>(record, 3 * sizeof<V>())), strike)
    const after = greater<V>(add<V>(load<V>(d, STRADDLE), parity), zero)
    const ticks = toTicks<V>(sub<V>(after, before), load<V>(record, 4 * sizeof<V>()))
    if (column != SCATTERED) {
      store<V>(to, ticks)
      to += sizeof<V>()
    } else {
      scatter<V>(row, record + 5 * sizeof<V>(), ticks)
    }
  }
}
