/**
 * Σ quantity × ticks for every row and column, exact whatever the quantities: the kernel sums limbs, bigints join them.
 * Ordinary books fit one limb and cost one kernel pass; eighteen decimals of quantity cost a few.
 */
import { abs } from "../../domain/fixed.js"
import type { BookRows } from "../../domain/ports.js"
import type { ScenarioKernel } from "./kernel-port.js"

export interface Holding {
  /** Row of the table. */
  readonly instrument: number
  /** Any whole number, signed. */
  readonly quantity: bigint
}

/** Every partial sum must stay below 2^53, where f64 counts without gaps. */
const EXACT_BITS = 53

/**
 * @param table instruments × columns of whole ticks, row-major, each |tick| < 2^53.
 * @returns rows × columns.
 * @throws KernelError when the table holds anything but whole ticks.
 */
export function exactSums(
  kernel: ScenarioKernel,
  table: Float64Array,
  columns: number,
  rows: readonly (readonly Holding[])[],
): bigint[][] {
  const quantities = rows.flatMap(row => row.map(each => abs(each.quantity)))
  const common = largestCommonPowerOfTen(quantities)
  const quantityBits = bitLength(quantities.reduce((most, each) => (each > most ? each : most), 0n) / common)
  const tickBits = bitLength(BigInt(table.reduce((most, each) => Math.max(most, Math.abs(each)), 0)))
  const longest = Math.max(1, ...rows.map(row => row.length))
  const limbs = limbsFor(quantityBits, tickBits, longest)
  const sums = kernel.scenarioSums(
    splitTable(table, columns, limbs.bits, limbs.ticks),
    columns,
    bookRows(rows.flatMap(row => splitRow(row, common, limbs))),
  )
  const orders = limbs.ticks + limbs.quantities - 1
  return rows.map((_, row) =>
    Array.from({ length: columns }, (_, column) => {
      let sum = 0n
      for (let order = orders - 1; order >= 0; order--)
        sum = (sum << BigInt(limbs.bits)) + BigInt(sums[(row * orders + order) * columns + column] ?? Number.NaN)
      return sum * common
    }),
  )
}

interface Limbs {
  readonly bits: number
  readonly quantities: number
  readonly ticks: number
}

function limbsFor(quantityBits: number, tickBits: number, longest: number): Limbs {
  const headroom = bitLength(BigInt(longest))
  if (quantityBits + tickBits + headroom <= EXACT_BITS)
    return { bits: Math.max(quantityBits, tickBits, 1), quantities: 1, ticks: 1 }
  // Smaller limbs mean more pairs in one sum, which in turn need room: the first size that fits is the largest.
  for (let bits = 26; bits > 0; bits--) {
    const quantities = Math.max(1, Math.ceil(quantityBits / bits))
    const ticks = Math.max(1, Math.ceil(tickBits / bits))
    if (2 * bits + headroom + bitLength(BigInt(Math.min(quantities, ticks))) <= EXACT_BITS)
      return { bits, quantities, ticks }
  }
  throw new RangeError(`${longest} positions cannot be summed exactly`)
}

/** The table once per limb: limb l of instrument i is row i · limbs + l. */
function splitTable(table: Float64Array, columns: number, bits: number, limbs: number): Float64Array {
  if (limbs === 1) return table
  const base = 2 ** bits
  const split = new Float64Array(table.length * limbs)
  table.forEach((ticks, at) => {
    const instrument = Math.floor(at / columns)
    let rest = ticks
    for (let limb = 0; limb < limbs; limb++) {
      const above = limb === limbs - 1 ? 0 : Math.trunc(rest / base)
      split[(instrument * limbs + limb) * columns + (at % columns)] = rest - above * base
      rest = above
    }
  })
  return split
}

/** One kernel row for each power of the base: all pairs of limbs whose orders add up to it. */
function splitRow(row: readonly Holding[], common: bigint, { bits, quantities, ticks }: Limbs) {
  const orders = Array.from({ length: ticks + quantities - 1 }, (): { instrument: number; lots: number }[] => [])
  for (const { instrument, quantity } of row) {
    const lots = splitQuantity(quantity / common, bits, quantities)
    lots.forEach((lot, q) => {
      for (let t = 0; t < ticks; t++) orders[q + t]?.push({ instrument: instrument * ticks + t, lots: lot })
    })
  }
  return orders
}

function splitQuantity(quantity: bigint, bits: number, limbs: number): number[] {
  const base = 1n << BigInt(bits)
  let rest = quantity
  return Array.from({ length: limbs }, (_, limb) => {
    if (limb === limbs - 1) return Number(rest)
    const lots = Number(rest % base)
    rest /= base
    return lots
  })
}

function bookRows(rows: readonly (readonly { instrument: number; lots: number }[])[]): BookRows {
  const rowStart = new Uint32Array(rows.length + 1)
  rows.forEach((row, i) => {
    rowStart[i + 1] = (rowStart[i] ?? 0) + row.length
  })
  const positions = rows.flat()
  return {
    rowStart,
    instrument: Uint32Array.from(positions, each => each.instrument),
    lots: Float64Array.from(positions, each => each.lots),
  }
}

function largestCommonPowerOfTen(values: readonly bigint[]): bigint {
  let power = 10n ** 18n
  for (const value of values) while (value % power !== 0n) power /= 10n
  return power
}

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length)
