/**
 * `GET /v1/accounts/{id}/margin/risk-array`: scenarios, P&L vectors by unit and instrument, Greeks.
 */
import { createRoute } from "@hono/zod-openapi"
import { formatDecimal } from "../domain/decimal.js"
import type { StressScenario, VolatilityMove } from "../domain/methodology.js"
import { caseOf } from "../insight/account-case.js"
import { accountGreeks, type GreeksOf } from "../insight/greeks.js"
import { riskArraysOf } from "../insight/risk-array.js"
import { accountParameter, accountRefusals, marginedIn } from "./account-id.js"
import { type RiskArrayView, riskArraySchema } from "./risk-array-schemas.js"
import { createRouter, jsonOf, type Service } from "./service.js"
import { decimalsOf } from "./views.js"

const readRiskArray = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/margin/risk-array",
  summary: "Scenarios, P&L vectors by unit and instrument, and Greeks",
  request: { params: accountParameter },
  responses: { 200: jsonOf(riskArraySchema, "The risk arrays"), ...accountRefusals },
})

export function riskArrayRoutes({ book, show, kernel }: Service) {
  return createRouter().openapi(readRiskArray, context => {
    const { assessment, health } = marginedIn(book, context.req.valid("param").id)
    const asked = caseOf(assessment.snapshot, health.id, { policy: show.policy.policy, kernel })
    const arrays = riskArraysOf(asked, health)
    const greeks = accountGreeks(asked, health)
    const view: RiskArrayView = {
      account: health.id,
      status: health.status,
      asOf: health.asOf,
      valuationTime: assessment.snapshot.valuationTime,
      scenarios: arrays?.scenarios.map(scenarioView) ?? [],
      units:
        arrays?.units.map(({ underlying, priceMoves, pnl }) => ({
          underlying,
          priceMoves: priceMoves.map(formatDecimal),
          pnl: pnl.map(formatDecimal),
        })) ?? [],
      instruments:
        greeks?.positions.map(({ leg, instrument, greeks: held }) => ({
          chain: leg.chain,
          venue: leg.venue,
          instrument,
          quantity: formatDecimal(leg.quantity),
          pnl: arrays?.instruments.find(each => each.leg === leg)?.pnl.map(formatDecimal) ?? [],
          greeks: decimalsOf(held),
        })) ?? [],
      greeks: greeks && {
        byExpiry: greeks.byExpiry.map(greeksView),
        byUnderlying: greeks.byUnderlying.map(greeksView),
        total: decimalsOf(greeks.total),
      },
    }
    return context.json(view, 200)
  })
}

const greeksView = ({ underlying, expiry, greeks }: GreeksOf) => ({ underlying, expiry, greeks: decimalsOf(greeks) })

function scenarioView(
  { volatility, daysRolled, weight, part }: StressScenario,
  i: number,
): RiskArrayView["scenarios"][number] {
  return {
    number: i + 1,
    volatility: volatility && moveView(volatility),
    daysRolled: formatDecimal(daysRolled),
    weight: formatDecimal(weight),
    part,
  }
}

function moveView(move: VolatilityMove): NonNullable<RiskArrayView["scenarios"][number]["volatility"]> {
  if (move.kind === "skew") return { kind: move.kind, by: null }
  return { kind: move.kind, by: formatDecimal(move.kind === "shift" ? move.by : move.change) }
}
