/**
 * What health each account had since the page was opened: the sparkline's memory, gone with the tab.
 */
import type { Margin, Overview } from "../routes/schemas.js"

export interface HealthPoint {
  /** Unix seconds of the valuation. */
  readonly time: number
  /** Decimal strings; `null` while the account had no figures. */
  readonly health: string | null
  readonly equity: string | null
  readonly initialMargin: string | null
  readonly maintenanceMargin: string | null
}

export type HealthHistory = ReadonlyMap<Margin["account"], readonly HealthPoint[]>

/** Half an hour of updates every five seconds; older points fall off. */
const KEPT_POINTS = 360

/** Adds an overview's health to the history; a second overview of the same moment replaces the first. */
export function extendHistory(history: HealthHistory, { accounts, valuationTime }: Overview): HealthHistory {
  return new Map(
    accounts.map(({ account, figures }) => {
      const before = (history.get(account) ?? []).filter(point => point.time < valuationTime)
      const { health = null, equity = null, initialMargin = null, maintenanceMargin = null } = figures ?? {}
      const point = { time: valuationTime, health, equity, initialMargin, maintenanceMargin }
      return [account, [...before, point].slice(-KEPT_POINTS)]
    }),
  )
}
