/**
 * Stage two for any methodology: each account's positions grouped by risk unit and expiry, summed by the kernel, and
 * each group's P&L a scenario after discounts on its value, weights and dampeners. Exact; what rounds, rounds down.
 */

import { toNumber } from "../../domain/decimal.js"
import { UnsupportedByPolicyError } from "../../domain/errors.js"
import {
  abs,
  divide,
  maxOf,
  minOf,
  ONE,
  type Price,
  price,
  type Quantity,
  type Ratio,
  ratio,
  sumUsd,
  type Usd,
  usd,
} from "../../domain/fixed.js"
import { instrumentName } from "../../domain/instrument.js"
import type { Book, BookMarket, HeldCollateral, HeldPosition, UnitMarket } from "../../domain/margin-book.js"
import type { Methodology, StressScenario } from "../../domain/methodology.js"
import { exactSums, type Holding } from "./exact-sums.js"
import { type ExpiryTerms, expiryTerms } from "./expiry-terms.js"
import type { ScenarioKernel } from "./kernel-port.js"
import { DELTA_TICK, positionKey, type Stressed, type StressedTable, stressedTable } from "./stressed-table.js"

/** What expires together, or never: options are valued as one, because discounts depend on the sign of that value. */
export interface GroupRisk {
  readonly kind: "options" | "futures" | "undated"
  /** Unix seconds; `null` for perpetuals and scanned collateral. */
  readonly expiry: number | null
  readonly terms: ExpiryTerms | null
  readonly positions: readonly HeldPosition[]
  /** Value of +1 long, one a position, to the nearest tick; 0 for what is marked elsewhere. */
  readonly marks: readonly Price[]
  /** Value of the options now, USD, signed; 0 for what is marked elsewhere. */
  readonly mark: Usd
  /** Change of value to the forward, units of the underlying. */
  readonly delta: Quantity
  /** Counted P&L a scenario. */
  readonly pnl: readonly Usd[]
  /** ΔV under each probe column, undiscounted and unweighted, by charge. */
  readonly probes: ReadonlyMap<number, { readonly up: Usd; readonly down: Usd }>
}

export interface UnitRisk {
  readonly unit: string
  readonly market: UnitMarket
  readonly groups: readonly GroupRisk[]
  /** Σ groups, dampened. */
  readonly pnl: readonly Usd[]
}

interface Group {
  readonly book: string
  readonly unit: string
  readonly kind: GroupRisk["kind"]
  readonly expiry: number | null
  readonly terms: ExpiryTerms | null
  readonly positions: HeldPosition[]
  readonly held: { readonly stressed: Stressed; readonly quantity: Quantity }[]
}

/**
 * All books against one market, one table and one pass of the kernel for all of them; the result is by book id.
 *
 * @throws UnsupportedByPolicyError when the market lacks a price for a position.
 * @throws UnpriceablePositionError when the kernel refuses an instrument.
 */
export function unitRisks(
  kernel: ScenarioKernel,
  method: Methodology,
  books: readonly Book[],
  market: BookMarket,
): ReadonlyMap<string, readonly UnitRisk[]> {
  const terms = termsOnce(kernel, method, market)
  const groups = books.flatMap(book => groupsOf(book, method, market, terms))
  const table = stressedTable(
    kernel,
    method,
    groups.flatMap(group => group.held.map(each => each.stressed)),
  )
  const rows = groups.map(group =>
    group.held.map(({ stressed, quantity }): Holding => ({ instrument: table.row(stressed.key), quantity })),
  )
  const sums = exactSums(kernel, table.ticks, table.layout.count, rows)
  const members = new Map<string, { readonly unit: string; readonly risk: GroupRisk }[]>(
    books.map(book => [book.id, []]),
  )
  groups.forEach((group, i) => {
    members.get(group.book)?.push({ unit: group.unit, risk: groupRisk(group, sums[i] ?? [], table, method) })
  })
  const unitRisk = (unit: string, own: readonly GroupRisk[]): UnitRisk => {
    const pnl = method.scenarios.map(({ dampener }, s) =>
      towardsZero(sumUsd(own.map(each => each.pnl[s] ?? usd(0n))), dampener),
    )
    return { unit, market: unitMarket(market, unit, method), groups: own, pnl }
  }
  const unitsOf = (own: readonly { readonly unit: string; readonly risk: GroupRisk }[]) =>
    [...new Set(own.map(each => each.unit))].sort().map(unit =>
      unitRisk(
        unit,
        own.filter(each => each.unit === unit).map(each => each.risk),
      ),
    )
  return new Map([...members].map(([id, own]) => [id, unitsOf(own)]))
}

type TermsOf = (unit: string, expiry: number) => ExpiryTerms

function termsOnce(kernel: ScenarioKernel, method: Methodology, market: BookMarket): TermsOf {
  const known = new Map<string, ExpiryTerms>()
  return (unit, expiry) => {
    const key = `${unit} ${expiry}`
    const terms = known.get(key) ?? expiryTerms(kernel, method, market, unit, expiry)
    known.set(key, terms)
    return terms
  }
}

