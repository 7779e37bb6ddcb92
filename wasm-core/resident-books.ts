/**
 * Risk arrays and books that stay in the kernel's memory: uploaded and checked once, margined on every tick.
 * What moves between host and kernel on a tick is prices in and results out, never the books.
 */
import type { BookRows, InstrumentColumns, ScenarioColumns, Tails, WorstScenarios } from "./columns.js"
import {
  checkCount,
  countBookRows,
  countInstruments,
  countScenarios,
  countTableRows,
  INSTRUMENT_COLUMNS,
  SCENARIO_COLUMNS,
} from "./counts.js"
import type { Instance } from "./instance.js"
import { KernelError } from "./kernel-error.js"

/** How much room a resident block has. */
export interface ResidentSize {
  /** Rows of the table of risk arrays. */
  readonly instruments: number
  /** Columns of the table, ≥ 1. */
  readonly scenarios: number
  /** Book rows at most. One is one account's positions in one risk unit. */
  readonly rows: number
}

export interface ResidentBooks {
  /**
   * Prices instruments into rows `first`, `first` + 1, … of the table; returns their values, USD.
   * Rows of which one is refused all count as not priced: books that hold them cannot be margined until they are.
   *
   * @param tick USD a whole tick stands for, > 0.
   * @throws KernelError naming the column, and by `index` the instrument (from 0) or scenario, that is out of range.
   */
  reprice(first: number, instruments: InstrumentColumns, scenarios: ScenarioColumns, tick: number): Float64Array
  /**
   * Puts risk arrays computed elsewhere into rows `first`, `first` + 1, … of the table.
   *
   * @throws KernelError `RISK_ARRAY_INVALID` naming the row of the table that holds anything but whole ticks.
   */
  writeTable(first: number, pnl: Float64Array): void
  /**
   * Adds rows behind those already there: all of them or, when one is refused, none.
   * Rows of one risk unit next to each other let `worstScenarios` recompute that unit alone; within it, rows ordered by
   * their number of positions are quickest. A position takes 4 bytes, or 12 in a row with more than 32,767 lots of
   * anything or an instrument beyond 65,535.
   *
   * @throws KernelError on a bad index or on lots that are not whole.
   */
  addRows(books: BookRows): void
  /** Forgets the rows from `count` on. */
  keepRows(count: number): void
  readonly rowCount: number
  /** Bytes of Wasm memory in use. */
  readonly byteLength: number
  /**
   * Sums lots × ticks of rows `first` … `end` − 1 per scenario and keeps the lowest; exact, so independent of order.
   *
   * @returns windows on the kernel's memory, for these rows: copy what is to outlive the next call.
   * @throws KernelError `SUM_OUT_OF_RANGE` naming the row when Σ |lots| · max |ticks| passes 2^53 − 1;
   * `RISK_ARRAY_INVALID` naming an instrument that a row holds and that is not priced.
   */
  worstScenarios(first?: number, end?: number): WorstScenarios
  /**
   * The same for few rows and often: recomputes rows `first` … `end` − 1 and returns windows on the results of all rows,
   * by row number, the same object every time until memory grows. Rows that were never computed hold nothing.
   */
  refreshWorst(first: number, end: number): WorstScenarios
  /**
   * The sums of every scenario: rows × s, row-major, exact.
   *
   * @throws KernelError like `worstScenarios`.
   */
  scenarioSums(first?: number, end?: number): Float64Array
  /**
   * The lowest P&Ls of rows `first` … `end` − 1 over the scenarios, exact as if they were sorted.
   *
   * @param depth Whole scenarios in the tail, 0 ≤ depth < s. For expected shortfall at a level, with t = s·(1 − level):
   * depth = ⌊t⌋, and ES = −(sum + (t − depth)·edge) / t; −edge is the value at risk.
   * @throws KernelError like `worstScenarios`; sums are bounded over the whole tail.
   */
  tails(depth: number, first?: number, end?: number): Tails
}

/** Slots of `assembly/layout.ts`. */
const RESIDENT = { rows: 4, table: 5, worstPnl: 8, worstScenario: 9 } as const
const RISK = { kind: 16, instruments: 17, scenarios: 23, value: 28 } as const
const BOOKS = { rowStart: 16, instrument: 17, lots: 18 } as const
const SUMS = 16
const TAIL = { sum: 16, edge: 17 } as const

/** Books go in by blocks of about this many positions, so that their unpacked form never needs much memory. */
const BLOCK = 65_536

/** Writes the columns of instruments where the risk block and the Greeks block have them. */
export function writeInstruments({ memory }: Instance, instruments: InstrumentColumns): void {
  memory.writeBytes(RISK.kind, instruments.kind)
  INSTRUMENT_COLUMNS.forEach((name, i) => {
    memory.writeFloats(RISK.instruments + i, instruments[name])
  })
}

/** Where a pass leaves its results. */
export const RESULTS = {
  worst: ({ memory }: Instance, first: number, end: number): WorstScenarios => ({
    pnl: memory.floats(RESIDENT.worstPnl, first, end),
    scenario: memory.indices(RESIDENT.worstScenario, first, end),
  }),
  tails: ({ memory }: Instance, count: number): Tails => ({
    sum: memory.floats(TAIL.sum, 0, count).slice(),
    edge: memory.floats(TAIL.edge, 0, count).slice(),
  }),
} as const

