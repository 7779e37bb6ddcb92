/**
 * `GET /v1/accounts/{id}/liquidation`: where the account would be liquidated, how least dearly, and what prevents it.
 */
import { createRoute, z } from "@hono/zod-openapi"
import { formatDecimal } from "../domain/decimal.js"
import type { ExecutionCosts } from "../domain/execution-costs.js"
import { instrumentName } from "../domain/instrument.js"
import { caseOf } from "../insight/account-case.js"
import { closingAmounts } from "../insight/closings.js"
import {
  type LiquidationBands,
  liquidationBands,
  type PriceBand,
  priceExposures,
} from "../insight/liquidation-bands.js"
import { type LiquidationPlan, type PlannedClosing, planLiquidation } from "../insight/liquidation-plan.js"
import { type MarginTarget, planTopUp, type TopUpPlan, usualOffers } from "../insight/top-up-plan.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import { usualCosts } from "../policies/execution-costs.js"
import { accountParameter, accountRefusals, marginedIn } from "./account-id.js"
import { type Liquidation, liquidationSchema } from "./liquidation-schemas.js"
import { jsonText } from "./render-cache.js"
import { createRouter, jsonOf, type Service } from "./service.js"
import { decimalsOf, figuresView } from "./views.js"

const readLiquidation = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/liquidation",
  summary: "Liquidation bands of every price, the cheapest partial closes, and the least top-up across chains",
  request: {
    params: accountParameter,
    query: z.object({
      target: z
        .enum(["maintenance", "liquidationEnd", "initial"])
        .default("liquidationEnd")
        .openapi({ description: "Margin that the top-up restores" }),
    }),
  },
  responses: { 200: jsonOf(liquidationSchema, "Bands and plans"), ...accountRefusals },
})

export function liquidationRoutes(service: Service) {
  const { book, costs = usualCosts() } = service
  const once = oncePerAssessment((assessment, key) => {
    const [target, ...id] = key.split(" ")
    return JSON.stringify(liquidationOf(service, assessment, id.join(" "), target as MarginTarget, costs))
  })
  return createRouter().openapi(readLiquidation, context => {
    const { target } = context.req.valid("query")
    const { assessment, health } = marginedIn(book, context.req.valid("param").id)
    return jsonText<Liquidation>(context, once(assessment, `${target} ${health.id}`))
  })
}

/** Hundreds of repricings answer one call: until the next assessment, asking again costs nothing. */
function oncePerAssessment<Answer>(compute: (assessment: Assessment, key: string) => Answer) {
  let known: { readonly assessment: Assessment; readonly answers: Map<string, Answer> } | undefined
  return (assessment: Assessment, key: string): Answer => {
    if (known?.assessment !== assessment) known = { assessment, answers: new Map() }
    const before = known.answers.get(key)
    if (before !== undefined) return before
    const answer = compute(assessment, key)
    known.answers.set(key, answer)
    return answer
  }
}

function liquidationOf(
  { show, kernel }: Service,
  { snapshot, health: all }: Assessment,
  id: string,
  target: MarginTarget,
  costs: ExecutionCosts,
): Liquidation {
  const asked = caseOf(snapshot, id, { policy: show.policy.policy, kernel })
  const health = all.find(each => each.id === id)
  return {
    account: id,
    status: health?.status ?? "UNAVAILABLE",
    asOf: health?.asOf ?? snapshot.valuationTime,
    valuationTime: snapshot.valuationTime,
    bands: health?.figures ? priceExposures(asked).map(symbol => bandsView(liquidationBands(asked, symbol))) : null,
    plan: planView(planLiquidation(asked, costs)),
    topUp: topUpView(planTopUp(asked, usualOffers(snapshot, asked), costs, target), target),
    costs: { name: costs.name, version: costs.version },
  }
}

function bandsView({ symbol, price, range, bands, undecided, nearestBelow, nearestAbove }: LiquidationBands) {
  const view = (each: PriceBand) => decimalsOf({ from: each.from, to: each.to })
  const or = (each: bigint | null) => (each === null ? null : formatDecimal(each))
  return {
    symbol,
    price: or(price),
    range: { ...view(range), tick: formatDecimal(range.tick) },
    bands: bands.map(view),
    undecided: undecided.map(view),
    nearestBelow: or(nearestBelow),
    nearestAbove: or(nearestAbove),
  }
}

function planView(plan: LiquidationPlan): Liquidation["plan"] {
  const none = { steps: [], cost: null, largestFirstCost: null, shortfall: null, after: null }
  if (plan.status === "insufficient") return { ...none, status: plan.status, shortfall: formatDecimal(plan.shortfall) }
  if (plan.status !== "planned") return { ...none, status: plan.status }
  return {
    status: plan.status,
    steps: plan.steps.map(stepView),
    cost: formatDecimal(plan.cost),
    largestFirstCost: plan.largestFirstCost === null ? null : formatDecimal(plan.largestFirstCost),
    shortfall: null,
    after: plan.after && figuresView(plan.after),
  }
}

function stepView({ closing, part, cost }: PlannedClosing): Liquidation["plan"]["steps"][number] {
  const { amount, sold } = closingAmounts(closing, part)
  const leg = closing.kind === "close" ? closing.leg : closing.debt
  return {
    kind: closing.kind,
    chain: leg.chain,
    venue: leg.venue,
    subject: closing.kind === "close" ? instrumentName(closing.leg.instrument) : closing.debt.symbol,
    amount: formatDecimal(amount),
    soldSymbol: closing.kind === "repay" ? closing.from.symbol : null,
    soldAmount: sold === null ? null : formatDecimal(sold),
    cost: formatDecimal(cost),
  }
}

function topUpView(plan: TopUpPlan, target: MarginTarget): Liquidation["topUp"] {
  if (plan.status !== "planned") return { status: plan.status, target, steps: [], total: null, after: null }
  return {
    status: plan.status,
    target,
    steps: plan.steps.map(({ offer: { kind, leg }, ...step }) => ({
      kind,
      chain: leg.chain,
      venue: leg.venue,
      asset: leg.asset,
      symbol: leg.symbol,
      ...decimalsOf(step),
    })),
    total: formatDecimal(plan.total),
    after: figuresView(plan.after),
  }
}
