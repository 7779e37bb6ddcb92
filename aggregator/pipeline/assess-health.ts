/**
 * From haircut portfolios and their worst scenarios to margin health: exact, every total the sum of what is listed.
 */
import {
  abs,
  divide,
  maxOf,
  ONE,
  type Ratio,
  ratio,
  sumUsd,
  timesUp,
  type Usd,
  usd,
  valueDown,
} from "../domain/fixed.js"
import type {
  AccountHealth,
  AccountStatus,
  MarginBreakdown,
  MarginFigures,
  RiskUnitMargin,
  ValuedPosition,
} from "../domain/health.js"
import { instrumentName } from "../domain/instrument.js"
import type { OptionLeg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { Block, Portfolio } from "./apply-haircuts.js"
import type { PortfolioRisk, PositionRisk, UnitRisk } from "./run-risk-arrays.js"

const NOTHING = usd(0n)

/** Assesses every account; one that is blocked gets its status and reasons and no figures. */
export function assessHealth(
  portfolios: readonly Portfolio[],
  risk: ReadonlyMap<string, PortfolioRisk>,
  policy: MarginPolicy,
): AccountHealth[] {
  return portfolios.map(portfolio => {
    const computed = risk.get(portfolio.id)
    if (portfolio.blocked.length > 0 || !computed) return blockedHealth(portfolio, portfolio.blocked)
    if ("blocked" in computed) return blockedHealth(portfolio, [computed.blocked])
    return assess(portfolio, computed.units, policy)
  })
}

function assess(portfolio: Portfolio, units: readonly UnitRisk[], policy: MarginPolicy): AccountHealth {
  const breakdown: MarginBreakdown = {
    collateral: portfolio.collateral,
    debts: portfolio.debts,
    positions: units.flatMap(unit => unit.positions.map(each => valuePosition(each, unit, policy))),
    units: units.map(unit => unitMargin(unit, policy)),
  }
  const figures = marginFigures(breakdown, policy)
  return {
    id: portfolio.id,
    status: statusOf(figures),
    reasons: portfolio.reasons,
    figures,
    breakdown,
    asOf: portfolio.asOf,
  }
}

function unitMargin(unit: UnitRisk, policy: MarginPolicy): RiskUnitMargin {
  const scanningRisk = lossOf(unit.worstPnl)
  const lotRemainder = sumUsd(unit.positions.map(each => each.lotRemainder))
  const minimum = shortOptionMinimum(
    unit.positions.map(each => each.leg),
    unit,
    policy,
  )
  return {
    underlying: unit.underlying,
    scanningRisk,
    worstScenario: scanningRisk > 0n ? unit.scenario + 1 : null,
    shortOptionMinimum: minimum,
    lotRemainder,
    requirement: maxOf(usd(scanningRisk + lotRemainder), minimum),
  }
}

function valuePosition(each: PositionRisk, unit: UnitRisk, policy: MarginPolicy): ValuedPosition {
  const alone = maxOf(usd(lossOf(each.ownWorstPnl) + each.lotRemainder), shortOptionMinimum([each.leg], unit, policy))
  return {
    leg: each.leg,
    instrument: instrumentName(each.leg.instrument),
    quantity: each.leg.quantity,
    mark: each.mark,
    markToMarket: valueDown(each.leg.quantity, each.mark),
    worstScenarioLoss: usd(-each.pnlInWorst),
    standaloneMargin: timesUp(alone, policy.thresholds.maintenance),
  }
}

/** Short options × spot × the unit's rate, rounded up; `gross` adds calls and puts, `max` takes the larger side. */
function shortOptionMinimum(legs: readonly OptionLeg[], { underlying, spot }: UnitRisk, policy: MarginPolicy): Usd {
  const rate = policy.riskUnits.get(underlying)?.shortOptionMinimum ?? ratio(0n)
  const short = (right: "call" | "put") =>
    legs
      .filter(leg => leg.quantity < 0n && leg.instrument.right === right)
      .reduce((sum, leg) => sum + abs(leg.quantity), 0n)
  const counted = policy.shortOptionRule === "gross" ? short("call") + short("put") : maxOf(short("call"), short("put"))
  return usd(divide(counted * spot * rate, ONE * ONE, "up"))
}

function marginFigures({ collateral, debts, positions, units }: MarginBreakdown, policy: MarginPolicy): MarginFigures {
  const markToMarket = sumUsd(positions.map(each => each.markToMarket))
  const owned = sumUsd(collateral.map(each => each.collateralValue))
  const owed = sumUsd(debts.map(each => each.liabilityValue))
  const equity = usd(owned + markToMarket - owed)
  const requirement = sumUsd(units.map(each => each.requirement))
  const maintenanceMargin = timesUp(requirement, policy.thresholds.maintenance)
  const initialMargin = timesUp(requirement, policy.thresholds.initial)
  return {
    rawEquity: usd(
      sumUsd(collateral.map(each => each.marketValue)) + markToMarket - sumUsd(debts.map(each => each.marketValue)),
    ),
    equity,
    initialMargin,
    liquidationEndMargin: timesUp(requirement, policy.thresholds.liquidationEnd),
    maintenanceMargin,
    health: usd(equity - maintenanceMargin),
    initialHealth: usd(equity - initialMargin),
    healthFactor: quotient(equity, maintenanceMargin, "down"),
    marginRatio: equity > 0n ? quotient(maintenanceMargin, equity, "up") : null,
    standaloneMargin: sumUsd(positions.map(each => each.standaloneMargin)),
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
    breakdown: { collateral, debts, positions: [], units: [] },
    asOf,
  }
}

const lossOf = (pnl: Usd): Usd => maxOf(NOTHING, usd(-pnl))
