/**
 * Stage two of the hot loop: every account's positions against the risk table, worst scenario per risk unit, in the kernel.
 */
import { QuantityOverflowError } from "../domain/errors.js"
import { abs, divide, ONE, type Price, type Usd, usd } from "../domain/fixed.js"
import { instrumentName } from "../domain/instrument.js"
import type { OptionLeg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Block, Portfolio } from "./apply-haircuts.js"
import { listingKey, type Market } from "./market.js"
import { buildRiskTable, type RiskTable } from "./risk-table.js"

export interface PositionRisk {
  readonly leg: OptionLeg
  /** Value of +1 long, rounded against the account. */
  readonly mark: Price
  /** P&L in the unit's worst scenario; the unit's positions add up to its `worstPnl`. */
  readonly pnlInWorst: Usd
  /** Lowest P&L of this position alone. */
  readonly ownWorstPnl: Usd
  /** Most that the part below one lot can lose, ≥ 0, rounded up. */
  readonly lotRemainder: Usd
}

export interface UnitRisk {
  readonly underlying: string
  readonly spot: Price
  /** Lowest P&L over the scenarios, signed. */
  readonly worstPnl: Usd
  /** Index of the scenario that gives it. */
  readonly scenario: number
  readonly positions: readonly PositionRisk[]
}

export type PortfolioRisk = { readonly units: readonly UnitRisk[] } | { readonly blocked: Block }

/** One position cut into whole lots: what the kernel sees and what is left over. */
interface Lots {
  readonly leg: OptionLeg
  readonly listing: number
  readonly lots: bigint
  readonly remainder: bigint
}

const LARGEST_EXACT = 2n ** 53n

/**
 * Runs the risk arrays of all portfolios that can be margined; the result has one entry a portfolio, by id.
 * A book too large for exact sums blocks its own account only.
 *
 * @throws KernelError when the kernel refuses an input.
 */
export function runRiskArrays(
  kernel: RiskKernel,
  portfolios: readonly Portfolio[],
  market: Market,
  policy: MarginPolicy,
): ReadonlyMap<string, PortfolioRisk> {
  const open = portfolios.filter(each => each.blocked.length === 0)
  const table = buildRiskTable(
    kernel,
    open.flatMap(each => each.positions),
    market,
    policy,
  )
  const result = new Map<string, PortfolioRisk>()
  const units: { id: string; underlying: string; lots: Lots[] }[] = []
  for (const portfolio of open) {
    const lots = portfolio.positions.map(leg => wholeLots(leg, table, policy))
    const blocked = unpriced(portfolio, table) ?? oversized(portfolio, lots, table)
    result.set(portfolio.id, blocked ? { blocked } : { units: [] })
    if (blocked) continue
    for (const underlying of [...new Set(lots.map(each => each.leg.instrument.underlying))].sort()) {
      units.push({
        id: portfolio.id,
        underlying,
        lots: lots.filter(each => each.leg.instrument.underlying === underlying),
      })
    }
  }

  const rows = [...units.map(unit => unit.lots), ...units.flatMap(unit => unit.lots.map(each => [each]))]
  const worst = kernel.worstScenarios(table.pnl, table.scenarioCount, bookRows(rows))
  const dollars = (row: number) => ticksToUsd(BigInt(worst.pnl[row] ?? Number.NaN), policy)

  let alone = units.length
  units.forEach((unit, row) => {
    const scenario = worst.scenario[row] ?? 0
    const positions = unit.lots.map(
      (each): PositionRisk => ({
        leg: each.leg,
        mark: table.mark(each.listing, each.leg.quantity < 0n ? "short" : "long"),
        pnlInWorst: ticksToUsd(each.lots * ticksAt(table, each.listing, scenario), policy),
        ownWorstPnl: dollars(alone++),
        lotRemainder: usd(divide(each.remainder * widest(table, each.listing) * policy.ticks.price, ONE, "up")),
      }),
    )
    const spot = market.spot(unit.underlying) ?? (0n as Price)
    const known = result.get(unit.id)
    const before = known && "units" in known ? known.units : []
    result.set(unit.id, {
      units: [...before, { underlying: unit.underlying, spot, worstPnl: dollars(row), scenario, positions }],
    })
  })
  return result
}

function wholeLots(leg: OptionLeg, table: RiskTable, policy: MarginPolicy): Lots {
  const lots = leg.quantity / policy.ticks.lot
  return {
    leg,
    listing: table.index.get(listingKey(leg)) ?? -1,
    lots,
    remainder: abs(leg.quantity - lots * policy.ticks.lot),
  }
}

function bookRows(rows: readonly (readonly Lots[])[]) {
  const rowStart = new Uint32Array(rows.length + 1)
  rows.forEach((row, i) => {
    rowStart[i + 1] = (rowStart[i] ?? 0) + row.length
  })
  const positions = rows.flat()
  return {
    rowStart,
    instrument: Uint32Array.from(positions, each => each.listing),
    lots: Float64Array.from(positions, each => Number(each.lots)),
  }
}

const ticksAt = (table: RiskTable, listing: number, scenario: number) =>
  BigInt(table.pnl[listing * table.scenarioCount + scenario] ?? Number.NaN)

function widest(table: RiskTable, listing: number): bigint {
  let largest = 0
  for (let s = 0; s < table.scenarioCount; s++)
    largest = Math.max(largest, Math.abs(table.pnl[listing * table.scenarioCount + s] ?? 0))
  return BigInt(largest)
}

/** Σ |lots| × widest tick bounds every partial sum in the kernel. */
const isExact = (lots: readonly Lots[], table: RiskTable) =>
  lots.reduce((sum, each) => sum + abs(each.lots) * (widest(table, each.listing) + 1n), 0n) < LARGEST_EXACT

const ticksToUsd = (ticksTimesLots: bigint, { ticks }: MarginPolicy): Usd =>
  usd((ticksTimesLots * ticks.price * ticks.lot) / ONE)

function oversized(portfolio: Portfolio, lots: readonly Lots[], table: RiskTable): Block | undefined {
  if (lots.length === 0 || isExact(lots, table)) return undefined
  const names = portfolio.positions.map(leg => instrumentName(leg.instrument)).join(", ")
  const error = new QuantityOverflowError(`the book of ${portfolio.id} (${names})`)
  return { status: "UNAVAILABLE", code: error.code, chain: null, detail: error.message }
}

function unpriced(portfolio: Portfolio, table: RiskTable): Block | undefined {
  const leg = portfolio.positions.find(each => table.refused.has(listingKey(each)))
  if (!leg) return undefined
  const why = table.refused.get(listingKey(leg)) ?? "UNPRICED"
  const detail = `${instrumentName(leg.instrument)} cannot be priced: its inputs are beyond what the kernel computes`
  return { status: "UNAVAILABLE", code: why, chain: leg.chain, detail }
}
