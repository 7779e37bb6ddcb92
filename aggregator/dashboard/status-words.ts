/**
 * The status ladder as people read it.
 */
import type { AccountStatus } from "../domain/health.js"

const RUNGS: readonly AccountStatus[] = ["NORMAL", "MARGIN_CALL", "REDUCE_ONLY", "LIQUIDATABLE", "BANKRUPT"]
export const LADDER_HEIGHT = RUNGS.length

/** 1 for NORMAL up to 5 for BANKRUPT; `null` where no number can be trusted. */
export function rungOf(status: AccountStatus): number | null {
  const index = RUNGS.indexOf(status)
  return index < 0 ? null : index + 1
}

/** "MARGIN CALL" */
export const statusWords = (status: AccountStatus): string => status.replaceAll("_", " ")

/** One sentence on what the status means for the account. */
export const STATUS_MEANING: Readonly<Record<AccountStatus, string>> = {
  NORMAL: "equity covers the initial margin",
  MARGIN_CALL: "equity is below the initial margin: nothing may be opened or withdrawn",
  REDUCE_ONLY: "equity is below the liquidation-end margin: positions may only be reduced",
  LIQUIDATABLE: "equity is below the maintenance margin: the account may be liquidated",
  BANKRUPT: "debts exceed everything the account owns, even before haircuts",
  STALE: "debts or positions were read too long ago: no figure is given",
  UNAVAILABLE: "debts or positions cannot be known: no figure is given",
}
