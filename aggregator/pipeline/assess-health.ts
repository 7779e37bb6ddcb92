/**
 * From haircut portfolios and what their methodology asks of them to margin health: exact, every total the sum of what is listed.
 */
import { divide, ONE, type Ratio, ratio, sumUsd, type Usd, usd } from "../domain/fixed.js"
import type { AccountHealth, AccountStatus, MarginBreakdown, MarginFigures } from "../domain/health.js"
import type { Portfolio } from "./apply-haircuts.js"
import type { Explainer } from "./explain-health.js"
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
    this.figures = new AssessedFigures(portfolio, risk.margin, explain, place)
    this.status = statusOf(this.figures)
    this.reasons = portfolio.reasons
  }

  get breakdown(): MarginBreakdown {
    this.#breakdown ??= this.#explain.breakdown(this.#place)
    return this.#breakdown
  }
}

/** Five sums; the rest follows from them. */
class AssessedFigures implements MarginFigures {
  readonly rawEquity: Usd
  readonly equity: Usd
  readonly initialMargin: Usd
  readonly liquidationEndMargin: Usd
  readonly maintenanceMargin: Usd
  readonly #explain: Explainer
  readonly #place: number

  constructor({ collateral, debts }: Portfolio, margin: PortfolioMargin, explain: Explainer, place: number) {
    let raw: bigint = margin.markToMarket
    let counted: bigint = margin.markToMarket
    for (const { marketValue, collateralValue } of collateral) {
      raw += marketValue
      counted += collateralValue
    }
    for (const { marketValue, liabilityValue } of debts) {
      raw -= marketValue
      counted -= liabilityValue
    }
    this.rawEquity = usd(raw)
    this.equity = usd(counted)
    this.initialMargin = margin.requirement.initial
    this.liquidationEndMargin = margin.requirement.liquidationEnd
    this.maintenanceMargin = margin.requirement.maintenance
    this.#explain = explain
    this.#place = place
  }

  get health(): Usd {
    return usd(this.equity - this.maintenanceMargin)
  }

  get initialHealth(): Usd {
    return usd(this.equity - this.initialMargin)
  }

  get healthFactor(): Ratio | null {
    return quotient(this.equity, this.maintenanceMargin, "down")
  }

  get marginRatio(): Ratio | null {
    return this.equity > 0n ? quotient(this.maintenanceMargin, this.equity, "up") : null
  }

  get standaloneMargin(): Usd {
    return sumUsd(this.#explain.standalone(this.#place))
  }
}

function quotient(dividend: Usd, divisor: Usd, rounding: "down" | "up"): Ratio | null {
  return divisor === 0n ? null : ratio(divide(dividend * ONE, divisor, rounding))
}

function statusOf(figures: MarginFigures): AccountStatus {
  if (figures.rawEquity < 0n) return "BANKRUPT"
  if (figures.equity < figures.maintenanceMargin) return "LIQUIDATABLE"
  if (figures.equity < figures.liquidationEndMargin) return "REDUCE_ONLY"
  if (figures.equity < figures.initialMargin) return "MARGIN_CALL"
  return "NORMAL"
}
