/**
 * Stage two for any methodology: each book's positions grouped by risk unit and expiry, put under stress by the kernel,
 * which names the worst scenario. Amounts under a scenario are then exact integers; what rounds, rounds down.
 */
import { toNumber } from "../../domain/decimal.js"
import { attempt, PlimsollError, QuantityOverflowError, UnpriceablePositionError } from "../../domain/errors.js"
import {
  abs,
  divide,
  maxOf,
  minOf,
  ONE,
  type Price,
  type Quantity,
  quantity,
  type Ratio,
  ratio,
  sumUsd,
  type Usd,
  usd,
} from "../../domain/fixed.js"
import type { Book, BookMarket, HeldPosition, UnitMarket } from "../../domain/margin-book.js"
import type { Methodology, StressScenario } from "../../domain/methodology.js"
import type { RiskKernel } from "../../domain/ports.js"
import { type Group, grouper, type Holding, unitMarket } from "./book-groups.js"
import type { ExpiryTerms } from "./expiry-terms.js"
import { stressBooks, type WorstCases } from "./stress-books.js"
import { DELTA_TICK, type StressedTable, stressedTable } from "./stressed-table.js"

/** What expires together, or never: options are valued as one, because discounts depend on the sign of that value. */
export interface GroupRisk {
  readonly kind: "options" | "futures" | "undated"
  /** Unix seconds; `null` for perpetuals and scanned collateral. */
  readonly expiry: number | null
  readonly terms: ExpiryTerms | null
  readonly positions: readonly HeldPosition[]
  /** Value of +1 long, one a position, rounded against the account; 0 for what is marked elsewhere. */
  readonly marks: readonly Price[]
  /** Value of the options now, USD, signed; 0 for what is marked elsewhere. */
  readonly mark: Usd
  /** Change of value to the forward, units of the underlying. */
  readonly delta: Quantity
  /** Counted P&L under a scenario. */
  pnlAt(scenario: number): Usd
  /** Weighted P&L of one position alone under a scenario, before discounts. */
  positionPnl(position: number, scenario: number): Usd
  /** Weighted P&L of the scanned collateral under a scenario. */
  collateralPnl(scenario: number): Usd
  /** ΔV under the two probes of a charge, by its place in the methodology; undiscounted and unweighted. */
  probe(charge: number): { readonly up: Usd; readonly down: Usd }
}

