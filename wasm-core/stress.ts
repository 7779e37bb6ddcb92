/**
 * Books under stress: one call values many books in groups, units and books, and names the worst scenario of each.
 */
import type { GroupedBooks, StressResult, StressTerms } from "./columns.js"
import { checkCount, commonLength, countTableRows } from "./counts.js"
import type { Instance, StressCounts } from "./instance.js"
import { KernelError } from "./kernel-error.js"

/** Slots of `assembly/layout.ts`. */
const SLOT = {
  table: 16,
  groupStart: 17,
  instrument: 18,
  lots: 19,
  unitStart: 20,
  bookStart: 21,
  kind: 22,
  owned: 23,
  owed: 24,
  settlement: 25,
  weight: 26,
  rotation: 27,
  dampener: 28,
  divisor: 29,
  worstPnl: 30,
  worstScenario: 31,
  jointLoss: 32,
  jointScenario: 33,
  share: 36,
  shortfall: 39,
} as const

/** @throws KernelError as `Kernel.stress`. */
export function stress(
  { wasm, memory, run, stress: compute }: Instance,
  table: Float64Array,
  columns: number,
  markColumn: number,
  books: GroupedBooks,
  terms: StressTerms,
): StressResult {
  const counts = countAll(table, columns, books, terms)
  const [, , s, , , units, bookCount] = counts
  run(wasm.reserveStress(...counts))
  memory.writeRows(SLOT.table, table, 0, columns)
  memory.writeIndices(SLOT.groupStart, books.groupStart)
  memory.writeIndices(SLOT.instrument, books.instrument)
  memory.writeFloats(SLOT.lots, books.lots)
  memory.writeIndices(SLOT.unitStart, books.unitStart)
  memory.writeIndices(SLOT.bookStart, books.bookStart)
  memory.writeBytes(SLOT.kind, books.kind)
  memory.writeFloats(SLOT.owned, books.owned)
  memory.writeFloats(SLOT.owed, books.owed)
  memory.writeIndices(SLOT.settlement, books.settlement)
  memory.writeFloats(SLOT.weight, terms.weight)
  memory.writeFloats(SLOT.rotation, terms.rotation)
  memory.writeFloats(SLOT.dampener, terms.dampener)
  memory.writeRows(SLOT.divisor, terms.divisor, 0, s)
  const { tail, offset, maximumOffset } = terms
  if (tail) memory.writeFloats(SLOT.share, tail.shares)
  const tailColumn = checkCount(tail?.column ?? 0)
  run(compute(...counts, checkCount(markColumn), offset, maximumOffset, tailColumn, tail?.mass ?? 0))
  return {
    worstPnl: memory.floats(SLOT.worstPnl, 0, units).slice(),
    worstScenario: memory.indices(SLOT.worstScenario, 0, units).slice(),
    jointLoss: memory.floats(SLOT.jointLoss, 0, bookCount).slice(),
    jointScenario: memory.indices(SLOT.jointScenario, 0, bookCount).slice(),
    shortfall: tail ? memory.floats(SLOT.shortfall, 0, bookCount).slice() : null,
  }
}

function countAll(table: Float64Array, columns: number, books: GroupedBooks, terms: StressTerms): StressCounts {
  const scenarios = commonLength([terms.weight, terms.rotation, terms.dampener])
  const n = countTableRows(table, columns)
  const positions = commonLength([books.instrument, books.lots])
  const groups = commonLength([books.kind, books.owned, books.owed])
  const units = countStarts(books.unitStart)
  if (countStarts(books.groupStart) !== groups) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  const settlements = countTableRows(terms.divisor, scenarios)
  if (books.settlement.length !== (settlements === 0 ? 0 : units)) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  const tail = terms.tail?.shares.length ?? 0
  return [n, columns, scenarios, positions, groups, units, countStarts(books.bookStart), settlements, checkCount(tail)]
}

function countStarts(starts: Uint32Array): number {
  if (starts.length === 0) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return checkCount(starts.length - 1)
}
