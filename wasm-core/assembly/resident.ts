/**
 * The resident block: risk arrays and books that stay in memory from one tick to the next.
 * Everything is checked when it comes in, so that a pass over millions of positions checks two numbers.
 *
 *   table         row(s) × n   f64  whole ticks, one instrument a row, filled up by repeating scenario 0
 *   largest       n            f64  largest |tick| of a row; NaN while a row is not priced
 *   rowStart      R + 1        u32  ┌ wide 1 bit ┬ start of the book row in units of 4 bytes ┐
 *   worstPnl      R            f64  out
 *   worstScenario R            u32  out
 *   workspace     2 × row(s)   f64  one for each thread
 *   positions                  u32  grows
 *     compact   ┌ lots i16 ┬ instrument u16 ┐                       one unit a position
 *     wide      ┌ instrument u32 ┬ lots f64 ┐                       three units, for a row that does not fit otherwise
 */

import { at, blockEnd, Books, column, directory, DIRECTORY_BYTES, FIRST_FREE, fits, layOutBooks, MAX_COUNT, open, put, reserve, Resident, rowLength } from "./layout"
import {
  fault, INSTRUMENT_INDEX_INVALID, isExactInteger, LOTS_INVALID, OK, RISK_ARRAY_INVALID, ROW_START_INVALID,
  SIZE_OUT_OF_RANGE,
} from "./status"

export const WIDE: u32 = 1 << 31
const MAX_THREADS: u32 = 64
/** What a position takes at most. */
const WIDE_BYTES: u32 = 12

/** Largest |tick| of the whole table, NaN while a row is not priced. */
@inline
export function largestTick(): f64 {
  return load<f64>(directory + 160)
}

/** Largest Σ |lots| of a book row. */
@inline
export function grossLots(): f64 {
  return load<f64>(directory + 168)
}

@inline
export function largestOf(instrument: usize): f64 {
  return load<f64>(at(Resident.LARGEST) + (instrument << 3))
}

@inline
export function tableRow(instrument: usize): usize {
  return at(Resident.TABLE) + instrument * (<usize>rowLength(<u32>at(Resident.SCENARIOS)) << 3)
}

/** Opens an empty resident block; whatever was there before is gone. */
export function openBlock(n: u32, s: u32, rowCapacity: u32, threads: u32): i32 {
  memory.fill(directory, 0, DIRECTORY_BYTES)
  open(FIRST_FREE, Resident.TABLE)
  if (n > MAX_COUNT || s > MAX_COUNT || s == 0 || rowCapacity > MAX_COUNT || threads - 1 >= MAX_THREADS) return SIZE_OUT_OF_RANGE
  column(<u64>n * rowLength(s), 8)
  column(n, 8)
  column(<u64>rowCapacity + 1, 4)
  column(rowCapacity, 8)
  column(rowCapacity, 4)
  column(<u64>threads * 2 * rowLength(s), 8)
  column(0, 4)
  const status = reserve()
  if (status != OK) {
    memory.fill(directory, 0, DIRECTORY_BYTES)
    return status
  }
  put(Resident.END, blockEnd())
  put(Resident.INSTRUMENTS, n)
  put(Resident.SCENARIOS, s)
  put(Resident.ROW_CAPACITY, rowCapacity)
  put(Resident.THREADS, threads)
  store<u32>(at(Resident.ROW_START), 0)
  store<f64>(directory + 168, 0)
  forget(0, n)
  noteLargestTick()
  return OK
}

/** Before it is opened its addresses are 0, where the constants lie. */
@inline
function isOpen(): bool {
  return at(Resident.END) != 0
}

/** Whether the rows first … first + n − 1 of the table exist. */
@inline
export function hasInstruments(first: u32, n: u32): bool {
  return <u64>first + n <= <u64>at(Resident.INSTRUMENTS)
}

/** Marks rows of the table as not priced: a pass over a book that holds one is refused. */
export function forget(first: u32, n: u32): void {
  for (let i = first; i < first + n; ++i) store<f64>(at(Resident.LARGEST) + (<usize>i << 3), NaN)
  store<f64>(directory + 160, NaN)
}

/** Sets the largest |tick| of a row. */
@inline
export function noteLargest(i: u32, ticks: f64): void {
  store<f64>(at(Resident.LARGEST) + (<usize>i << 3), ticks)
}

export function noteLargestTick(): void {
  const n = <u32>at(Resident.INSTRUMENTS)
  let largest: f64 = 0
  // max, not a comparison: it keeps a NaN.
  for (let i: u32 = 0; i < n; ++i) largest = max<f64>(largest, largestOf(i))
  store<f64>(directory + 160, largest)
}

/** Fills a row up to whole tiles. A repeated scenario never wins: it ties with scenario 0, and the first index is reported. */
@inline
export function padRow(row: usize, s: u32): void {
  const length = rowLength(s)
  for (let j = s; j < length; ++j) store<f64>(row + (<usize>j << 3), load<f64>(row))
}

