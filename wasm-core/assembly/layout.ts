/**
 * Where everything lies in memory: three blocks that share one arena, each column on a 64-byte line of its own.
 * The kernel alone knows offsets; the host reads them from the directory after reserving a block.
 *
 *        0 ┌───────────────────────────────┐
 *          │ constants, directory          │
 *   ARENA  ├───────────────────────────────┤  ← __heap_base, rounded up to 64; every call starts here again
 *          │ one block                     │
 *          └───────────────────────────────┘  ← memory.size(); grows, never shrinks
 *
 *   Risk block (n instruments, s scenarios; f64 unless said)      Book block (n, s, r rows, p positions)
 *    0 kind              u8   n  ┐                                 0 table       row(s) × n  in: risk arrays
 *    1 spot                   n  │                                 1 rowStart     u32  r + 1 ┐
 *    2 carry                  n  │ in: one instrument              2 instrument   u32  p     │ in: books
 *    3 rate                   n  │     a column index              3 lots              p     ┘
 *    4 strike                 n  │                                 4 worstPnl            r   ┐ out
 *    5 volatility             n  │                                 5 worstScenario  u32  r   ┘
 *    6 timeToExpiry           n  ┘                                 6 largest             n     scratch
 *    7 priceMove              s  ┐                                 7 sums    row(s) × r or 1   out when kept, else scratch
 *    8 volatilityFactor       s  │
 *    9 volatilityShift        s  │ in: scenarios                  Greeks block (n)
 *   10 timeRoll               s  │                                 0 … 6 in: as in the risk block
 *   11 weight                 s  ┘                                 7 value  8 delta  9 gamma  10 vega  11 theta
 *   12 value                  n  ┐ out
 *   13 pnl           row(s) × n  ┘                                row(s): s rounded up to 8, so that a row of
 *   14 packed            u8   s  ┐                                risk arrays starts on a 64-byte line and a tile
 *   15 groups          32 B × s  │ scratch                        of 8 scenarios never crosses its end
 *   16 stream       48 B × 2 s   ┘
 */

import { OK, OUT_OF_MEMORY, SIZE_OUT_OF_RANGE } from "./status"

/** One u32 address a column of the block reserved last. */
export const directory: usize = memory.data(128, 64)

const LINE: u64 = 64
const ADDRESS_SPACE: u64 = 1 << 32
/** Keeps every product below inside u64; more than memory can hold anyway. */
const MAX_COUNT: u32 = 1 << 28

let cursor: u64 = 0
let slot: usize = 0

function open(): void {
  cursor = (<u64>__heap_base + LINE - 1) & ~(LINE - 1)
  slot = directory
}

function column(count: u64, bytes: u64): void {
  store<u32>(slot, <u32>cursor)
  slot += 4
  cursor = (cursor + count * bytes + LINE - 1) & ~(LINE - 1)
}

function instrumentColumns(n: u32): void {
  column(n, 1)
  for (let i = 0; i < 6; ++i) column(n, 8)
}

/** Address of a column of the block laid out last. */
@inline
export function at(index: usize): usize {
  return load<u32>(directory + (index << 2))
}

/** Scenarios a row of risk arrays has room for: s rounded up to a full tile. */
@inline
export function rowLength(s: u32): u32 {
  return (s + 7) & ~7
}

export namespace Risk {
  export const KIND: usize = 0
  export const SPOT: usize = 1
  export const CARRY: usize = 2
  export const RATE: usize = 3
  export const STRIKE: usize = 4
  export const VOLATILITY: usize = 5
  export const TIME_TO_EXPIRY: usize = 6
  export const PRICE_MOVE: usize = 7
  export const VOLATILITY_FACTOR: usize = 8
  export const VOLATILITY_SHIFT: usize = 9
  export const TIME_ROLL: usize = 10
  export const WEIGHT: usize = 11
  export const VALUE: usize = 12
  export const PNL: usize = 13
  export const PACKED: usize = 14
  export const GROUPS: usize = 15
  export const STREAM: usize = 16
}

export namespace Book {
  export const TABLE: usize = 0
  export const ROW_START: usize = 1
  export const INSTRUMENT: usize = 2
  export const LOTS: usize = 3
  export const WORST_PNL: usize = 4
  export const WORST_SCENARIO: usize = 5
  export const LARGEST: usize = 6
  export const SUMS: usize = 7
}

export namespace Greek {
  export const VALUE: usize = 7
  export const DELTA: usize = 8
  export const GAMMA: usize = 9
  export const VEGA: usize = 10
  export const THETA: usize = 11
}

/** Lays out the risk block; the status says whether the counts make sense at all. */
export function layOutRisk(n: u32, s: u32): i32 {
  if (n > MAX_COUNT || s > MAX_COUNT || s == 0) return SIZE_OUT_OF_RANGE
  open()
  instrumentColumns(n)
  for (let i = 0; i < 5; ++i) column(s, 8)
  column(n, 8)
  column(<u64>n * rowLength(s), 8)
  column(s, 1)
  column(s, 32)
  // A group of one scenario still fills a whole vector, so at worst the stream is twice as long as the scenarios.
  column(<u64>s * 2, 48)
  return OK
}

/** `keep`: whether every row's sums stay, or each overwrites the one before. */
export function layOutBooks(n: u32, s: u32, rows: u32, positions: u32, keep: bool): i32 {
  if (n > MAX_COUNT || s > MAX_COUNT || s == 0 || rows > MAX_COUNT || positions > MAX_COUNT) return SIZE_OUT_OF_RANGE
  open()
  column(<u64>n * rowLength(s), 8)
  column(<u64>rows + 1, 4)
  column(positions, 4)
  column(positions, 8)
  column(rows, 8)
  column(rows, 4)
  column(n, 8)
  column(keep ? <u64>rows * rowLength(s) : rowLength(s), 8)
  return OK
}

export function layOutGreeks(n: u32): i32 {
  if (n > MAX_COUNT) return SIZE_OUT_OF_RANGE
  open()
  instrumentColumns(n)
  for (let i = 0; i < 5; ++i) column(n, 8)
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
