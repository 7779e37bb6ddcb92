/**
 * What each position has to do with the margin: its share of the worst scenario, and what margin would be without it.
 */
import { sumUsd, type Usd, usd } from "../domain/fixed.js"
import type { AccountHealth, ChargeLine, MarginBreakdown, ValuedPosition } from "../domain/health.js"
import { type AccountCase, healthOf, standingOfEach } from "./account-case.js"
import { apportion } from "./apportion.js"

export interface PositionContribution {
  readonly position: ValuedPosition
  /**
   * Euler share of the maintenance margin: its loss in its unit's worst scenario, scaled as the units' requirements are
   * (loss factor, offsets between units). Negative for what hedges there. USD, signed.
   */
  readonly share: Usd
  /** Maintenance margin with it less that without it, USD, signed; `null` where without it there is no number. */
  readonly marginal: Usd | null
}

/** What a unit's requirement has beyond its positions' losses: scanned collateral, floors, scaled charges, remainders of lots. */
export interface UnitAddition {
  readonly underlying: string
  readonly share: Usd
}

/** A line of the margin that is no unit's requirement: unscaled charges, haircuts, weights. */
export interface OtherLine {
  readonly name: string
  readonly unit: string | null
  readonly subject: string
  readonly share: Usd
}

/** All shares add up to the maintenance margin exactly. */
export interface MarginContributions {
  readonly positions: readonly PositionContribution[]
  readonly additions: readonly UnitAddition[]
  readonly lines: readonly OtherLine[]
  readonly maintenanceMargin: Usd
}

/** The line of a scenario methodology's margin that its units' requirements make up together. */
const RISK = "risk"

/** Contributions of every position; `null` for an account without figures. */
export function marginContributions(asked: AccountCase, health = healthOf(asked)): MarginContributions | null {
  const { figures, breakdown } = health
  if (!figures) return null
  const { positions, units, charges } = breakdown
  const additions = units.map(unit => unit.requirement - lossIn(breakdown, unit.underlying))
  const risk = sumUsd(charges.filter(isRisk).map(each => each.amounts.maintenance))
  const shares = apportion(risk, [...positions.map(each => each.worstScenarioLoss), ...additions])
  const marginals = marginalsOf(asked, health)
  const share = (i: number) => shares?.[i] ?? usd(0n)
  return {
    positions: positions.map((position, i) => ({ position, share: share(i), marginal: marginals[i] ?? null })),
    additions: units.map(({ underlying }, i) => ({ underlying, share: share(positions.length + i) })),
    // Without any requirement there is nothing to apportion by, and the line stays one.
    lines: charges.filter(each => !shares || !isRisk(each)).flatMap(lineOf),
    maintenanceMargin: figures.maintenanceMargin,
  }
}

const isRisk = (line: ChargeLine): boolean => line.name === RISK && line.unit === null

function lineOf({ name, unit, subject, amounts }: ChargeLine): OtherLine[] {
  return amounts.maintenance === 0n ? [] : [{ name, unit, subject, share: amounts.maintenance }]
}

const lossIn = ({ positions }: MarginBreakdown, underlying: string): bigint =>
  positions
    .filter(each => each.leg.instrument.underlying === underlying)
    .reduce((sum, each) => sum + each.worstScenarioLoss, 0n)

/** One book a position, each without it, in one pass of the kernel. */
function marginalsOf(asked: AccountCase, { figures, breakdown }: AccountHealth): (Usd | null)[] {
  const without = breakdown.positions.map(({ leg }) => asked.account.legs.filter(each => each !== leg))
  return standingOfEach(asked, without).map(each =>
    each && figures ? usd(figures.maintenanceMargin - each.maintenanceMargin) : null,
  )
}
