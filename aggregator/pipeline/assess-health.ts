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
    return assess(portfolio, computed.margin)
  })
}

function assess({ id, asOf, reasons, collateral, debts }: Portfolio, margin: PortfolioMargin): AccountHealth {
  const { positions, units, charges, requirement } = margin
  const breakdown: MarginBreakdown = { collateral, debts, positions, units, charges }
  const figures = marginFigures(breakdown, requirement)
  return { id, status: statusOf(figures), reasons, figures, breakdown, asOf }
}

function marginFigures(
  { collateral, debts, positions }: MarginBreakdown,
  { maintenance, liquidationEnd, initial }: PortfolioMargin["requirement"],
): MarginFigures {
  const markToMarket = sumUsd(positions.map(each => each.markToMarket))
  const owned = sumUsd(collateral.map(each => each.collateralValue))
  const owed = sumUsd(debts.map(each => each.liabilityValue))
  const equity = usd(owned + markToMarket - owed)
  return {
    rawEquity: usd(
      sumUsd(collateral.map(each => each.marketValue)) + markToMarket - sumUsd(debts.map(each => each.marketValue)),
    ),
    equity,
    initialMargin: initial,
    liquidationEndMargin: liquidationEnd,
    maintenanceMargin: maintenance,
    health: usd(equity - maintenance),
    initialHealth: usd(equity - initial),
    healthFactor: quotient(equity, maintenance, "down"),
    marginRatio: equity > 0n ? quotient(maintenance, equity, "up") : null,
    get standaloneMargin() {
      return sumUsd(positions.map(each => each.standaloneMargin))
    },
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
