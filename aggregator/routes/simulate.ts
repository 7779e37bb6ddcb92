/**
 * `POST /v1/margin/simulate`: before and after, for an account or a portfolio that no chain holds; alone or in bulk.
 */
import { createRoute } from "@hono/zod-openapi"
import { chainId } from "../domain/caip.js"
import { parseDecimal } from "../domain/decimal.js"
import { type InputIssue, InvalidInputError, PlimsollError } from "../domain/errors.js"
import { price, quantity, ratio } from "../domain/fixed.js"
import { inputIssues } from "../domain/input-issues.js"
import { type AccountCase, caseOf } from "../insight/account-case.js"
import { type MarketOverride, portfolioCase } from "../insight/bare-portfolio.js"
import { simulate } from "../insight/simulate.js"
import { type WhatIf, whatIf } from "../insight/what-if.js"
import { type LoadedPolicy, loadPolicy } from "../policies/load.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../policies/shipped.js"
import { accountIn } from "./account-id.js"
import { jsonText } from "./render-cache.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import {
  type BulkSimulated,
  bulkRequestSchema,
  bulkSchema,
  type Simulated,
  type SimulateRequest,
  simulatedSchema,
  simulateRequestSchema,
} from "./simulate-schemas.js"
import { decimalsOf, simulationView } from "./views.js"

const refusals = {
  400: problem("What is wrong, one JSON pointer a field"),
  404: problem("No such account"),
  413: problem("The body is too large"),
  415: problem("The body is not said to be JSON"),
  503: problem("No chain has been read yet"),
}

const simulateOne = createRoute({
  method: "post",
  path: "/v1/margin/simulate",
  summary: "Margin before and after a change, of an account or of a portfolio that no chain holds",
  request: { body: { required: true, content: { "application/json": { schema: simulateRequestSchema } } } },
  responses: { 200: jsonOf(simulatedSchema, "Before and after"), ...refusals },
})

const simulateBulk = createRoute({
  method: "post",
  path: "/v1/margin/simulate/bulk",
  summary: "The same for up to 1,000 books; one that cannot be margined stops no other",
  request: { body: { required: true, content: { "application/json": { schema: bulkRequestSchema } } } },
  responses: {
    200: jsonOf(bulkSchema, "One result a book"),
    400: refusals[400],
    413: refusals[413],
    415: refusals[415],
  },
})

/** Books between two breaths: other requests wait for no more than these. */
const BOOKS_AT_ONCE = 25

export function simulateRoutes(service: Service) {
  return createRouter()
    .openapi(simulateOne, context =>
      jsonText<Simulated>(context, JSON.stringify(simulated(context.req.valid("json"), service))),
    )
    .openapi(simulateBulk, async context => {
      const { books } = context.req.valid("json")
      const results: BulkSimulated["results"] = []
      for (let start = 0; start < books.length; start += BOOKS_AT_ONCE) {
        if (start > 0) await new Promise(resolve => setTimeout(resolve))
        results.push(...books.slice(start, start + BOOKS_AT_ONCE).map(book => resultOf(book, service)))
      }
      return context.json({ results }, 200)
    })
}

function resultOf(book: unknown, service: Service): BulkSimulated["results"][number] {
  const parsed = simulateRequestSchema.safeParse(book)
  try {
    if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
    return { status: "ok", result: simulated(parsed.data, service) }
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    const errors = error instanceof InvalidInputError ? error.issues.map(each => ({ ...each })) : []
    return { status: "error", code: error.code, detail: error.message, errors }
  }
}