export interface UnitRisk {
  readonly unit: string
  readonly market: UnitMarket
  readonly groups: readonly GroupRisk[]
  /** Index of the scenario of the scan with the lowest counted P&L. */
  readonly worst: number
  /** Index of the scenario with the lowest counted P&L of each part of the requirement beside the scan. */
  readonly partWorst: ReadonlyMap<string, number>
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

/**
 * All books against one market, one table and one pass of the kernel for all of them; the result is by book id.
 * A book that cannot be margined has its error instead of a risk, and troubles no other.
 */
export function bookRisks(
  kernel: RiskKernel,
  method: Methodology,
  books: readonly Book[],
  market: BookMarket,
): ReadonlyMap<string, BookRisk | PlimsollError> {
  const result = new Map<string, BookRisk | PlimsollError>()
  const group = grouper(kernel, method, market)
  const groupsOf = new Map<string, readonly Group[]>()
  for (const book of books) {
    const groups = attempt(() => group.of(book))
    if (groups instanceof PlimsollError) result.set(book.id, groups)
    else groupsOf.set(book.id, groups)
  }
  const table = stressedTable(kernel, method, group.instruments())
  const priced = [...groupsOf].filter(([id, groups]) => {
    const stranger = refusedIn(groups, table) ?? oversized(id, groups, table, method)
    if (stranger) result.set(id, stranger)
    return stranger === undefined
  })
  const worst = stressBooks(
    kernel,
    method,
    table,
    priced.map(([, groups]) => groups),
  )
  priced.forEach(([id, groups], i) => {
    result.set(id, bookRisk(groups, worst[i], { table, method, market }))
  })
  return result
}

function refusedIn(groups: readonly Group[], { refused }: StressedTable): UnpriceablePositionError | undefined {
  if (refused.size === 0) return undefined
  const holding = groups.flatMap(each => each.held).find(each => refused.has(each.stressed.key))
  return (
    holding && new UnpriceablePositionError(holding.stressed.name, refused.get(holding.stressed.key) ?? "UNPRICEABLE")
  )
}

/** Beyond this a double cannot tell two scenarios apart to the cent. */
const LARGEST_GROSS = 2 ** 53 / 100

function oversized(
  book: string,
  groups: readonly Group[],
  { rows, widest }: StressedTable,
  { tick }: Methodology,
): QuantityOverflowError | undefined {
  let gross = 0
  for (const { held } of groups)
    for (const { stressed, quantity: amount } of held)
      gross += Math.abs(Number(amount)) * 1e-18 * (widest[rows.get(stressed.key) ?? -1] ?? Number.NaN)
  return gross * toNumber(tick) < LARGEST_GROSS ? undefined : new QuantityOverflowError(`the book of ${book}`)
}

interface Context {
  readonly table: StressedTable
  readonly method: Methodology
  readonly market: BookMarket
}

function bookRisk(groups: readonly Group[], worst: WorstCases | undefined, context: Context): BookRisk {
  const units: UnitRisk[] = []
  for (let first = 0; first < groups.length; ) {
    const unit = groups[first]?.unit ?? ""
    let end = first
    while (groups[end]?.unit === unit) end++
    const place = units.length
    const partWorst = new Map([...(worst?.parts ?? [])].map(([part, of]) => [part, of[place] ?? 0]))
    units.push(unitRisk(unit, groups.slice(first, end), worst?.units[place] ?? 0, partWorst, context))
    first = end
  }
  const joint = worst?.joint ?? 0
  const isOfScan = context.method.scenarios[joint]?.part === null
  return { units, jointScenario: isOfScan ? joint : null, shortfall: worst?.shortfall ?? usd(0n) }
}

/**
 * The worst scenario of a part, `null` for the scan, where the kernel found this one: it weighs all others nothing, so
 * that one of those is the lowest where the unit gains in all of its own.
 */
function ownWorst(
  found: number,
  part: string | null,
  { scenarios }: Methodology,
  pnlAt: (scenario: number) => Usd,
): number {
  if (scenarios[found]?.part === part) return found
  const own = scenarios.flatMap((each, scenario) => (each.part === part ? [scenario] : []))
  return own.reduce((worst, scenario) => (pnlAt(scenario) < pnlAt(worst) ? scenario : worst))
}

function unitRisk(
  unit: string,
  members: readonly Group[],
  worst: number,
  partWorst: ReadonlyMap<string, number>,
  context: Context,
): UnitRisk {
  const { method, market } = context
  const groups = members.map(each => new StressedGroup(each, context))
  const held = members.flatMap(each => each.held)
  const pnlAt = (scenario: number) => {
    const total = sumUsd(groups.map(each => each.pnlAt(scenario)))
    return towardsZero(total, method.scenarios[scenario]?.dampener ?? usd(0n))
  }
  return {
    unit,
    market: unitMarket(market, unit, method),
    groups,
    worst: ownWorst(worst, null, method, pnlAt),
    partWorst: new Map([...partWorst].map(([part, found]) => [part, ownWorst(found, part, method, pnlAt)])),
    lotRemainder: sumUsd(held.map(each => remainderOf(each, context))),
    pnlAt,
  }
}

/** The part below one lot × the widest tick of any scenario. */
function remainderOf({ stressed, remainder }: Holding, { table, method }: Context): Usd {
  if (remainder === 0n) return usd(0n)
  const widest = table.widest[table.rows.get(stressed.key) ?? -1] ?? Number.NaN
  return usd(divide(remainder * BigInt(widest) * method.tick, ONE, "up"))
}

/** A class, so that a hundred thousand groups share their methods; what charges ask for repeatedly is computed once. */
class StressedGroup implements GroupRisk {
  readonly marks: readonly Price[]
  readonly mark: Usd
  readonly #group: Group
  readonly #context: Context
  /** Place in the table at which each holding's row begins. */
  readonly #rows: readonly number[]
  #delta: Quantity | undefined

