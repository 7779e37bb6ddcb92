/**
 * `GET /v1/accounts/{id}/changes?from=&to=`: why an account's health moved between two epochs, or since one.
 */
import { createRoute } from "@hono/zod-openapi"
import { InvalidInputError, NotPublishedError } from "../domain/errors.js"
import { usd } from "../domain/fixed.js"
import type { AccountHealth } from "../domain/health.js"
import { type Epoch, healthChanges } from "../insight/health-changes.js"
import { accountIn, accountParameter, accountRefusals, latestOf } from "./account-id.js"
import { changesQuerySchema, changesSchema } from "./changes-schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import { decimalsOf, figuresView } from "./views.js"

const readChanges = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/changes",
  summary:
    "Why health moved between two epochs: by price, volatility, time, position, collateral, debt, haircut, chain",
  request: { params: accountParameter, query: changesQuerySchema },
  responses: {
    200: jsonOf(changesSchema, "The causes, adding up exactly"),
    ...accountRefusals,
    400: problem("What is wrong, one JSON pointer a field"),
    404: problem("No such account, or no such epoch any more"),
  },
})

type NumberedEpoch = Epoch & { readonly number: string | null }

export function changesRoutes(service: Service) {
  const { book, kernel } = service
  return createRouter().openapi(readChanges, async context => {
    const { from, to } = context.req.valid("query")
    const { account } = accountIn(book, context.req.valid("param").id)
    const before = await epochAt(from, "/from", service)
    const after = to === undefined ? nowIn(service) : await epochAt(to, "/to", service)
    const changes = healthChanges(account.id, before, after, kernel)
    const [first, last] = [changes.before.figures, changes.after.figures]
    const change = first &&
      last && {
        equity: usd(last.equity - first.equity),
        maintenanceMargin: usd(last.maintenanceMargin - first.maintenanceMargin),
        health: usd(last.health - first.health),
      }
    return context.json(
      {
        account: account.id,
        from: sideView(before, changes.before),
        to: sideView(after, changes.after),
        change: change && decimalsOf(change),
        causes:
          changes.causes?.map(each => ({ cause: each.cause, change: each.change && decimalsOf(each.change) })) ?? null,
      },
      200,
    )
  })
}

const nowIn = ({ book, show }: Service): NumberedEpoch => ({
  number: null,
  snapshot: latestOf(book).snapshot,
  policy: show.policy.policy,
})

/** An epoch with the policy that it was margined by. */
async function epochAt(number: bigint, pointer: string, { book, published }: Service): Promise<NumberedEpoch> {
  const [record, snapshot] = await Promise.all([book.epoch(number), book.snapshot(number)])
  if (!record || !snapshot) throw new NotPublishedError(`epoch ${number}`)
  const { policyHash } = record.attestation.header
  const policy = published.policies.get(policyHash)
  if (policy) return { number: String(number), snapshot, policy: policy.policy }
  const detail = `epoch ${number} was margined by a policy that this service does not have (${policyHash})`
  throw new InvalidInputError([{ pointer, code: "UNKNOWN_POLICY", detail }])
}

const sideView = ({ number, snapshot }: NumberedEpoch, { status, figures }: AccountHealth) => ({
  epoch: number,
  valuationTime: snapshot.valuationTime,
  status,
  figures: figures && figuresView(figures),
})
