/**
 * Stage two for any methodology: each book's positions grouped by risk unit and expiry, put under stress by the kernel,
 * which names the worst scenario. Amounts under a scenario are then exact integers; what rounds, rounds down.
 */
import { toNumber } from "../../domain/decimal.js"
import { attempt, PlimsollError, QuantityOverflowError, UnpriceablePositionError } from "../../domain/errors.js"
import { divide, maxOf, minOf, ONE, type Usd, usd } from "../../domain/fixed.js"
import type { Book, BookMarket, UnitMarket } from "../../domain/margin-book.js"
import type { Methodology, StressScenario } from "../../domain/methodology.js"
import type { RiskKernel } from "../../domain/ports.js"
import { type Group, grouper, type Holding, unitMarket } from "./book-groups.js"
import { type Context, type GroupRisk, StressedGroup, scaleOf } from "./group-risk.js"
import { onceEach } from "./once-each.js"
import { stressBooks, type WorstCases } from "./stress-books.js"
import { type StressedTable, stressedTable } from "./stressed-table.js"

const NOTHING = usd(0n)

export interface UnitRisk {
  readonly unit: string
  readonly market: UnitMarket
  readonly groups: readonly GroupRisk[]
  /** Index of the scenario of the scan with the lowest counted P&L. */
  readonly worst: number
  /** Index of the scenario with the lowest counted P&L of a part of the requirement beside the scan. */
  partWorst(part: string): number | undefined
  /** What cutting quantities to whole lots can hide at most, ≥ 0, rounded up. */
  readonly lotRemainder: Usd
  /** Σ groups, dampened. */
  pnlAt(scenario: number): Usd
}

export interface BookRisk {
  readonly units: readonly UnitRisk[]
  /** Index of the scenario in which the units lose most together; `null` when they lose in none. */
  readonly jointScenario: number | null
  /** Expected shortfall over the tail's joint moves, ≥ 0, rounded up; 0 without one. */
  readonly shortfall: Usd
}

/** The risks of books, in the order given; a book that cannot be margined has its error instead and troubles no other. */
export type RiskOfBooks = (books: readonly Book[]) => (BookRisk | PlimsollError)[]

/** Any number of calls against one market: a call is one pass of the kernel, and the table is made anew when it lacks something. */
export function riskOfBooks(kernel: RiskKernel, method: Methodology, market: BookMarket): RiskOfBooks {
  const group = grouper(kernel, method, market)
  const { lotTick, scale, unshifted } = countingOf(method)
  let priced: StressedTable | undefined
  return books => {
    const grouped = books.map(book => attempt(() => group.of(book)))
    const instruments = group.instruments()
    const table = priced?.rows.length === instruments.length ? priced : stressedTable(kernel, method, instruments)
    priced = table
    const context: UnitContext = { table, method, market, scale, unshifted }
    const margined: (readonly Group[])[] = []
    const checked = grouped.map((groups, i) => {
      if (groups instanceof PlimsollError) return groups
      const refused = refusedIn(groups, table)
      if (refused) return refused
      if (!(grossOf(groups, table) * lotTick < LARGEST_GROSS))
        return new QuantityOverflowError(`the book of ${books[i]?.id ?? ""}`)
      margined.push(groups)
      return groups
    })
    const worst = stressBooks(kernel, method, table, margined)
    let next = 0
    return checked.map(each => (each instanceof PlimsollError ? each : bookRisk(each, worst, next++, context)))
  }
}

function refusedIn(groups: readonly Group[], { refused }: StressedTable): UnpriceablePositionError | undefined {
  if (refused.size === 0) return undefined
  const holding = groups.flatMap(each => each.held).find(each => refused.has(each.stressed.key))
  return (
    holding && new UnpriceablePositionError(holding.stressed.name, refused.get(holding.stressed.key) ?? "UNPRICEABLE")
  )
}

/** USD. Beyond this a double cannot tell two scenarios apart to the cent. */
const LARGEST_GROSS = 2 ** 53 / 100

/** Σ |lots| × the widest ticks of any scenario. */
function grossOf(groups: readonly Group[], { rows, widest }: StressedTable): number {
  let gross = 0
  for (const { held } of groups)
    for (const { stressed, lots } of held) gross += Math.abs(lots) * (widest[rows[stressed.place] ?? -1] ?? Number.NaN)
  return gross
}

interface UnitContext extends Context {
  /** Of each scenario, whether its P&L counts as it is: paid in cash, in full, in its own direction. */
  readonly unshifted: readonly boolean[]
}