function unitMarket(market: BookMarket, unit: string, method: Methodology): UnitMarket {
  const found = market.units.get(unit)
  if (!found) throw new UnsupportedByPolicyError(method.name, `positions in ${unit} without a market`)
  return found
}

function groupsOf(book: Book, method: Methodology, market: BookMarket, termsOf: TermsOf): Group[] {
  const groups = new Map<string, Group>()
  const groupFor = (unit: string, kind: Group["kind"], expiry: number | null): Group => {
    const key = `${unit} ${kind} ${expiry}`
    const known = groups.get(key)
    if (known) return known
    const terms = expiry === null ? null : termsOf(unit, expiry)
    const group: Group = { book: book.id, unit, kind, expiry, terms, positions: [], held: [] }
    groups.set(key, group)
    return group
  }
  for (const position of book.positions) {
    const { instrument } = position
    const expiry = "expiry" in instrument ? instrument.expiry : null
    const kind = instrument.kind === "option" ? "options" : expiry === null ? "undated" : "futures"
    const group = groupFor(instrument.underlying, kind, expiry)
    group.positions.push(position)
    group.held.push({ stressed: stressedPosition(position, group.terms, method, market), quantity: position.quantity })
  }
  for (const each of book.collateral) {
    const unit = method.collateral.get(each.symbol)?.scannedIn
    if (!unit || each.amount === 0n) continue
    groupFor(unit, "undated", null).held.push({
      stressed: stressedCollateral(each, unit, method, market),
      quantity: each.amount,
    })
  }
  return [...groups.values()]
}

function stressedPosition(
  position: HeldPosition,
  terms: ExpiryTerms | null,
  method: Methodology,
  market: BookMarket,
): Stressed {
  const { instrument } = position
  const { underlying } = instrument
  const name = instrumentName(instrument)
  const unit = unitMarket(market, underlying, method)
  const linear = (at: Price): Stressed => ({
    key: positionKey(position),
    name,
    unit: underlying,
    kind: "linear",
    price: toNumber(method.settlement === "coin" ? unit.spot : at),
    strike: 0,
    volatility: 0,
    terms,
  })
  if (instrument.kind === "option") {
    return {
      ...linear(unit.spot),
      kind: instrument.right,
      price: toNumber(terms?.market.forward ?? unit.spot),
      strike: toNumber(instrument.strike),
      volatility: toNumber(position.volatility),
    }
  }
  if (instrument.kind === "future") return linear(terms?.market.forward ?? unit.spot)
  if (instrument.kind === "spot") return linear(unit.spot)
  if (!unit.perpetual) throw new UnsupportedByPolicyError(method.name, `${name}: the market has no price for it`)
  return linear(unit.perpetual.price)
}

function stressedCollateral(held: HeldCollateral, unit: string, method: Methodology, market: BookMarket): Stressed {
  return {
    key: `collateral ${held.symbol} ${held.price}`,
    name: held.symbol,
    unit,
    kind: "linear",
    price: toNumber(collateralPrice(held, method, market)),
    strike: 0,
    volatility: 0,
    terms: null,
  }
}

/** In the account's cash: its price divided by that of the cash, where the methodology counts so; rounded down. */
export const collateralPrice = (
  held: HeldCollateral,
  { collateralIn }: Methodology,
  { cashPrice }: BookMarket,
): Price => (collateralIn === "usd" ? held.price : price(divide(held.price * ONE, cashPrice, "down")))

function groupRisk(group: Group, sums: readonly bigint[], table: StressedTable, method: Methodology): GroupRisk {
  const { layout } = table
  const dollars = (column: number) => usd(divide((sums[column] ?? 0n) * method.tick, ONE, "down"))
  const mark = dollars(layout.mark)
  const probes = [...layout.probes].map(
    ([charge, first]) => [charge, { up: dollars(first), down: dollars(first + 1) }] as const,
  )
  return {
    kind: group.kind,
    expiry: group.expiry,
    terms: group.terms,
    positions: group.positions,
    marks: group.positions.map(each => markOf(each, table, method)),
    mark,
    delta: ((sums[layout.delta] ?? 0n) / BigInt(Math.round(1 / DELTA_TICK))) as Quantity,
    pnl: method.scenarios.map((scenario, s) => countedPnl(mark, dollars(s), scenario, group, method)),
    probes: new Map(probes),
  }
}

const markOf = (position: HeldPosition, { ticks, layout, row }: StressedTable, { tick }: Methodology): Price =>
  price(BigInt(ticks[row(positionKey(position)) * layout.count + layout.mark] ?? Number.NaN) * tick)

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

function priceMove({ price: move }: StressScenario, unit: string, { scanRanges }: Methodology): bigint {
  const range = scanRanges.get(unit)?.price
  return range === undefined ? move : divide(move * range, ONE, "down")
}

const towardsZero = (pnl: Usd, by: Usd): Usd =>
  pnl < 0n ? minOf(usd(0n), usd(pnl + by)) : maxOf(usd(0n), usd(pnl - by))
