/**
 * From haircut portfolios and what their methodology asks of them to margin health: exact, every total the sum of what is listed.
 */
import { divide, ONE, type Ratio, ratio, sumUsd, type Usd, usd } from "../domain/fixed.js"
import type { AccountHealth, AccountStatus, MarginBreakdown, MarginFigures } from "../domain/health.js"
import type { Block, Portfolio } from "./apply-haircuts.js"
import type { PortfolioMargin, PortfolioRisk } from "./portfolio-margin.js"

/** Assesses every account; one that is blocked gets its status and reasons and no figures. */
export function assessHealth(
  portfolios: readonly Portfolio[],
  risk: ReadonlyMap<string, PortfolioRisk>,
): AccountHealth[] {
  return portfolios.map(portfolio => {
    const computed = risk.get(portfolio.id)
    if (portfolio.blocked.length > 0 || !computed) return blockedHealth(portfolio, portfolio.blocked)
    if ("blocked" in computed) return blockedHealth(portfolio, [computed.blocked])
    return new AssessedHealth(portfolio, computed.margin)
  })
}

/** What an account has and what it needs; what both are made of waits until somebody looks. */
class AssessedHealth implements AccountHealth {
  readonly id: string
  readonly status: AccountStatus
  readonly reasons: AccountHealth["reasons"]
  readonly figures: MarginFigures
  readonly asOf: number
  readonly #portfolio: Portfolio
  readonly #margin: PortfolioMargin

  constructor(portfolio: Portfolio, margin: PortfolioMargin) {
    this.id = portfolio.id
    this.reasons = portfolio.reasons
    this.asOf = portfolio.asOf
    this.figures = new AssessedFigures(portfolio, margin)
    this.status = statusOf(this.figures)
    this.#portfolio = portfolio
    this.#margin = margin
  }

  get breakdown(): MarginBreakdown {
    const { collateral, debts } = this.#portfolio
    return { collateral, debts, ...this.#margin.explained() }
  }
}

class AssessedFigures implements MarginFigures {
  readonly rawEquity: Usd
  readonly equity: Usd
  readonly initialMargin: Usd
  readonly liquidationEndMargin: Usd
  readonly maintenanceMargin: Usd
  readonly health: Usd
  readonly initialHealth: Usd
  readonly healthFactor: Ratio | null
  readonly marginRatio: Ratio | null
  readonly #margin: PortfolioMargin

  constructor({ collateral, debts }: Portfolio, margin: PortfolioMargin) {
    const { maintenance, liquidationEnd, initial } = margin.requirement
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
    this.initialMargin = initial
    this.liquidationEndMargin = liquidationEnd
    this.maintenanceMargin = maintenance
    this.health = usd(counted - maintenance)
    this.initialHealth = usd(counted - initial)
    this.healthFactor = quotient(this.equity, maintenance, "down")
    this.marginRatio = counted > 0n ? quotient(maintenance, this.equity, "up") : null
    this.#margin = margin
  }

  get standaloneMargin(): Usd {
    return sumUsd(this.#margin.standalone())
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

/** Collateral and debts that are known stay visible; the totals do not exist. */
function blockedHealth(portfolio: Portfolio, blocked: readonly Block[]): AccountHealth {
  const { id, asOf, collateral, debts } = portfolio
  return {
    id,
    status: blocked.some(each => each.status === "UNAVAILABLE") ? "UNAVAILABLE" : "STALE",
    reasons: [...blocked.map(({ code, chain, detail }) => ({ code, chain, detail })), ...portfolio.reasons],
    figures: null,
    breakdown: { collateral, debts, positions: [], units: [], charges: [] },
    asOf,
  }
}
