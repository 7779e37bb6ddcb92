/**
 * Groups as the columns the kernel takes, many books a call, and what it answers by book.
 */
import { toNumber } from "../../domain/decimal.js"
import { divide, ONE, type Usd, usd } from "../../domain/fixed.js"
import type { Methodology, TailRule } from "../../domain/methodology.js"
import type { GroupedBooks, RiskKernel, StressTerms } from "../../domain/ports.js"
import { ageWeightedShares } from "./age-weights.js"
import type { Group } from "./book-groups.js"
import type { StressedTable } from "./stressed-table.js"

export interface WorstCases {
  /** Index of the worst scenario, one a unit in the order of the groups. */
  readonly units: readonly number[]
  /** Index of the scenario in which the units lose most together. */
  readonly joint: number
  readonly shortfall: Usd
  /** Of each part of the requirement, its worst scenario, one a unit. */
  readonly parts: ReadonlyMap<string, readonly number[]>
}

/** Enough for the kernel's pace, little enough for a few megabytes. */
const POSITIONS_A_CALL = 65_536
const [DISCOUNTED, TWO_SIDED] = [1, 2]

/** One entry a book, in the order given. */
export function stressBooks(
  kernel: RiskKernel,
  method: Methodology,
  table: StressedTable,
  books: readonly (readonly Group[])[],
): WorstCases[] {
  const results: WorstCases[] = []
  for (let first = 0; first < books.length; ) {
    let end = first
    let positions = 0
    while (end < books.length && positions < POSITIONS_A_CALL) {
      for (const group of books[end] ?? []) positions += group.held.length
      end++
    }
    results.push(...stressSome(kernel, method, table, books.slice(first, end)))
    first = end
  }
  return results
}

function stressSome(
  kernel: RiskKernel,
  method: Methodology,
  table: StressedTable,
  books: readonly (readonly Group[])[],
): WorstCases[] {
  const settlements = new Map<string, number>()
  const columns = columnsOf(method, table, books, settlements)
  const terms = termsOf(method, table, settlements)
  const stressed = (part: string | null) =>
    kernel.stress(table.ticks, table.layout.count, table.layout.mark, columns, onlyOf(part, terms, method))
  const { worstScenario, jointScenario, shortfall } = stressed(null)
  const parts = [...method.parts.keys()].map(part => [part, stressed(part).worstScenario] as const)
  return books.map((_, book) => {
    const [first, end] = [columns.bookStart[book] ?? 0, columns.bookStart[book + 1] ?? 0]
    return {
      units: [...worstScenario.subarray(first, end)],
      joint: jointScenario[book] ?? 0,
      shortfall: inUsd(shortfall?.[book] ?? 0, method),
      parts: new Map(parts.map(([part, worst]) => [part, [...worst.subarray(first, end)]])),
    }
  })
}

function columnsOf(
  method: Methodology,
  { rows }: StressedTable,
  books: readonly (readonly Group[])[],
  settlements: Map<string, number>,
): GroupedBooks {
  const groupStart = [0]
  const instrument: number[] = []
  const lots: number[] = []
  const kind: number[] = []
  const owned: number[] = []
  const owed: number[] = []
  const unitStart = [0]
  const settlement: number[] = []
  const bookStart = [0]
  const { valueDiscounts } = method
  const discounts = valueDiscounts.owned !== null || valueDiscounts.owed !== null
  for (const groups of books) {
    groups.forEach((group, g) => {
      // A fixed order of the sum, whatever order the positions came in.
      const held = group.held
        .map(each => [rows.get(each.stressed.key) ?? 0, lotsOf(each.quantity, method.lot)] as const)
        .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      for (const [row, amount] of held) {
        instrument.push(row)
        lots.push(amount)
      }
      groupStart.push(instrument.length)
      kind.push(group.kind === "options" ? (discounts ? DISCOUNTED : 0) | TWO_SIDED : 0)
      owned.push(group.terms ? toNumber(group.terms.ownedFactor) : 1)
      owed.push(group.terms ? toNumber(group.terms.owedFactor) : 1)
      if (groups[g + 1]?.unit === group.unit) return
      unitStart.push(groupStart.length - 1)
      if (method.settlement === "coin") settlement.push(placeOf(group.unit, settlements))
    })
    bookStart.push(unitStart.length - 1)
  }
  return {
    groupStart: Uint32Array.from(groupStart),
    instrument: Uint32Array.from(instrument),
    lots: Float64Array.from(lots),
    kind: Uint8Array.from(kind),
    owned: Float64Array.from(owned),
    owed: Float64Array.from(owed),
    unitStart: Uint32Array.from(unitStart),
    settlement: Uint32Array.from(settlement),
    bookStart: Uint32Array.from(bookStart),
  }
}

/** Whole lots exactly, as far as a double holds them. */
function lotsOf(quantity: bigint, lot: bigint): number {
  const whole = quantity / lot
  return whole * lot === quantity ? Number(whole) : Number(quantity) / Number(lot)
}

function placeOf(unit: string, settlements: Map<string, number>): number {
  const place = settlements.get(unit) ?? settlements.size
  settlements.set(unit, place)
  return place
}

/** What belongs to another part of the requirement weighs nothing here. */
function onlyOf(part: string | null, terms: StressTerms, { scenarios, parts }: Methodology): StressTerms {
  if (parts.size === 0) return terms
  const weight = terms.weight.map((each, s) => (scenarios[s]?.part === part ? each : 0))
  return { ...terms, weight, tail: part === null ? terms.tail : null }
}

/** Of a lot × tick: a small book is not charged a whole one. */
const FRACTION_BITS = 40

/** Rounded up beyond what a double may have lost; ≥ 0. */
function inUsd(amount: number, { tick, lot }: Methodology): Usd {
  if (amount <= 0) return usd(0n)
  const widened = BigInt(Math.ceil(amount * (1 + 2 ** -44) * 2 ** FRACTION_BITS))
  return usd(divide(widened * tick * lot, ONE << BigInt(FRACTION_BITS), "up"))
}

/** Shares of the tail's moves, newest first, summing to 1. */
function sharesOf({ moves, decay }: TailRule): Float64Array {
  return decay === null
    ? new Float64Array(moves.length).fill(1 / moves.length)
    : Float64Array.from(ageWeightedShares(moves.length, decay), share => toNumber(share))
}

function termsOf(
  method: Methodology,
  { layout }: StressedTable,
  settlements: ReadonlyMap<string, number>,
): StressTerms {
  const { scenarios, combination, scanRanges } = method
  const scale = toNumber(method.tick) * toNumber(method.lot)
  const rangeOf = (unit: string) => toNumber(scanRanges.get(unit)?.price ?? ONE)
  return {
    weight: Float64Array.from(scenarios, each => toNumber(each.weight)),
    rotation: Float64Array.from(scenarios, each => (each.volatility?.kind === "skew" ? 1 : 0)),
    dampener: Float64Array.from(scenarios, each => toNumber(each.dampener) / scale),
    divisor: Float64Array.from(
      [...settlements.keys()].flatMap(unit => scenarios.map(each => 1 + toNumber(each.price) * rangeOf(unit))),
    ),
    offset: toNumber(combination.offset),
    maximumOffset:
      combination.maximumOffset === null ? Number.POSITIVE_INFINITY : toNumber(combination.maximumOffset) / scale,
    tail: method.tail && {
      column: layout.tail,
      shares: sharesOf(method.tail),
      mass: toNumber(ONE - method.tail.level),
    },
  }
}