const countingOf = onceEach((method: Methodology) => ({
  lotTick: toNumber(method.lot) * toNumber(method.tick),
  scale: scaleOf(method),
  unshifted: method.scenarios.map(each => countsAsItIs(each, method)),
}))

const countsAsItIs = ({ weight, volatility, dampener }: StressScenario, { settlement }: Methodology): boolean =>
  settlement === "cash" && weight === ONE && volatility?.kind !== "skew" && dampener === 0n

function bookRisk(groups: readonly Group[], worst: WorstCases, book: number, context: UnitContext): BookRisk {
  const units: UnitRisk[] = []
  const firstUnit = worst.bookStart[book] ?? 0
  for (let first = 0; first < groups.length; ) {
    const unit = groups[first]?.place.unit ?? ""
    const members: StressedGroup[] = []
    let remainder = 0n
    for (; groups[first]?.place.unit === unit; first++) {
      const group = groups[first] as Group
      members.push(new StressedGroup(group, context))
      if (!group.isWhole) remainder += remainderOf(group, context)
    }
    units.push(new StressedUnit(unit, members, usd(remainder), worst, firstUnit + units.length, context))
  }
  const joint = worst.joint[book] ?? 0
  const isOfScan = context.method.scenarios[joint]?.part === null
  return { units, jointScenario: isOfScan ? joint : null, shortfall: worst.shortfallOf(book) }
}

class StressedUnit implements UnitRisk {
  readonly unit: string
  readonly market: UnitMarket
  readonly groups: readonly StressedGroup[]
  readonly worst: number
  readonly lotRemainder: Usd
  readonly #cases: WorstCases
  readonly #place: number
  readonly #context: UnitContext

  constructor(
    unit: string,
    groups: readonly StressedGroup[],
    lotRemainder: Usd,
    cases: WorstCases,
    place: number,
    context: UnitContext,
  ) {
    this.unit = unit
    this.market = unitMarket(context.market, unit, context.method)
    this.groups = groups
    this.lotRemainder = lotRemainder
    this.#cases = cases
    this.#place = place
    this.#context = context
    this.worst = this.#ownWorst(cases.units[place] ?? 0, null)
  }

  partWorst(part: string): number | undefined {
    const found = this.#cases.parts.get(part)?.[this.#place]
    return found === undefined ? undefined : this.#ownWorst(found, part)
  }

  /**
   * The worst scenario of a part, `null` for the scan, where the kernel found this one: it weighs all others nothing, so
   * that one of those is the lowest where the unit gains in all of its own.
   */
  #ownWorst(found: number, part: string | null): number {
    const { scenarios } = this.#context.method
    if (scenarios[found]?.part === part) return found
    const own = scenarios.flatMap((each, scenario) => (each.part === part ? [scenario] : []))
    return own.reduce((worst, scenario) => (this.pnlAt(scenario) < this.pnlAt(worst) ? scenario : worst))
  }

  pnlAt(scenario: number): Usd {
    const { scale, unshifted, method } = this.#context
    const ticks = unshifted[scenario] && scale !== null ? this.#ticksAt(scenario) : undefined
    if (ticks !== undefined && scale !== null) return usd(BigInt(ticks) * scale)
    let total = 0n
    for (const group of this.groups) total += group.pnlAt(scenario)
    return towardsZero(usd(total), method.scenarios[scenario]?.dampener ?? NOTHING)
  }

  /** Of all groups together, where none is discounted and a double holds the sum exactly. */
  #ticksAt(scenario: number): number | undefined {
    let total = 0
    let gross = 0
    for (const group of this.groups) {
      const ticks = group.isPlain ? group.ticksAt(scenario) : undefined
      if (ticks === undefined) return undefined
      total += ticks
      gross += Math.abs(ticks)
    }
    return gross <= Number.MAX_SAFE_INTEGER ? total : undefined
  }
}

/** Σ the part below one lot × the widest tick of any scenario. */
function remainderOf({ held }: Group, context: Context): bigint {
  let total = 0n
  for (const each of held) if (each.remainder !== 0n) total += widestLoss(each, context)
  return total
}

function widestLoss({ stressed, remainder }: Holding, { table, method }: Context): bigint {
  const widest = table.widest[table.rows[stressed.place] ?? -1] ?? Number.NaN
  return divide(remainder * BigInt(widest) * method.tick, ONE, "up")
}

const towardsZero = (pnl: Usd, by: Usd): Usd =>
  by === 0n ? pnl : pnl < 0n ? minOf(NOTHING, usd(pnl + by)) : maxOf(NOTHING, usd(pnl - by))
