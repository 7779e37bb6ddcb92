/**
 * What each position has to do with the margin: its share of the worst scenario, and what margin would be without it.
 */
import { type Usd, usd } from "../domain/fixed.js"
import type { AccountHealth, MarginBreakdown, ValuedPosition } from "../domain/health.js"
import { type AccountCase, healthOf, healthOfEach } from "./account-case.js"
import { apportion } from "./apportion.js"

export interface PositionContribution {
  readonly position: ValuedPosition
  /**
   * Euler share of the maintenance margin: its loss in the worst scenario, scaled as the requirement is. Negative for what
   * hedges there. USD, signed.
   */
  readonly share: Usd
  /** Maintenance margin with it less that without it, USD, signed; `null` where without it there is no number. */
  readonly marginal: Usd | null
}

/** Part of a unit's requirement that is no position's loss: floors, charges, remainders of lots. */
export interface UnitAddition {
  readonly underlying: string
  readonly share: Usd
}

export interface MarginContributions {
  /** Shares and additions add up to the maintenance margin exactly. */
  readonly positions: readonly PositionContribution[]
  readonly additions: readonly UnitAddition[]
  /** What belongs to no unit, e.g. offsets between them or a minimum; 0 for most. */
  readonly unattributed: Usd
  readonly maintenanceMargin: Usd
}

/** Contributions of every position; `null` for an account without figures. */
export function marginContributions(asked: AccountCase, health = healthOf(asked)): MarginContributions | null {
  const { figures, breakdown } = health
  if (!figures) return null
  const marginals = marginalsOf(asked, health)
  const { maintenanceMargin } = figures
  const additions = breakdown.units.map(unit => ({
    underlying: unit.underlying,
    weight: unit.requirement - lossIn(breakdown, unit.underlying),
  }))
  const weights = [
    ...breakdown.positions.map(each => each.worstScenarioLoss as bigint),
    ...additions.map(each => each.weight),
  ]
  const shares = apportion(maintenanceMargin, weights)
  const count = breakdown.positions.length
  return {
    positions: breakdown.positions.map((position, i) => ({
      position,
      share: shares?.[i] ?? usd(0n),
      marginal: marginals[i] ?? null,
    })),
    additions: additions.map(({ underlying }, i) => ({ underlying, share: shares?.[count + i] ?? usd(0n) })),
    unattributed: shares ? usd(0n) : maintenanceMargin,
    maintenanceMargin,
  }
}

const lossIn = ({ positions }: MarginBreakdown, underlying: string): bigint =>
  positions
    .filter(each => each.leg.instrument.underlying === underlying)
    .reduce((sum, each) => sum + each.worstScenarioLoss, 0n)

/** One book a position, each without it, in one pass of the kernel. */
function marginalsOf(asked: AccountCase, { figures, breakdown }: AccountHealth): (Usd | null)[] {
  const without = breakdown.positions.map(({ leg }) => asked.account.legs.filter(each => each !== leg))
  return healthOfEach(asked, without).map(each =>
    each.figures && figures ? usd(figures.maintenanceMargin - each.figures.maintenanceMargin) : null,
  )
}