/** What a request gets; also offline, with a book that has read nothing. */
export function simulated(request: SimulateRequest, service: Pick<Service, "book" | "show" | "kernel">): Simulated {
  const { book, show, kernel } = service
  const live = book.latest?.snapshot
  const policy = request.policy === undefined ? show.policy : policyNamed(request.policy, "/policy")
  const margining = { policy: policy.policy, kernel }
  const market = marketOf(request.market)
  const asked: AccountCase =
    request.account === undefined
      ? portfolioCase(portfolioOf(request), market, live, margining)
      : // A supposed market is a change too, only made on both sides.
        whatIf(caseOf(...accountOf(request, request.account, service), margining), { market })
  const { changes } = request
  const changedPolicy = changes?.policy === undefined ? policy : policyOf(changes.policy)
  const listed = changes ? [...asked.snapshot.quotes, ...(live?.quotes ?? [])] : []
  const { before, after, difference } = simulate(asked, changes && changeOf(changes, changedPolicy), listed)
  return {
    account: request.account === undefined ? null : asked.account.id,
    before: simulationView(before, { ...show, policy }),
    after: after && simulationView(after, { ...show, policy: changedPolicy }),
    difference: difference && decimalsOf(difference),
  }
}

function accountOf(request: SimulateRequest, id: string, { book }: Pick<Service, "book">) {
  const issues = (["collateral", "debts", "positions"] as const)
    .filter(name => request[name].length > 0)
    .map((name): InputIssue => {
      const detail = `an account has its own ${name}; change them under /changes/${name}`
      return { pointer: `/${name}`, code: "CONFLICTING", detail }
    })
  if (issues.length > 0) throw new InvalidInputError(issues)
  const { assessment, account } = accountIn(book, id)
  return [assessment.snapshot, account.id] as const
}

function portfolioOf({ collateral, debts, positions }: SimulateRequest) {
  const amounts = (entries: readonly { symbol: string; amount: string }[]) =>
    entries.map(({ symbol, amount }) => ({ symbol, amount: quantity(parseDecimal(amount)) }))
  return { collateral: amounts(collateral), debts: amounts(debts), positions: tradesOf(positions) }
}

const tradesOf = (positions: SimulateRequest["positions"]) =>
  positions.map(each => ({ instrument: each.instrument, quantity: quantity(parseDecimal(each.quantity)) }))

function marketOf(market: SimulateRequest["market"]): MarketOverride {
  const { valuationTime, prices = {}, volatilities = {}, rate } = market ?? {}
  return {
    valuationTime,
    prices: new Map(Object.entries(prices).map(([symbol, text]) => [symbol, price(parseDecimal(text))])),
    volatilities: new Map(Object.entries(volatilities).map(([name, text]) => [name, ratio(parseDecimal(text))])),
    rate: rate === undefined ? undefined : ratio(parseDecimal(rate)),
  }
}

type Changes = NonNullable<SimulateRequest["changes"]>

function changeOf(changes: Changes, { policy }: LoadedPolicy): WhatIf {
  const amounts = (side: "collateral" | "debts") =>
    changes[side].map(({ symbol, amount, chain }, i) => ({
      symbol,
      amount: quantity(parseDecimal(amount)),
      ...(chain !== undefined && { chain: chainAt(chain, `/changes/${side}/${i}/chain`) }),
    }))
  return {
    collateral: amounts("collateral"),
    debts: amounts("debts"),
    positions: tradesOf(changes.positions),
    market: marketOf(changes.market),
    volatilityShifts: new Map(
      Object.entries(changes.volatilityShifts).map(([symbol, text]) => [symbol, ratio(parseDecimal(text))]),
    ),
    policy,
    unreachable: changes.unreachable.map((chain, i) => chainAt(chain, `/changes/unreachable/${i}`)),
  }
}

function chainAt(text: string, pointer: string) {
  try {
    return chainId(text)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    throw new InvalidInputError([{ pointer, code: error.code, detail: error.message }])
  }
}

function policyNamed(name: string, pointer: string): LoadedPolicy {
  const known = SHIPPED_POLICIES.find(each => each === name)
  if (known) return shippedPolicy(known)
  const detail = `known policies are ${SHIPPED_POLICIES.join(", ")}`
  throw new InvalidInputError([{ pointer, code: "UNKNOWN_POLICY", detail }])
}

function policyOf(given: NonNullable<Changes["policy"]>): LoadedPolicy {
  const pointer = "/changes/policy"
  if (typeof given === "string") return policyNamed(given, pointer)
  try {
    return loadPolicy(given)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new InvalidInputError(error.issues.map(each => ({ ...each, pointer: pointer + each.pointer })))
  }
}
