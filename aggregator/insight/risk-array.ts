/**
 * An account's risk arrays: what every scenario does to each risk unit and to +1 long of each instrument it holds.
 */

import type { Usd } from "../domain/fixed.js"
import { type Ratio, ratio } from "../domain/fixed.js"
import { instrumentName } from "../domain/instrument.js"
import type { PositionLeg } from "../domain/leg.js"
import type { Methodology, StressScenario } from "../domain/methodology.js"
import { haircutsOf } from "../pipeline/apply-haircuts.js"
import { priceMove } from "../pipeline/margin/group-risk.js"
import { marketOf } from "../pipeline/market.js"
import { scenarioVectors } from "../pipeline/scenario-margins.js"
import { type AccountCase, healthOf } from "./account-case.js"

export interface UnitArray {
  readonly underlying: string
  /** Relative move of the price, one a scenario. */
  readonly priceMoves: readonly Ratio[]
  /**
   * Counted P&L of the account's book, USD, one a scenario: the lowest is −scanning risk where it is < 0. Scenarios of a
   * part of the requirement are apart from that scan: the lowest of theirs is −the part's loss.
   */
  readonly pnl: readonly Usd[]
}

export interface InstrumentArray {
  readonly leg: PositionLeg
  readonly instrument: string
  /** Weighted P&L of +1 long, USD, one a scenario. */
  readonly pnl: readonly Usd[]
}

export interface AccountRiskArrays {
  readonly scenarios: readonly StressScenario[]
  readonly units: readonly UnitArray[]
  readonly instruments: readonly InstrumentArray[]
}

/**
 * Risk arrays by the engine that margins the account, exact and rounded as there; without scenarios where the policy has
 * none (weights instead). `null` for an account without figures.
 */
export function riskArraysOf(asked: AccountCase, health = healthOf(asked)): AccountRiskArrays | null {
  const { snapshot, account, policy, kernel } = asked
  if (!health.figures) return null
  if (policy.methodology.kind !== "scenarios") return { scenarios: [], units: [], instruments: [] }
  const method: Methodology = policy.methodology
  const portfolio = haircutsOf(snapshot, policy)(account)
  const { units, instruments } = scenarioVectors(kernel, portfolio, marketOf(snapshot), method)
  return {
    scenarios: method.scenarios,
    units: units.map(({ underlying, pnl }) => ({
      underlying,
      priceMoves: method.scenarios.map(scenario => ratio(priceMove(scenario, underlying, method))),
      pnl,
    })),
    instruments: portfolio.positions.map((leg, i) => ({
      leg,
      instrument: instrumentName(leg.instrument),
      pnl: instruments[i] ?? [],
    })),
  }
}
