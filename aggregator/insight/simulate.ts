/**
 * Before and after: an account's or a bare portfolio's margin as it is, and as it would be with a change.
 */
import { InvalidInputError } from "../domain/errors.js"
import { usd } from "../domain/fixed.js"
import type { AccountHealth, MarginFigures } from "../domain/health.js"
import type { OptionQuote } from "../domain/reading.js"
import { type AccountCase, healthOf } from "./account-case.js"
import { PORTFOLIO_ID } from "./bare-portfolio.js"
import { type WhatIf, whatIf } from "./what-if.js"

/** after − before of every amount among the figures, USD, signed, exact. */
export type MarginDifference = Omit<MarginFigures, "healthFactor" | "marginRatio">

export interface Simulated {
  readonly before: AccountHealth
  /** `null` when nothing was changed. */
  readonly after: AccountHealth | null
  /** `null` without an after, or when one side has no figures. */
  readonly difference: MarginDifference | null
}

/**
 * Margins a case before and after a change. An account that cannot be margined gets its status and no figures, on either side.
 *
 * @param listed Quotes of the market beyond what the account holds.
 * @throws InvalidInputError for a change that cannot be made, and for a bare portfolio that cannot be margined.
 */
export function simulate(asked: AccountCase, change: WhatIf | undefined, listed: readonly OptionQuote[]): Simulated {
  const before = healthOf(asked)
  if (asked.account.id === PORTFOLIO_ID && !before.figures) {
    throw new InvalidInputError(
      before.reasons.map(each => ({ pointer: "/positions", code: each.code, detail: each.detail })),
    )
  }
  if (!change) return { before, after: null, difference: null }
  const after = healthOf(whatIf(asked, change, listed))
  return { before, after, difference: differenceOf(before, after) }
}

function differenceOf({ figures: before }: AccountHealth, { figures: after }: AccountHealth): MarginDifference | null {
  if (!before || !after) return null
  const by = (name: keyof MarginDifference) => usd(after[name] - before[name])
  return {
    rawEquity: by("rawEquity"),
    equity: by("equity"),
    initialMargin: by("initialMargin"),
    liquidationEndMargin: by("liquidationEndMargin"),
    maintenanceMargin: by("maintenanceMargin"),
    health: by("health"),
    initialHealth: by("initialHealth"),
    standaloneMargin: by("standaloneMargin"),
  }
}
