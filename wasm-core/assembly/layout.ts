/**
 * Where everything lies in memory. One resident block stays between calls; behind it one scratch block holds the inputs
 * and outputs of a single call. Each column starts on a 64-byte line; the host finds it through the directory.
 *
 *        0 ┌──────────────────────────────┐
 *          │ constants, read-only         │
 *    ARENA ├──────────────────────────────┤ ← __heap_base, rounded up to 64
 *          │ directory     64 × u32       │   slots 0 … 15 the resident block, 16 … 39 and 44 the scratch block
 *    NODES ├──────────────────────────────┤
 *          │ normal distribution, 26 KB   │   see normal.ts; filled before the first pricing, never changed
 *          ├──────────────────────────────┤
 *          │ resident block               │   see resident.ts
 *          ├──────────────────────────────┤ ← directory[END]; moves as books are added
 *          │ scratch block                │
 *          └──────────────────────────────┘ ← memory.size(); grows, never shrinks
 *
 *   Scratch blocks, f64 unless said (n instruments, s scenarios, r rows, p positions)
 *
 *   risk        0 kind u8 n · 1 spot · 2 carry · 3 rate · 4 strike · 5 volatility · 6 timeToExpiry, each n
 *               7 priceMove · 8 volatilityFactor · 9 volatilityShift · 10 timeRoll · 11 weight, each s      out: 12 value n
 *               scratch: 13 packed u8 s · 14 groups 32 B × s · 15 stream, see scenario.ts · 16 work, see cells.ts
 *   Greeks      0 … 6 as above                                   out: 17 value · 18 delta · 19 gamma · 20 vega · 21 theta, each n
 *   what-if     risk and Greeks together, and 22 lots n          out: 23 sums row(s)
 *   books       0 rowStart u32 r + 1 · 1 instrument u32 p · 2 lots p
 *   sums                                                         out: 0 sums r × row(s)
 *   tail                                                         out: 0 sum r · 1 edge r
 *   stress      0 table row(c) × n · 1 groupStart u32 g + 1 · 2 instrument u32 p · 3 lots p · 4 unitStart u32 u + 1
 *               5 bookStart u32 b + 1 · 6 kind u8 g · 7 owned g · 8 owed g · 9 settlement u32 u · 10 weight row(s)
 *               11 rotation row(s) · 12 dampener row(s) · 13 divisor row(s) × t
 *               out: 14 worstPnl u · 15 worstScenario u32 u · 16 jointLoss b · 17 jointScenario u32 b
 *               scratch: 18 unitPnl row(s) × u · 19 joint row(s); for a tail of h: 20 share h, scratch 21 outcome h
 *               · 22 heap u32 h, out: 23 shortfall b
 *   hash        0 messages L × n                                 out: 1 digests 32 B × n
 *               scratch: 2 two states of 25 v128
 *
 *   row(s): s rounded up to 16, so that a row of risk arrays starts on a 64-byte line and is made of whole tiles.
 */

import { OK, OUT_OF_MEMORY, SIZE_OUT_OF_RANGE } from "./status"
import { TILE } from "./tile"

const LINE: u64 = 64
/** One line short of all, so that the end of a block is an address too. */
const ADDRESS_SPACE: u64 = (1 << 32) - LINE
/** Keeps every product below inside u64; more than memory can hold anyway. */
export const MAX_COUNT: u32 = 1 << 28

/** Scenarios that are priced at a time, and the columns that are kept of them, see cells.ts. */
export const TURN: usize = 64
export const WORK_COLUMNS: usize = 5
export const TERMS_BYTES: usize = 128
/** Slot of the two options that are looked at, in the risk block and the Greeks, see base.ts. */
export const OPTIONS: usize = 44
export const OPTION_BYTES: usize = 96
/** Behind them, the places of their d1 and d2, see normal.ts. */
const PLACE_BYTES: usize = 4 * TURN * 8

export const ARENA: usize = (__heap_base + 63) & ~63
/** One u32 a slot, then the two f64 of the resident block. It lies in the arena, since threads share it. */
export const directory: usize = ARENA
export const DIRECTORY_BYTES: usize = 256
/** The table of the normal distribution, see normal.ts. It never moves, so it is addressed without the directory. */
export const NODES: usize = ARENA + DIRECTORY_BYTES
export const NODES_A_SIDE: usize = 268
const NODES_BYTES: usize = (2 * NODES_A_SIDE + 1) * 48

