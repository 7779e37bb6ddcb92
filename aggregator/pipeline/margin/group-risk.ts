/**
 * What a group of positions is worth now and loses under a scenario, as exact integers from the table's whole ticks.
 */
import {
  abs,
  divide,
  ONE,
  type Price,
  price,
  type Quantity,
  quantity,
  type Ratio,
  ratio,
  type Usd,
  usd,
  valueDown,
} from "../../domain/fixed.js"
import type { BookMarket, HeldPosition } from "../../domain/margin-book.js"
import type { Methodology, StressScenario } from "../../domain/methodology.js"
import type { Group, Holding } from "./book-groups.js"
import type { ExpiryTerms } from "./expiry-terms.js"
import { DELTA_TICK, type StressedTable } from "./stressed-table.js"

const NOTHING = usd(0n)
const WHOLE = ratio(ONE)

/** Everything that books are valued against. */
export interface Context {
  readonly table: StressedTable
  readonly method: Methodology
  readonly market: BookMarket
  /** USD a lot × tick; `null` where that is no whole number of the smallest unit. */
  readonly scale: bigint | null
}

/** A lot × tick in USD where that is exact. */
export const scaleOf = ({ lot, tick }: Methodology): bigint | null =>
  (lot * tick) % ONE === 0n ? (lot * tick) / ONE : null

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
  /** Σ value of the options, each rounded down. */
  readonly positionsValue: Usd
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

/** A class, so that a hundred thousand groups share their methods; what only some policies ask for is computed when they do. */
export class StressedGroup implements GroupRisk {
  readonly mark: Usd
  readonly positionsValue: Usd
  readonly #group: Group
  readonly #context: Context
  #marks: readonly Price[] | undefined
  #delta: Quantity | undefined

  constructor(group: Group, context: Context) {
    this.#group = group
    this.#context = context
    const isOptions = group.place.kind === "options"
    this.mark = isOptions ? this.#value() : NOTHING
    this.positionsValue = isOptions && !(group.isWhole && context.scale !== null) ? this.#valueOneByOne() : this.mark
  }

  get kind() {
    return this.#group.place.kind
  }
  get expiry() {
    return this.#group.place.expiry
  }
  get terms() {
    return this.#group.place.terms
  }
  get positions() {
    return this.#group.positions
  }
  get isPlain() {
    return this.#group.place.isPlain
  }

  get marks(): readonly Price[] {
    const { marks, rows } = this.#context.table
    this.#marks ??= this.positions.map((each, i) => {
      const row = rows[this.#group.held[i]?.stressed.place ?? -1] ?? Number.NaN
      const ticks = marks[2 * row + (each.quantity < 0n ? 1 : 0)] ?? Number.NaN
      return price(BigInt(ticks) * this.#context.method.tick)
    })
    return this.#marks
  }

