/**
 * `POST /v1/margin/simulate`: margin of a portfolio that no chain holds.
 */
import { createRoute } from "@hono/zod-openapi"
import { parseDecimal } from "../domain/decimal.js"
import { InvalidInputError } from "../domain/errors.js"
import { price, quantity, ratio } from "../domain/fixed.js"
import { type BarePortfolio, simulatePortfolio } from "../insight/simulate.js"
import { type SimulateRequest, simulateRequestSchema, simulationSchema } from "./schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import { simulationView } from "./views.js"

const simulate = createRoute({
  method: "post",
  path: "/v1/margin/simulate",
  summary: "Margin of a bare portfolio against the live market, or the market you give",
  request: { body: { required: true, content: { "application/json": { schema: simulateRequestSchema } } } },
  responses: {
    200: jsonOf(simulationSchema, "The margin"),
    400: problem("What is wrong, one JSON pointer a field"),
    413: problem("The body is too large"),
    415: problem("The body is not said to be JSON"),
  },
})

export function simulateRoutes({ book, show, kernel }: Service) {
  return createRouter().openapi(simulate, context => {
    const request = context.req.valid("json")
    const { policy } = show.policy
    if (request.policy !== undefined && request.policy !== policy.name) {
      throw new InvalidInputError([
        { pointer: "/policy", code: "UNKNOWN_POLICY", detail: `this service runs ${policy.name}` },
      ])
    }
    const health = simulatePortfolio(portfolioOf(request), book.latest?.snapshot, policy, kernel)
    return context.json(simulationView(health, show), 200)
  })
}

function portfolioOf({ collateral, debts, positions, market }: SimulateRequest): BarePortfolio {
  const amounts = (entries: readonly { symbol: string; amount: string }[]) =>
    entries.map(({ symbol, amount }) => ({ symbol, amount: quantity(parseDecimal(amount)) }))
  return {
    collateral: amounts(collateral),
    debts: amounts(debts),
    positions: positions.map(each => ({
      instrument: each.instrument,
      quantity: quantity(parseDecimal(each.quantity)),
    })),
    market: {
      valuationTime: market?.valuationTime,
      prices: new Map(
        Object.entries(market?.prices ?? {}).map(([symbol, text]) => [symbol, price(parseDecimal(text))]),
      ),
      volatilities: new Map(
        Object.entries(market?.volatilities ?? {}).map(([name, text]) => [name, ratio(parseDecimal(text))]),
      ),
      rate: market?.rate === undefined ? undefined : ratio(parseDecimal(market.rate)),
    },
  }
}
