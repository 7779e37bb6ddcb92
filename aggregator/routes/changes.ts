/**
 * `GET /v1/accounts/{id}/changes?from=&to=`: why an account's health moved between two epochs, or since one.
 */
import { createRoute } from "@hono/zod-openapi"
import { InvalidInputError, NotPublishedError } from "../domain/errors.js"
import { usd } from "../domain/fixed.js"
import type { AccountHealth } from "../domain/health.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { Snapshot } from "../domain/snapshot.js"
import { type Epoch, healthChanges } from "../insight/health-changes.js"
import { looksAtOthers } from "../pipeline/run-risk-arrays.js"
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
    const first = await policyOf(from, "/from", service)
    const last = to === undefined ? service.show.policy.policy : await policyOf(to, "/to", service)
    // The policy of one side margins the account as it was on the other: what either looks at is read of both.
    const wanted = [first, last].some(looksAtOthers) ? null : account.id
    const before = { number: String(from), snapshot: await snapshotAt(from, wanted, service), policy: first }
    const after =
      to === undefined
        ? { number: null, snapshot: latestOf(book).snapshot, policy: last }
        : { number: String(to), snapshot: await snapshotAt(to, wanted, service), policy: last }
    const changes = healthChanges(account.id, before, after, kernel)
    const [then, now] = [changes.before.figures, changes.after.figures]
    const change = then &&
      now && {
        equity: usd(now.equity - then.equity),
        maintenanceMargin: usd(now.maintenanceMargin - then.maintenanceMargin),
        health: usd(now.health - then.health),
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

/** The policy that an epoch was margined by. */
async function policyOf(number: bigint, pointer: string, { book, published }: Service): Promise<MarginPolicy> {
  const record = await book.epoch(number)
  if (!record) throw new NotPublishedError(`epoch ${number}`)
  const { policyHash } = record.attestation.header
  const policy = published.policies.get(policyHash)
  if (policy) return policy.policy
  const detail = `epoch ${number} was margined by a policy that this service does not have (${policyHash})`
  throw new InvalidInputError([{ pointer, code: "UNKNOWN_POLICY", detail }])
}

/** What an epoch was computed from, with one account of it or (`null`) all. */
async function snapshotAt(number: bigint, account: string | null, { book }: Service): Promise<Snapshot> {
  const snapshot = await (account === null ? book.snapshot(number) : book.snapshotOf(number, account))
  if (!snapshot) throw new NotPublishedError(`epoch ${number}`)
  return snapshot
}

const sideView = ({ number, snapshot }: NumberedEpoch, { status, figures }: AccountHealth) => ({
  epoch: number,
  valuationTime: snapshot.valuationTime,
  status,
  figures: figures && figuresView(figures),
})