  get delta(): Quantity {
    this.#delta ??= quantity(
      this.#sum(this.#context.table.layout.delta, 0, this.#group.held.length) / BigInt(Math.round(1 / DELTA_TICK)),
    )
    return this.#delta
  }

  /** Lots × ticks of the change under a scenario, before discounts, where a double holds it exactly. */
  ticksAt(scenario: number): number | undefined {
    const { ticks, rows, layout } = this.#context.table
    const { held, isWhole } = this.#group
    return isWhole ? exactSum(held, ticks, rows, layout.count, scenario) : undefined
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
    return first === this.#group.held.length ? NOTHING : this.#weighted(scenario, first, this.#group.held.length)
  }

  probe(charge: number): { readonly up: Usd; readonly down: Usd } {
    const first = this.#context.table.layout.probes.get(charge) ?? Number.NaN
    return { up: this.#dollars(first), down: this.#dollars(first + 1) }
  }

  #value(): Usd {
    const { table } = this.#context
    const { held, isWhole } = this.#group
    const whole = isWhole ? exactSum(held, table.marks, table.rows, 2, null) : undefined
    if (whole !== undefined) return this.#inUsd(whole)
    const total = this.positions.reduce((sum, each, i) => sum + each.quantity * (this.marks[i] ?? 0n), 0n)
    return usd(divide(total, ONE, "down"))
  }

  #valueOneByOne(): Usd {
    const total = this.positions.reduce(
      (sum, each, i) => sum + valueDown(each.quantity, this.marks[i] ?? price(0n)),
      0n,
    )
    return usd(total)
  }

  #inUsd(whole: number): Usd {
    const { scale, method } = this.#context
    return usd(scale === null ? divide(BigInt(whole) * method.lot * method.tick, ONE, "down") : BigInt(whole) * scale)
  }

  /** Σ quantity × ticks of the holdings from `first` up to `end`. */
  #sum(column: number, first: number, end: number): bigint {
    const { table, method } = this.#context
    const { ticks, rows, layout } = table
    const { held } = this.#group
    const whole = exactSum(held, ticks, rows, layout.count, column, first, end)
    if (whole !== undefined) return BigInt(whole) * method.lot
    let total = 0n
    for (let i = first; i < end; i++) {
      const each = held[i]
      if (!each) continue
      const row = rows[each.stressed.place] ?? Number.NaN
      total += each.quantity * BigInt(ticks[row * layout.count + column] ?? Number.NaN)
    }
    return total
  }

  #dollars(column: number, first = 0, end = this.#group.held.length): Usd {
    const { ticks, rows, layout } = this.#context.table
    const whole = exactSum(this.#group.held, ticks, rows, layout.count, column, first, end)
    if (whole !== undefined) return this.#inUsd(whole)
    return usd(divide(this.#sum(column, first, end) * this.#context.method.tick, ONE, "down"))
  }

  #weighted(scenario: number, first: number, end: number): Usd {
    const { scenarios } = this.#context.method
    return usd(shareOf(this.#dollars(scenario, first, end), scenarios[scenario]?.weight ?? ratio(ONE)))
  }
}

/**
 * Σ lots × ticks while doubles hold it exactly; `undefined` once a holding is no whole number of lots or a sum could pass 2^53.
 *
 * @param width columns of a row @param column `null` takes the first of a row for what is long and the second for what is short
 */
function exactSum(
  held: readonly Holding[],
  ticks: Float64Array,
  rows: Uint32Array,
  width: number,
  column: number | null,
  first = 0,
  end = held.length,
): number | undefined {
  let total = 0
  let gross = 0
  for (let i = first; i < end; i++) {
    const each = held[i]
    if (!each?.exact) return undefined
    const at = column ?? (each.lots < 0 ? 1 : 0)
    const product = each.lots * (ticks[(rows[each.stressed.place] ?? Number.NaN) * width + at] ?? Number.NaN)
    total += product
    gross += Math.abs(product)
  }
  return gross <= Number.MAX_SAFE_INTEGER ? total : undefined
}

/** (value after, discounted by its sign, per unit of what it is paid in) − value now, times the weight. */
function countedPnl(mark: Usd, pnl: Usd, scenario: StressScenario, group: Group, method: Methodology): Usd {
  const after = usd(mark + pnl)
  const factor = group.place.isPlain
    ? WHOLE
    : after >= 0n
      ? group.place.terms?.ownedFactor
      : group.place.terms?.owedFactor
  const discounted = shareOf(after, factor ?? WHOLE)
  const paid =
    method.settlement === "coin"
      ? divide(discounted * ONE, ONE + priceMove(scenario, group.place.unit, method), "down")
      : discounted
  const change = paid - mark
  const signed = scenario.volatility?.kind === "skew" && group.place.kind === "options" ? -abs(change) : change
  return usd(shareOf(signed, scenario.weight))
}

/** Rounded down; most shares are whole, and a division of bigints is what costs here. */
const shareOf = (value: bigint, share: Ratio): bigint => (share === ONE ? value : divide(value * share, ONE, "down"))

/** Relative move of a unit's price in a scenario. */
export function priceMove({ price: move }: StressScenario, unit: string, { scanRanges }: Methodology): bigint {
  const range = scanRanges.get(unit)?.price
  return range === undefined ? move : divide(move * range, ONE, "down")
}