/** Slots of the resident block. */
export namespace Resident {
  export const INSTRUMENTS: usize = 0
  export const SCENARIOS: usize = 1
  export const ROW_CAPACITY: usize = 2
  export const THREADS: usize = 3
  export const ROWS: usize = 4
  export const TABLE: usize = 5
  export const LARGEST: usize = 6
  export const ROW_START: usize = 7
  export const WORST_PNL: usize = 8
  export const WORST_SCENARIO: usize = 9
  export const WORKSPACE: usize = 10
  export const POSITIONS: usize = 11
  export const END: usize = 12
}

const SCRATCH: usize = 16

export namespace Risk {
  export const KIND: usize = 16
  export const SPOT: usize = 17
  export const CARRY: usize = 18
  export const RATE: usize = 19
  export const STRIKE: usize = 20
  export const VOLATILITY: usize = 21
  export const TIME_TO_EXPIRY: usize = 22
  export const PRICE_MOVE: usize = 23
  export const VOLATILITY_FACTOR: usize = 24
  export const VOLATILITY_SHIFT: usize = 25
  export const TIME_ROLL: usize = 26
  export const WEIGHT: usize = 27
  export const VALUE: usize = 28
  export const PACKED: usize = 29
  export const GROUPS: usize = 30
  export const STREAM: usize = 31
  export const WORK: usize = 32
}

export namespace Greek {
  export const VALUE: usize = 33
  export const DELTA: usize = 34
  export const GAMMA: usize = 35
  export const VEGA: usize = 36
  export const THETA: usize = 37
}

/** Beside the slots of the risk block and of the Greeks. */
export namespace WhatIf {
  export const LOTS: usize = 38
  export const SUMS: usize = 39
}

export namespace Books {
  export const ROW_START: usize = 16
  export const INSTRUMENT: usize = 17
  export const LOTS: usize = 18
}

export namespace Sums {
  export const SUMS: usize = 16
}

export namespace Tail {
  export const SUM: usize = 16
  export const EDGE: usize = 17
}

/** See `keccak.ts`. */
export namespace Hash {
  export const MESSAGES: usize = 16
  export const DIGESTS: usize = 17
  export const STATE: usize = 18
}

/** See `stress.ts`; row(c) × n is the table, every other row has the length of the scenarios. */
export namespace Stress {
  export const TABLE: usize = 16
  export const GROUP_START: usize = 17
  export const INSTRUMENT: usize = 18
  export const LOTS: usize = 19
  export const UNIT_START: usize = 20
  export const BOOK_START: usize = 21
  export const KIND: usize = 22
  export const OWNED: usize = 23
  export const OWED: usize = 24
  export const SETTLEMENT: usize = 25
  export const WEIGHT: usize = 26
  export const ROTATION: usize = 27
  export const DAMPENER: usize = 28
  export const DIVISOR: usize = 29
  export const WORST_PNL: usize = 30
  export const WORST_SCENARIO: usize = 31
  export const JOINT_LOSS: usize = 32
  export const JOINT_SCENARIO: usize = 33
  export const UNIT_PNL: usize = 34
  export const JOINT: usize = 35
  export const SHARE: usize = 36
  export const OUTCOME: usize = 37
  export const HEAP: usize = 38
  export const SHORTFALL: usize = 39
}

let cursor: u64 = 0
let slot: usize = 0

/** One more than the instruments a what-if may have, while its block is the one in scratch; 0, so none, after any other. */
export let whatIfEnd: u32 = 0

export function openWhatIf(room: u32): void {
  whatIfEnd = room + 1
}

/** What a slot holds: an address or, in the resident block, a count. */
@inline
export function at(index: usize): usize {
  return load<u32>(directory + (index << 2))
}

@inline
export function put(index: usize, value: usize): void {
  store<u32>(directory + (index << 2), <u32>value)
}

/** Begins a block at `start`, its first column in slot `first`. What was prepared in the one before is gone with it. */
export function open(start: usize, first: usize): void {
  whatIfEnd = 0
  cursor = (<u64>start + LINE - 1) & ~(LINE - 1)
  slot = first
}

export function column(count: u64, bytes: u64): void {
  put(slot++, <usize>cursor)
  cursor = (cursor + count * bytes + LINE - 1) & ~(LINE - 1)
}

export const FIRST_FREE: usize = NODES + NODES_BYTES

/** Where the scratch block begins: behind the resident block, or where that would begin if there is none. */
@inline
function openScratch(): void {
  open(max<usize>(at(Resident.END), FIRST_FREE), SCRATCH)
}

/** Scenarios a row of risk arrays has room for: s rounded up to a full tile. */
@inline
export function rowLength(s: u32): u32 {
  return (s + (TILE - 1)) & ~(TILE - 1)
}

function instrumentColumns(n: u32): void {
  slot = OPTIONS
  column(2 * OPTION_BYTES + PLACE_BYTES, 1)
  slot = SCRATCH
  column(n, 1)
  for (let i = 0; i < 6; ++i) column(n, 8)
}

