/**
 * `/v1/webhooks`: who is told when accounts change status or health; for the operator alone, who also sees and closes
 * what owners opened.
 */
import { randomUUID } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import { RegistryFullError, UnknownWebhookError } from "../domain/errors.js"
import type { Clock } from "../domain/ports.js"
import { adminOnly } from "../http/admin-only.js"
import type { WebhookStore } from "../store/webhooks.js"
import { newSecret } from "../webhooks/signature.js"
import type { TargetRules } from "../webhooks/target.js"
import { eventOf } from "../webhooks/watch-health.js"
import { knownAccountId } from "./proof-schemas.js"
import { createRouter, jsonOf, problem } from "./service.js"
import {
  conditionsOf,
  createdSchema,
  targetOf,
  termsFields,
  viewOf,
  webhookId,
  webhookSchema,
} from "./webhook-schemas.js"

/** What webhooks need. */
export interface Webhooks {
  readonly store: WebhookStore
  readonly targets: TargetRules
  readonly owners: OwnersRules
  readonly clock: Clock
  /** Absent: the calls are off. */
  readonly adminToken?: string | undefined
}

/** What owners may open by signature. */
export interface OwnersRules extends TargetRules {
  /** 0: none. */
  readonly maxPerAccount: number
}

const MOST_WEBHOOKS = 100
const MOST_ACCOUNTS = 1_000

const requestSchema = z
  .strictObject({
    ...termsFields,
    accounts: z
      .array(knownAccountId)
      .min(1)
      .max(MOST_ACCOUNTS)
      .optional()
      .openapi({ description: "Ids of accounts; absent: all" }),
  })
  .openapi("WebhookRequest")

const idParameter = { params: z.object({ id: webhookId }) }
const ADMIN_TOKEN = "adminToken"
const refusals = {
  401: problem("Not the administrator's token"),
  403: problem("Administrative calls are off, or there are too many webhooks"),
  429: problem("Too many requests"),
}
const unknown = { 400: problem("What is wrong, one JSON pointer a field"), 404: problem("No such webhook") }

export function webhookRoutes({ store, targets, clock, adminToken }: Webhooks) {
  const guarded = { security: [{ [ADMIN_TOKEN]: [] }], middleware: adminOnly(adminToken) }

  const create = createRoute({
    method: "post",
    path: "/v1/webhooks",
    summary: "Opens a webhook: signed messages (Standard Webhooks) about status and health, at least once each",
    ...guarded,
    request: { body: { required: true, content: { "application/json": { schema: requestSchema } } } },
    responses: {
      201: jsonOf(createdSchema, "The webhook and its secret"),
      400: problem("What is wrong, one JSON pointer a field"),
      413: problem("The body is too large"),
      415: problem("The body is not said to be JSON"),
      ...refusals,
    },
  })
  const list = createRoute({
    method: "get",
    path: "/v1/webhooks",
    summary: "Every webhook, and how its deliveries stand",
    ...guarded,
    responses: { 200: jsonOf(z.object({ webhooks: z.array(webhookSchema) }), "The webhooks"), ...refusals },
  })
  const remove = createRoute({
    method: "delete",
    path: "/v1/webhooks/{id}",
    summary: "Closes a webhook; events that were not taken yet are dropped",
    ...guarded,
    request: idParameter,
    responses: { 200: jsonOf(z.object({ closed: z.string() }), "The id of what is gone"), ...unknown, ...refusals },
  })
  const test = createRoute({
    method: "post",
    path: "/v1/webhooks/{id}/test",
    summary: "Sends a `webhook.test` event on the way that all events take",
    ...guarded,
    request: idParameter,
    responses: { 202: jsonOf(z.object({ event: z.string() }), "The event's id"), ...unknown, ...refusals },
  })

  const router = createRouter()
  router.openAPIRegistry.registerComponent("securitySchemes", ADMIN_TOKEN, {
    type: "http",
    scheme: "bearer",
    description: "The value of PLIMSOLL_ADMIN_TOKEN",
  })
  return router
    .openapi(create, async context => {
      const { accounts = null, ...request } = context.req.valid("json")
      const webhook = {
        id: `wh_${randomUUID()}`,
        url: targetOf(request.url, targets),
        secret: newSecret(),
        terms: { accounts, ...conditionsOf(request) },
        createdAt: clock.now(),
      }
      if (!(await store.create(webhook, MOST_WEBHOOKS))) {
        throw new RegistryFullError(`there are ${MOST_WEBHOOKS} webhooks; close one first`)
      }
      const view = viewOf({ ...webhook, pending: 0, failed: 0, lastFailure: null })
      context.header("cache-control", "no-store")
      return context.json({ ...view, secret: webhook.secret }, 201)
    })
    .openapi(list, async context => context.json({ webhooks: (await store.all()).map(viewOf) }, 200))
    .openapi(remove, async context => {
      const { id } = context.req.valid("param")
      if (!(await store.remove(id))) throw new UnknownWebhookError(id)
      return context.json({ closed: id }, 200)
    })
    .openapi(test, async context => {
      const { id } = context.req.valid("param")
      const event = eventOf("webhook.test", { webhook: id }, clock.now())
      if (!(await store.put({ id }, [event], new Map(), clock.now()))) throw new UnknownWebhookError(id)
      return context.json({ event: event.id }, 202)
    })
}