  constructor(group: Group, context: Context) {
    const { table } = context
    const rows = group.held.map(each => table.rows.get(each.stressed.key) ?? 0)
    this.#group = group
    this.#context = context
    this.#rows = rows.map(row => row * table.layout.count)
    this.marks = group.positions.map((each, i) => table.mark(rows[i] ?? -1, each.quantity < 0n ? "short" : "long"))
    this.mark = group.kind === "options" ? this.#value() : usd(0n)
  }

  get kind() {
    return this.#group.kind
  }
  get expiry() {
    return this.#group.expiry
  }
  get terms() {
    return this.#group.terms
  }
  get positions() {
    return this.#group.positions
  }

  get delta(): Quantity {
    this.#delta ??= quantity(
      this.#sum(this.#context.table.layout.delta, 0, this.#rows.length) / BigInt(Math.round(1 / DELTA_TICK)),
    )
    return this.#delta
  }

  pnlAt(scenario: number): Usd {
    const { method } = this.#context
    const counted = method.scenarios[scenario]
    if (!counted) throw new RangeError(`no scenario ${scenario}`)
    return countedPnl(this.mark, this.#dollars(scenario), counted, this.#group, method)
  }

  positionPnl(position: number, scenario: number): Usd {
    return this.#weighted(scenario, position, position + 1)
  }

  collateralPnl(scenario: number): Usd {
    const first = this.positions.length
    return first === this.#rows.length ? usd(0n) : this.#weighted(scenario, first, this.#rows.length)
  }

  probe(charge: number): { readonly up: Usd; readonly down: Usd } {
    const first = this.#context.table.layout.probes.get(charge) ?? Number.NaN
    return { up: this.#dollars(first), down: this.#dollars(first + 1) }
  }

  #value(): Usd {
    let total = 0n
    this.positions.forEach((each, i) => {
      total += each.quantity * (this.marks[i] ?? 0n)
    })
    return usd(divide(total, ONE, "down"))
  }

  /** Σ quantity × ticks of the holdings from `first` up to `end`. */
  #sum(column: number, first: number, end: number): bigint {
    const { ticks } = this.#context.table
    let total = 0n
    for (let i = first; i < end; i++)
      total += (this.#group.held[i]?.quantity ?? 0n) * BigInt(ticks[(this.#rows[i] ?? 0) + column] ?? Number.NaN)
    return total
  }

  #dollars(column: number, first = 0, end = this.#rows.length): Usd {
    return usd(divide(this.#sum(column, first, end) * this.#context.method.tick, ONE, "down"))
  }

  #weighted(scenario: number, first: number, end: number): Usd {
    const { scenarios } = this.#context.method
    return usd(shareOf(this.#dollars(scenario, first, end), scenarios[scenario]?.weight ?? ratio(ONE)))
  }
}

/** (value after, discounted by its sign, per unit of what it is paid in) − value now, times the weight. */
function countedPnl(mark: Usd, pnl: Usd, scenario: StressScenario, group: Group, method: Methodology): Usd {
  const after = usd(mark + pnl)
  const factor =
    group.kind !== "options" ? ratio(ONE) : after >= 0n ? group.terms?.ownedFactor : group.terms?.owedFactor
  const discounted = shareOf(after, factor ?? ratio(ONE))
  const paid =
    method.settlement === "coin"
      ? divide(discounted * ONE, ONE + priceMove(scenario, group.unit, method), "down")
      : discounted
  const change = paid - mark
  const signed = scenario.volatility?.kind === "skew" && group.kind === "options" ? -abs(change) : change
  return usd(shareOf(signed, scenario.weight))
}

/** Rounded down; most shares are whole, and a division of bigints is what costs here. */
const shareOf = (value: bigint, share: Ratio): bigint => (share === ONE ? value : divide(value * share, ONE, "down"))

/** Relative move of a unit's price in a scenario. */
export function priceMove({ price: move }: StressScenario, unit: string, { scanRanges }: Methodology): bigint {
  const range = scanRanges.get(unit)?.price
  return range === undefined ? move : divide(move * range, ONE, "down")
}

const towardsZero = (pnl: Usd, by: Usd): Usd =>
  by === 0n ? pnl : pnl < 0n ? minOf(usd(0n), usd(pnl + by)) : maxOf(usd(0n), usd(pnl - by))