/** Lays out the risk block; the status says whether the counts make sense at all. */
export function layOutRisk(n: u32, s: u32): i32 {
  if (n > MAX_COUNT || s > MAX_COUNT || s == 0) return SIZE_OUT_OF_RANGE
  openScratch()
  instrumentColumns(n)
  for (let i = 0; i < 5; ++i) column(s, 8)
  column(n, 8)
  column(s, 1)
  column(s, 32)
  // A group of one scenario still fills a whole vector, so at worst the stream is twice as long as the scenarios.
  column(<u64>s * 2, 48)
  column(TERMS_BYTES + WORK_COLUMNS * TURN * 8, 1)
  return OK
}

function greekColumns(n: u32): void {
  slot = Greek.VALUE
  for (let i = 0; i < 5; ++i) column(n, 8)
}

export function layOutGreeks(n: u32): i32 {
  if (n > MAX_COUNT) return SIZE_OUT_OF_RANGE
  openScratch()
  instrumentColumns(n)
  greekColumns(n)
  return OK
}

export function layOutWhatIf(n: u32, s: u32): i32 {
  const status = layOutRisk(n, s)
  if (status != OK) return status
  greekColumns(n)
  column(n, 8)
  column(rowLength(s), 8)
  return OK
}

/** Columns to add books from. They lie beyond the room their positions may need, since packing writes from the end of the books. */
export function layOutBooks(rows: u32, positions: u32, positionBytes: u32): i32 {
  if (rows > MAX_COUNT || positions > MAX_COUNT) return SIZE_OUT_OF_RANGE
  openScratch()
  cursor += <u64>positions * positionBytes
  open(<usize>min<u64>(cursor, ADDRESS_SPACE), SCRATCH)
  column(<u64>rows + 1, 4)
  column(positions, 4)
  column(positions, 8)
  return OK
}

export function layOutSums(rows: u32, s: u32): i32 {
  if (rows > MAX_COUNT || s > MAX_COUNT) return SIZE_OUT_OF_RANGE
  openScratch()
  column(<u64>rows * rowLength(s), 8)
  return OK
}

export function layOutTail(rows: u32): i32 {
  if (rows > MAX_COUNT) return SIZE_OUT_OF_RANGE
  openScratch()
  column(rows, 8)
  column(rows, 8)
  return OK
}

/** n messages of as many bytes each, a multiple of 8 and at most 1,024. */
export function layOutHash(n: u32, bytes: u32): i32 {
  if (n > MAX_COUNT || bytes > 1_024 || (bytes & 7) != 0) return SIZE_OUT_OF_RANGE
  openScratch()
  column(n, bytes)
  column(n, 32)
  column(2 * 25, 16)
  return OK
}

/** c columns of the table, of which the first s are scenarios; `settlements` rows of divisors, 0 where all is paid in cash. */
export function layOutStress(
  n: u32, c: u32, s: u32, positions: u32, groups: u32, units: u32, books: u32, settlements: u32,
  tail: u32,
): i32 {
  const most = max(max(max(n, c), max(s, positions)), max(max(max(groups, units), max(books, settlements)), tail))
  if (most > MAX_COUNT || s == 0) return SIZE_OUT_OF_RANGE
  openScratch()
  column(<u64>n * rowLength(c), 8)
  column(<u64>groups + 1, 4)
  column(positions, 4)
  column(positions, 8)
  column(<u64>units + 1, 4)
  column(<u64>books + 1, 4)
  column(groups, 1)
  column(groups, 8)
  column(groups, 8)
  column(units, 4)
  for (let i = 0; i < 3; ++i) column(rowLength(s), 8)
  column(<u64>settlements * rowLength(s), 8)
  column(units, 8)
  column(units, 4)
  column(books, 8)
  column(books, 4)
  column(<u64>units * rowLength(s), 8)
  column(rowLength(s), 8)
  column(tail, 8)
  column(rowLength(tail), 8)
  column(tail, 4)
  column(books, 8)
  return OK
}

/** Whether the block laid out last lies inside memory as it is; what the computing exports check. */
export function fits(): bool {
  return cursor <= <u64>memory.size() << 16
}

/** Grows memory until the block laid out last fits. */
export function reserve(): i32 {
  if (cursor > ADDRESS_SPACE) return SIZE_OUT_OF_RANGE
  const pages = <i32>((cursor + 0xffff) >> 16)
  const missing = pages - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return OUT_OF_MEMORY
  return OK
}

/** Where the block laid out last ends. */
export function blockEnd(): usize {
  return <usize>cursor
}