/** Takes rows of the table that the host has written. */
export function takeRows(first: u32, n: u32): i32 {
  if (!hasInstruments(first, n)) return SIZE_OUT_OF_RANGE
  const s = <u32>at(Resident.SCENARIOS)
  forget(first, n)
  for (let i = first; i < first + n; ++i) {
    const row = tableRow(i)
    let largest: f64 = 0
    for (let j: u32 = 0; j < s; ++j) {
      const ticks = load<f64>(row + (<usize>j << 3))
      if (!isExactInteger(ticks)) return fault(RISK_ARRAY_INVALID, i)
      largest = max<f64>(largest, abs(ticks))
    }
    padRow(row, s)
    noteLargest(i, largest)
  }
  noteLargestTick()
  return OK
}

/** Forgets the book rows from `rows` on. */
export function keepRows(rows: u32): i32 {
  if (!isOpen() || rows > <u32>at(Resident.ROWS)) return SIZE_OUT_OF_RANGE
  put(Resident.ROWS, rows)
  put(Resident.END, at(Resident.POSITIONS) + (<usize>(rowStart(rows) & ~WIDE) << 2))
  if (rows == 0) store<f64>(directory + 168, 0)
  return OK
}

/** Start of a book row with its mark. */
@inline
export function rowStart(row: u32): u32 {
  return load<u32>(at(Resident.ROW_START) + (<usize>row << 2))
}

export function reserveBooks(rows: u32, positions: u32): i32 {
  const status = layOutBooks(rows, positions, WIDE_BYTES)
  return status == OK ? reserve() : status
}

/** Checks the books in the scratch block and adds them, packed, behind those already there: all of them or none. */
export function addBooks(rows: u32, positions: u32): i32 {
  let status = layOutBooks(rows, positions, WIDE_BYTES)
  if (status == OK && !(isOpen() && fits())) status = SIZE_OUT_OF_RANGE
  const present = <u32>at(Resident.ROWS)
  if (status == OK && <u64>present + rows > <u64>at(Resident.ROW_CAPACITY)) status = SIZE_OUT_OF_RANGE
  if (status == OK) status = checkStarts(rows, positions)
  const starts = at(Resident.ROW_START)
  const base = at(Resident.POSITIONS)
  let to = at(Resident.END)
  let gross = grossLots()
  for (let row: u32 = 0; status == OK && row < rows; ++row) {
    const first = start(row)
    const end = start(row + 1)
    status = checkPositions(first, end)
    if (status != OK) break
    const unit = <u32>((to - base) >> 2)
    store<u32>(starts + (<usize>(present + row) << 2), compact ? unit : unit | WIDE)
    gross = max<f64>(gross, rowGross)
    to = compact ? packCompact(to, first, end) : packWide(to, first, end)
  }
  if (status != OK) return status
  store<u32>(starts + (<usize>(present + rows) << 2), <u32>((to - base) >> 2))
  store<f64>(directory + 168, gross)
  put(Resident.ROWS, present + rows)
  put(Resident.END, to)
  return OK
}

@inline
function start(row: u32): u32 {
  return load<u32>(at(Books.ROW_START) + (<usize>row << 2))
}

@inline
function instrumentAt(p: u32): u32 {
  return load<u32>(at(Books.INSTRUMENT) + (<usize>p << 2))
}

@inline
function lotsAt(p: u32): f64 {
  return load<f64>(at(Books.LOTS) + (<usize>p << 3))
}

function checkStarts(rows: u32, positions: u32): i32 {
  let previous: u32 = 0
  for (let row: u32 = 0; row <= rows; ++row) {
    const next = start(row)
    if (next < previous || next > positions || (row == 0 && next != 0)) return fault(ROW_START_INVALID, row)
    previous = next
  }
  return previous == positions ? OK : fault(ROW_START_INVALID, rows)
}

/** What `checkPositions` found out about the row: whether it fits the compact form, and Σ |lots|. */
let compact: bool = false
let rowGross: f64 = 0

function checkPositions(first: u32, end: u32): i32 {
  const n = <u32>at(Resident.INSTRUMENTS)
  compact = true
  rowGross = 0
  for (let p = first; p < end; ++p) {
    const instrument = instrumentAt(p)
    if (instrument >= n) return fault(INSTRUMENT_INDEX_INVALID, p)
    const lots = lotsAt(p)
    if (!isExactInteger(lots)) return fault(LOTS_INVALID, p)
    compact = compact && instrument <= 0xffff && lots >= -32768 && lots <= 32767
    rowGross += abs(lots)
  }
  return OK
}

function packCompact(to: usize, first: u32, end: u32): usize {
  for (let p = first; p < end; ++p, to += 4) store<u32>(to, instrumentAt(p) | (<u32><i32>lotsAt(p) << 16))
  return to
}

function packWide(to: usize, first: u32, end: u32): usize {
  for (let p = first; p < end; ++p, to += 12) {
    store<u32>(to, instrumentAt(p))
    // + 0 turns −0 into 0.
    store<f64>(to, lotsAt(p) + 0, 4)
  }
  return to
}
