/**
 * What health each account had since the page was opened: the sparkline's memory, gone with the tab.
 */
import type { HistoryView } from "../routes/history-schemas.js"
import type { Margin } from "../routes/margin-schemas.js"
import type { Overview } from "../routes/overview-schemas.js"

export interface HealthPoint {
  /** Unix seconds of the valuation. */
  readonly time: number
  /** Decimal strings; `null` while the account had no figures. */
  readonly health: string | null
  readonly equity: string | null
  readonly initialMargin: string | null
  readonly maintenanceMargin: string | null
}

/** @throws Error when the service cannot say. */
export async function attestedHistory(account: string, signal: AbortSignal): Promise<readonly HealthPoint[]> {
  const response = await fetch(`/v1/accounts/${encodeURIComponent(account)}/history`, { signal })
  if (!response.ok) throw new Error(`the history of ${account} is not available (${response.status})`)
  const { points }: HistoryView = await response.json()
  return points
}

/** What was attested, then what has been streamed since. */
export function joinedHistory(attested: readonly HealthPoint[], streamed: readonly HealthPoint[]): HealthPoint[] {
  const since = streamed[0]?.time ?? Number.POSITIVE_INFINITY
  return [...attested.filter(point => point.time < since), ...streamed]
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
