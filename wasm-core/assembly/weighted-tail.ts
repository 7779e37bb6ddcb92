/**
 * Expected shortfall of books over joint moves that weigh differently: the worst outcomes are taken, heaviest loss first,
 * until their shares fill the tail. A part of `stress`, on its block.
 */

import { add, lanes, mul, splat } from "./lane"
import { at, rowLength, Stress } from "./layout"
import { fault, isFinite, OK, SIZE_OUT_OF_RANGE, SUM_OUT_OF_RANGE } from "./status"

/**
 * Fills `shortfall`: mean loss over the worst `mass` of the shares, lots × ticks, can be negative. The outcome at the
 * edge of the tail counts with the part that is inside. `faultIndex` names the book whose outcomes are not finite.
 */
export function shortfallOfBooks<V>(columns: u32, books: u32, tailColumn: u32, count: u32, mass: f64): i32 {
  if (count == 0 || tailColumn > columns || count > columns - tailColumn || !(mass > 0)) return SIZE_OUT_OF_RANGE
  for (let book: u32 = 0; book < books; ++book) {
    sumOutcomes<V>(book, columns, tailColumn, count)
    for (let j: u32 = 0; j < count; ++j) if (!isFinite(outcome(j))) return fault(SUM_OUT_OF_RANGE, book)
    store<f64>(at(Stress.SHORTFALL) + (<usize>book << 3), meanOfTail(count, mass))
  }
  return OK
}

@inline
function outcome(j: u32): f64 {
  return load<f64>(at(Stress.OUTCOME) + (<usize>j << 3))
}

@inline
function entry(column: usize, index: u32): u32 {
  return load<u32>(at(column) + (<usize>index << 2))
}

/** P&L of all of a book's positions under each joint move. */
function sumOutcomes<V>(book: u32, columns: u32, tailColumn: u32, count: u32): void {
  const first = entry(Stress.GROUP_START, entry(Stress.UNIT_START, entry(Stress.BOOK_START, book)))
  const end = entry(Stress.GROUP_START, entry(Stress.UNIT_START, entry(Stress.BOOK_START, book + 1)))
  const tableRow = <usize>rowLength(columns) << 3
  const table = at(Stress.TABLE) + (<usize>tailColumn << 3)
  for (let j: u32 = 0; j < count; j += lanes<V>()) {
    const offset = <usize>j << 3
    let sum = splat<V>(0)
    for (let p = first; p < end; ++p) {
      const lots = splat<V>(load<f64>(at(Stress.LOTS) + (<usize>p << 3)))
      sum = add<V>(sum, mul<V>(lots, load<V>(table + <usize>entry(Stress.INSTRUMENT, p) * tableRow + offset)))
    }
    store<V>(at(Stress.OUTCOME) + offset, sum)
  }
}

/** Takes outcomes from a heap, lowest first: building it is linear, and a tail is short. */
function meanOfTail(count: u32, mass: f64): f64 {
  for (let j: u32 = 0; j < count; ++j) place(j, j)
  for (let j: u32 = count >> 1; j > 0; --j) sift(j - 1, count)
  let sum: f64 = 0
  let left: f64 = mass
  for (let size: u32 = count; size > 0 && left > 0; --size) {
    let inside: f64 = min<f64>(shareOf(inPlace(0)), left)
    sum = sum - outcome(inPlace(0)) * inside
    left = left - inside
    place(0, inPlace(size - 1))
    sift(0, size - 1)
  }
  return sum / mass
}

@inline
function shareOf(j: u32): f64 {
  return load<f64>(at(Stress.SHARE) + (<usize>j << 3))
}

@inline
function inPlace(index: u32): u32 {
  return load<u32>(at(Stress.HEAP) + (<usize>index << 2))
}

@inline
function place(index: u32, j: u32): void {
  store<u32>(at(Stress.HEAP) + (<usize>index << 2), j)
}

/** Among equal outcomes the earlier comes first, so that the sum does not depend on how the heap was built. */
@inline
function before(a: u32, b: u32): bool {
  return outcome(a) < outcome(b) || (outcome(a) == outcome(b) && a < b)
}

function sift(from: u32, size: u32): void {
  let parent: u32 = from
  let child: u32 = parent * 2 + 1
  while (child < size) {
    if (child + 1 < size && before(inPlace(child + 1), inPlace(child))) child = child + 1
    if (!before(inPlace(child), inPlace(parent))) return
    let upper: u32 = inPlace(parent)
    place(parent, inPlace(child))
    place(child, upper)
    parent = child
    child = parent * 2 + 1
  }
}