/**
 * Opens a resident block in an instance; whatever it held before is gone.
 *
 * @param threads How many may pass over the books at once.
 * @throws KernelError when memory has no room for it.
 */
export function openResidentBooks(instance: Instance, size: ResidentSize, threads = 1): ResidentBooks {
  const { wasm, memory, run } = instance
  const { instruments: instrumentCount, scenarios: s, rows: rowCapacity } = size
  run(wasm.openBlock(checkCount(instrumentCount), checkCount(s), checkCount(rowCapacity), checkCount(threads)))
  const rowCount = () => memory.slot(RESIDENT.rows)
  // A detached window has no length, which is how growth of memory shows.
  let allWorst = RESULTS.worst(instance, 0, rowCapacity)

  // Whether the rows exist the kernel says; what is no u32 must not reach it.
  const checkRows = (first: number, end: number) => {
    checkCount(first)
    checkCount(end)
  }
  const checkTable = (first: number, n: number) => {
    if (checkCount(first) + n > instrumentCount) throw new KernelError("SIZE_OUT_OF_RANGE")
  }

  /** Adds rows `from` … `to` − 1 of the books. */
  const addBlock = ({ rowStart, instrument, lots }: BookRows, from: number, to: number) => {
    const first = rowStart[from] ?? 0
    const end = rowStart[to] ?? 0
    run(wasm.reserveBooks(to - from, end - first))
    memory.writeIndices(
      BOOKS.rowStart,
      rowStart.subarray(from, to + 1).map(start => start - first),
    )
    memory.writeIndices(BOOKS.instrument, instrument.subarray(first, end))
    memory.writeFloats(BOOKS.lots, lots.subarray(first, end))
    run(wasm.addBooks(to - from, end - first))
  }

  return {
    get rowCount() {
      return rowCount()
    },
    get byteLength() {
      return memory.byteLength()
    },

    reprice(first, instruments, scenarios, tick) {
      const n = countInstruments(instruments)
      checkTable(first, n)
      if (countScenarios(scenarios) !== s) throw new KernelError("COLUMN_LENGTH_MISMATCH")
      run(wasm.reserveRisk(n))
      writeInstruments(instance, instruments)
      SCENARIO_COLUMNS.forEach((name, i) => {
        memory.writeFloats(RISK.scenarios + i, scenarios[name])
      })
      run(instance.reprice(first, n, tick))
      return memory.floats(RISK.value, 0, n).slice()
    },

    writeTable(first, pnl) {
      const n = countTableRows(pnl, s)
      checkTable(first, n)
      memory.writeRows(RESIDENT.table, pnl, first, s)
      run(wasm.takeRows(first, n))
    },

    addRows(books) {
      const rows = countBookRows(books)
      checkRowStarts(books.rowStart, books.lots.length)
      const before = rowCount()
      if (before + rows > rowCapacity) throw new KernelError("SIZE_OUT_OF_RANGE")
      for (let from = 0; from < rows; ) {
        const firstPosition = books.rowStart[from] ?? 0
        let to = from + 1
        while (to < rows && (books.rowStart[to + 1] ?? 0) - firstPosition <= BLOCK) to++
        try {
          addBlock(books, from, to)
        } catch (error) {
          run(wasm.keepRows(before))
          throw inWholeBooks(error, firstPosition)
        }
        from = to
      }
    },

    keepRows: count => run(wasm.keepRows(checkCount(count))),

    worstScenarios(first = 0, end = rowCount()) {
      checkRows(first, end)
      run(instance.worst(first, end, 0))
      return RESULTS.worst(instance, first, end)
    },

    refreshWorst(first, end) {
      checkRows(first, end)
      run(instance.worst(first, end, 0))
      if (allWorst.pnl.length !== rowCapacity) allWorst = RESULTS.worst(instance, 0, rowCapacity)
      return allWorst
    },

    scenarioSums(first = 0, end = rowCount()) {
      checkRows(first, end)
      run(wasm.reserveSums(checkCount(end - first)))
      run(instance.sums(first, end))
      return memory.readRows(SUMS, end - first, s)
    },

    tails(depth, first = 0, end = rowCount()) {
      checkRows(first, end)
      const count = checkCount(end - first)
      run(wasm.reserveTail(count))
      run(instance.tail(first, count, first, end, checkCount(depth), 0))
      return RESULTS.tails(instance, count)
    },
  }
}

/** A row start out of order would make a block of rows nonsense before the kernel sees it. */
function checkRowStarts(rowStart: Uint32Array, positions: number): void {
  let previous = 0
  rowStart.forEach((start, row) => {
    if (start < previous || start > positions || (row === 0 && start !== 0))
      throw new KernelError("ROW_START_INVALID", row)
    previous = start
  })
  if (previous !== positions) throw new KernelError("ROW_START_INVALID", rowStart.length - 1)
}

/** A refusal counts positions from the start of its block; the caller counts from the start of the books. */
const inWholeBooks = (error: unknown, firstPosition: number) =>
  error instanceof KernelError && error.index !== null
    ? new KernelError(error.code, error.index + firstPosition, { cause: error })
    : error
