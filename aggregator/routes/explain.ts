/**
 * `GET /v1/accounts/{id}/margin/explain`: every component of equity and margin, each set adding up exactly.
 */
import { createRoute } from "@hono/zod-openapi"
import { formatDecimal } from "../domain/decimal.js"
import { caseOf } from "../insight/account-case.js"
import { type MarginContributions, marginContributions } from "../insight/contributions.js"
import { type EquityExplained, explainEquity } from "../insight/explain-equity.js"
import { accountParameter, accountRefusals, marginedIn } from "./account-id.js"
import { type Explanation, explainSchema } from "./explain-schemas.js"
import { createRouter, jsonOf, type Service } from "./service.js"
import { unitView } from "./views.js"

const explain = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/margin/explain",
  summary: "What equity and margin are made of: lines that add up exactly, shares and marginal contributions",
  request: { params: accountParameter },
  responses: { 200: jsonOf(explainSchema, "The explanation"), ...accountRefusals },
})

export function explainRoutes({ book, show, kernel }: Service) {
  return createRouter().openapi(explain, context => {
    const { assessment, health } = marginedIn(book, context.req.valid("param").id)
    const asked = caseOf(assessment.snapshot, health.id, { policy: show.policy.policy, kernel })
    const contributions = marginContributions(asked, health)
    const explanation: Explanation = {
      account: health.id,
      status: health.status,
      asOf: health.asOf,
      valuationTime: assessment.snapshot.valuationTime,
      equity: health.figures && equityView(explainEquity(health.breakdown)),
      margin: contributions && { ...marginView(contributions), units: health.breakdown.units.map(unitView) },
    }
    return context.json(explanation, 200)
  })
}

function equityView({ lines, equity, byChain, byHaircut }: EquityExplained) {
  const withAmount = <Line extends { readonly amount: bigint }>(line: Line) => ({
    ...line,
    amount: formatDecimal(line.amount),
  })
  return {
    equity: formatDecimal(equity),
    lines: lines.map(withAmount),
    byChain: byChain.map(withAmount),
    byHaircut: byHaircut.map(withAmount),
  }
}

function marginView({ positions, additions, lines, maintenanceMargin }: MarginContributions) {
  return {
    maintenanceMargin: formatDecimal(maintenanceMargin),
    positions: positions.map(({ position: { leg, ...valued }, share, marginal }) => ({
      chain: leg.chain,
      venue: leg.venue,
      instrument: valued.instrument,
      quantity: formatDecimal(valued.quantity),
      worstScenarioLoss: formatDecimal(valued.worstScenarioLoss),
      share: formatDecimal(share),
      marginal: marginal === null ? null : formatDecimal(marginal),
      standaloneMargin: formatDecimal(valued.standaloneMargin),
    })),
    additions: additions.map(({ underlying, share }) => ({ underlying, share: formatDecimal(share) })),
    lines: lines.map(each => ({ ...each, share: formatDecimal(each.share) })),
  }
}
