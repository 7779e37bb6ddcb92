/**
 * From haircut portfolios and what their methodology asks of them to margin health: exact, every total the sum of what is listed.
 */
import { usd } from "../domain/fixed.js"
import type { AccountHealth, AccountStatus, MarginBreakdown, MarginFigures } from "../domain/health.js"
import type { Portfolio } from "./apply-haircuts.js"
import type { Explainer } from "./explain-health.js"
import { AssessedFigures, type MarginSums } from "./margin-figures.js"
import type { PortfolioMargin, PortfolioRisk } from "./portfolio-margin.js"

/**
 * Assesses portfolios; one that is blocked gets its status and reasons and no figures.
 *
 * @param first place of the first of them in the snapshot
 */
export function assessHealth(
  portfolios: readonly Portfolio[],
  risks: readonly PortfolioRisk[],
  explain: Explainer,
  first: number,
): AccountHealth[] {
  return portfolios.map((portfolio, i) => {
    const risk = risks[i]
    if (!risk) throw new RangeError("one risk a portfolio")
    explain.keep(first + i, portfolio, risk)
    return new AssessedHealth(portfolio, risk, explain, first + i)
  })
}

/** What an account has and what it needs; what both are made of waits until somebody looks. */
class AssessedHealth implements AccountHealth {
  readonly id: string
  readonly status: AccountStatus
  readonly reasons: AccountHealth["reasons"]
  readonly figures: MarginFigures | null
  readonly asOf: number
  readonly #explain: Explainer
  readonly #place: number
  #breakdown: MarginBreakdown | undefined

  constructor(portfolio: Portfolio, risk: PortfolioRisk, explain: Explainer, place: number) {
    this.id = portfolio.id
    this.asOf = portfolio.asOf
    this.#explain = explain
    this.#place = place
    if ("blocked" in risk) {
      this.figures = null
      this.status = risk.blocked.some(each => each.status === "UNAVAILABLE") ? "UNAVAILABLE" : "STALE"
      const why = risk.blocked.map(({ code, chain, detail }) => ({ code, chain, detail }))
      this.reasons = [...why, ...portfolio.reasons]
      return
    }
    const sums = sumsOf(portfolio, risk.margin)
    this.figures = new AssessedFigures(sums, explain, place)
    this.status = statusOf(sums)
    this.reasons = portfolio.reasons
  }

  get breakdown(): MarginBreakdown {
    this.#breakdown ??= this.#explain.breakdown(this.#place)
    return this.#breakdown
  }
}

function sumsOf({ collateral, debts }: Portfolio, { markToMarket, requirement }: PortfolioMargin): MarginSums {
  let raw: bigint = markToMarket
  let counted: bigint = markToMarket
  for (const { marketValue, collateralValue } of collateral) {
    raw += marketValue
    counted += collateralValue
  }
  for (const { marketValue, liabilityValue } of debts) {
    raw -= marketValue
    counted -= liabilityValue
  }
  return {
    rawEquity: usd(raw),
    equity: usd(counted),
    initialMargin: requirement.initial,
    liquidationEndMargin: requirement.liquidationEnd,
    maintenanceMargin: requirement.maintenance,
  }
}

function statusOf(figures: MarginSums): AccountStatus {
  if (figures.rawEquity < 0n) return "BANKRUPT"
  if (figures.equity < figures.maintenanceMargin) return "LIQUIDATABLE"
  if (figures.equity < figures.liquidationEndMargin) return "REDUCE_ONLY"
  if (figures.equity < figures.initialMargin) return "MARGIN_CALL"
  return "NORMAL"
}
