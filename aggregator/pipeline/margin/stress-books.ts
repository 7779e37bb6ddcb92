/**
 * Groups as the columns the kernel takes, many books a call, and what it answers by book.
 */
import { toNumber } from "../../domain/decimal.js"
import { divide, ONE, type Usd, usd } from "../../domain/fixed.js"
import type { Methodology, TailRule } from "../../domain/methodology.js"
import type { GroupedBooks, RiskKernel, StressTerms } from "../../domain/ports.js"
import { ageWeightedShares } from "./age-weights.js"
import type { Group } from "./book-groups.js"
import type { ExpiryTerms } from "./expiry-terms.js"
import { onceEach } from "./once-each.js"
import type { StressedTable } from "./stressed-table.js"

/** What the kernel found in books, units and books in the order of the groups. */
export interface WorstCases {
  /** Of book b the units from bookStart[b] up to bookStart[b + 1]. */
  readonly bookStart: Uint32Array
  /** Index of the worst scenario, one a unit. */
  readonly units: Uint32Array
  /** Index of the scenario in which the units lose most together, one a book. */
  readonly joint: Uint32Array
  /** Of each part of the requirement, its worst scenario, one a unit. */
  readonly parts: ReadonlyMap<string, Uint32Array>
  shortfallOf(book: number): Usd
}

const NOTHING = usd(0n)
const [DISCOUNTED, TWO_SIDED] = [1, 2]

/** Books, in the order given, in one call of the kernel. */
export function stressBooks(
  kernel: RiskKernel,
  method: Methodology,
  table: StressedTable,
  books: readonly (readonly Group[])[],
): WorstCases {
  const settlements = new Map<string, number>()
  const columns = columnsOf(method, table, books, settlements)
  const terms = termsOf(method, table, settlements)
  const stressed = (part: string | null) =>
    kernel.stress(table.ticks, table.layout.count, table.layout.mark, columns, onlyOf(part, terms, method))
  const { worstScenario, jointScenario, shortfall } = stressed(null)
  return {
    bookStart: columns.bookStart,
    units: worstScenario,
    joint: jointScenario,
    parts: new Map([...method.parts.keys()].map(part => [part, stressed(part).worstScenario])),
    shortfallOf: book => (shortfall === null ? NOTHING : inUsd(shortfall[book] ?? 0, method)),
  }
}

function columnsOf(
  method: Methodology,
  { rows }: StressedTable,
  books: readonly (readonly Group[])[],
  settlements: Map<string, number>,
): GroupedBooks {
  let groupCount = 0
  let heldCount = 0
  for (const groups of books) {
    groupCount += groups.length
    for (const { held } of groups) heldCount += held.length
  }
  const groupStart = new Uint32Array(groupCount + 1)
  const instrument = new Uint32Array(heldCount)
  const lots = new Float64Array(heldCount)
  const kind = new Uint8Array(groupCount)
  const owned = new Float64Array(groupCount)
  const owed = new Float64Array(groupCount)
  const unitStart = [0]
  const settlement: number[] = []
  const bookStart = [0]
  const { valueDiscounts } = method
  const discounts = valueDiscounts.owned !== null || valueDiscounts.owed !== null
  const factorsOf = factors()
  let group = 0
  let end = 0
  for (const groups of books) {
    for (let g = 0; g < groups.length; g++) {
      const each = groups[g]
      if (!each) continue
      const first = end
      for (const holding of each.held) {
        insert(rows[holding.stressed.place] ?? 0, holding.lots, first, end, instrument, lots)
        end++
      }
      const { place } = each
      const discounted = factorsOf(place.terms)
      kind[group] = place.kind === "options" ? (discounts ? DISCOUNTED : 0) | TWO_SIDED : 0
      owned[group] = discounted.owned
      owed[group] = discounted.owed
      groupStart[++group] = end
      if (groups[g + 1]?.place.unit === place.unit) continue
      unitStart.push(group)
      if (method.settlement === "coin") settlement.push(placeOf(place.unit, settlements))
    }
    bookStart.push(unitStart.length - 1)
  }
  return {
    groupStart,
    instrument,
    lots,
    kind,
    owned,
    owed,
    unitStart: Uint32Array.from(unitStart),
    settlement: Uint32Array.from(settlement),
    bookStart: Uint32Array.from(bookStart),
  }
}

/** Puts a holding where it belongs among those from `first` on: a fixed order of the sum, whatever order they came in. */
function insert(row: number, amount: number, first: number, end: number, instrument: Uint32Array, lots: Float64Array) {
  let at = end
  for (; at > first; at--) {
    const [before, least] = [instrument[at - 1] ?? 0, lots[at - 1] ?? 0]
    if (before < row || (before === row && least <= amount)) break
    instrument[at] = before
    lots[at] = least
  }
  instrument[at] = row
  lots[at] = amount
}

function factors() {
  const known = new Map<ExpiryTerms | null, { readonly owned: number; readonly owed: number }>()
  return (terms: ExpiryTerms | null) => {
    const found = known.get(terms) ?? {
      owned: terms ? toNumber(terms.ownedFactor) : 1,
      owed: terms ? toNumber(terms.owedFactor) : 1,
    }
    known.set(terms, found)
    return found
  }
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
  if (amount <= 0) return NOTHING
  const widened = BigInt(Math.ceil(amount * (1 + 2 ** -44) * 2 ** FRACTION_BITS))
  return usd(divide(widened * tick * lot, ONE << BigInt(FRACTION_BITS), "up"))
}

/** Shares of the tail's moves, newest first, summing to 1. */
function sharesOf({ moves, decay }: TailRule): Float64Array {
  return decay === null
    ? new Float64Array(moves.length).fill(1 / moves.length)
    : Float64Array.from(ageWeightedShares(moves.length, decay), share => toNumber(share))
}

interface FixedTerms extends Omit<StressTerms, "divisor" | "tail"> {
  readonly tail: Omit<NonNullable<StressTerms["tail"]>, "column"> | null
}

const fixedTermsOf = onceEach((method: Methodology): FixedTerms => {
  const { scenarios, combination } = method
  const scale = toNumber(method.tick) * toNumber(method.lot)
  return {
    weight: Float64Array.from(scenarios, each => toNumber(each.weight)),
    rotation: Float64Array.from(scenarios, each => (each.volatility?.kind === "skew" ? 1 : 0)),
    dampener: Float64Array.from(scenarios, each => toNumber(each.dampener) / scale),
    offset: toNumber(combination.offset),
    maximumOffset:
      combination.maximumOffset === null ? Number.POSITIVE_INFINITY : toNumber(combination.maximumOffset) / scale,
    tail: method.tail && { shares: sharesOf(method.tail), mass: toNumber(ONE - method.tail.level) },
  }
})

function termsOf(
  method: Methodology,
  { layout }: StressedTable,
  settlements: ReadonlyMap<string, number>,
): StressTerms {
  const { scenarios, scanRanges } = method
  const rangeOf = (unit: string) => toNumber(scanRanges.get(unit)?.price ?? ONE)
  const { tail, ...fixed } = fixedTermsOf(method)
  const divisor = [...settlements.keys()].flatMap(unit =>
    scenarios.map(each => 1 + toNumber(each.price) * rangeOf(unit)),
  )
  return { ...fixed, divisor: Float64Array.from(divisor), tail: tail && { ...tail, column: layout.tail } }
}
