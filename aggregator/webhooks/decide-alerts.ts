/**
 * Whether a webhook is told something about an account: pure, from what it was told last and what is true now.
 */

import type { Usd } from "../domain/fixed.js"
import type { AccountStatus } from "../domain/health.js"

export interface AlertTerms {
  /** `null`: every account. */
  readonly accounts: readonly string[] | null
  readonly statusChange: boolean
  /** Told once when health falls under `below`, and again when it has reached `recovered` ≥ `below`. */
  readonly health: { readonly below: Usd; readonly recovered: Usd } | null
  /** Good news waits until the bad news before it is this old; bad news never waits. */
  readonly cooldownSeconds: number
}

/** What the receiver was told last, and when (unix seconds). */
export interface Watch {
  readonly told: AccountStatus
  readonly toldAt: number
  readonly low: boolean
  readonly lowAt: number
}

/** Where every account begins: what is wrong when a webhook is opened is told too. */
export const UNTOLD: Watch = { told: "NORMAL", toldAt: 0, low: false, lowAt: 0 }

export type Alert =
  | { readonly type: "account.status_changed"; readonly from: AccountStatus; readonly to: AccountStatus }
  | { readonly type: "account.health_below"; readonly threshold: Usd }
  | { readonly type: "account.health_recovered"; readonly threshold: Usd }

/** What is not known ranks above what still lets the owner act, and below what is lost already. */
export const DANGER: Readonly<Record<AccountStatus, number>> = {
  NORMAL: 0,
  MARGIN_CALL: 1,
  REDUCE_ONLY: 2,
  STALE: 3,
  UNAVAILABLE: 4,
  LIQUIDATABLE: 5,
  BANKRUPT: 6,
}

export interface Observed {
  readonly status: AccountStatus
  /** `null` when no number can be trusted: counts as below any threshold. */
  readonly health: Usd | null
}

/** The receiver is never left to believe that an account is healthier than it is. @param now unix seconds. */
export function decideAlerts(
  terms: AlertTerms,
  watch: Watch,
  observed: Observed,
  now: number,
): { readonly watch: Watch; readonly alerts: readonly Alert[] } {
  const alerts: Alert[] = []
  let next = watch
  const { status } = observed
  if (terms.statusChange && status !== watch.told) {
    const isWorse = DANGER[status] > DANGER[watch.told]
    if (isWorse || now - watch.toldAt >= terms.cooldownSeconds) {
      alerts.push({ type: "account.status_changed", from: watch.told, to: status })
      next = { ...next, told: status, toldAt: now }
    }
  }
  if (terms.health) {
    const { below, recovered } = terms.health
    const isLow = observed.health === null || observed.health < below
    const isWell = observed.health !== null && observed.health >= recovered
    if (isLow && !watch.low) {
      alerts.push({ type: "account.health_below", threshold: below })
      next = { ...next, low: true, lowAt: now }
    } else if (isWell && watch.low && now - watch.lowAt >= terms.cooldownSeconds) {
      alerts.push({ type: "account.health_recovered", threshold: recovered })
      next = { ...next, low: false }
    }
  }
  return { watch: next, alerts }
}

/** A watch that decides as `UNTOLD` does needs not be kept. */
export const isUntold = ({ told, low }: Watch): boolean => told === "NORMAL" && !low
