/**
 * `/v1/webhooks`: who is told when an account's status or health changes; for the operator alone.
 */
import { randomUUID } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import { formatDecimal, parseDecimal } from "../domain/decimal.js"
import { InvalidInputError, RegistryFullError, UnknownWebhookError } from "../domain/errors.js"
import { usd } from "../domain/fixed.js"
import type { Clock } from "../domain/ports.js"
import { adminOnly } from "../http/admin-only.js"
import type { WebhookState, WebhookStore } from "../store/webhooks.js"
import type { AlertTerms } from "../webhooks/decide-alerts.js"
import { newSecret } from "../webhooks/signature.js"
import { type TargetRules, targetIssue } from "../webhooks/target.js"
import { eventOf } from "../webhooks/watch-health.js"
import { decimal, givenDecimal, unixSeconds } from "./schemas.js"
import { createRouter, jsonOf, problem } from "./service.js"

/** What webhooks need. */
export interface Webhooks {
  readonly store: WebhookStore
  readonly targets: TargetRules
  readonly clock: Clock
  /** Absent: the calls are off. */
  readonly adminToken?: string | undefined
}

const MOST_WEBHOOKS = 100
const MOST_ACCOUNTS = 1_000
const DAY_SECONDS = 86_400

const requestSchema = z
  .strictObject({
    url: z.string().max(2_000).openapi({ example: "https://alerts.example/plimsoll" }),
    accounts: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be an account id"))
      .min(1)
      .max(MOST_ACCOUNTS)
      .optional()
      .openapi({ description: "Ids of accounts; absent: all" }),
    statusChange: z.boolean().default(true).openapi({ description: "Tell every change of status" }),
    healthBelow: z.strictObject({ threshold: givenDecimal, recovered: givenDecimal.optional() }).optional().openapi({
      description:
        "Tell when health (USD) falls under the threshold, and when it is back at `recovered`, the threshold when absent",
    }),
    cooldownSeconds: z
      .int()
      .min(0)
      .max(DAY_SECONDS)
      .default(300)
      .openapi({ description: "Good news waits until the bad news before it is this old; bad news never waits" }),
  })
  .openapi("WebhookRequest")

const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    accounts: z.array(z.string()).nullable(),
    statusChange: z.boolean(),
    healthBelow: z.object({ threshold: decimal, recovered: decimal }).nullable(),
    cooldownSeconds: z.int(),
    createdAt: unixSeconds,
    pending: z.int().openapi({ description: "Events that are still to be taken" }),
    failed: z.int().openapi({ description: "Events given up after the last attempt" }),
    lastFailure: z.string().nullable(),
  })
  .openapi("Webhook")

const createdSchema = webhookSchema
  .extend({ secret: z.string().openapi({ description: "Signs every message; shown this once", example: "whsec_…" }) })
  .openapi("CreatedWebhook")

const idParameter = { params: z.object({ id: z.string().regex(/^wh_[0-9a-f-]{36}$/, "must be the id of a webhook") }) }
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
      const request = context.req.valid("json")
      const issue = targetIssue(request.url, targets)
      if (issue !== null) throw refused("/url", issue)
      const webhook = {
        id: `wh_${randomUUID()}`,
        // As it is sent to; nor does a database take every character that a text may have.
        url: new URL(request.url).href,
        secret: newSecret(),
        terms: termsOf(request),
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
      if (!(await store.put(id, [event], new Map(), clock.now()))) throw new UnknownWebhookError(id)
      return context.json({ event: event.id }, 202)
    })
}

const refused = (pointer: string, detail: string) => new InvalidInputError([{ pointer, code: "INVALID_VALUE", detail }])

/** @throws InvalidInputError when nothing would ever be told, or recovery lies under the threshold. */
function termsOf(request: z.output<typeof requestSchema>): AlertTerms {
  const { accounts, statusChange, healthBelow, cooldownSeconds } = request
  if (!statusChange && !healthBelow) throw refused("/statusChange", "must be true, or healthBelow be given")
  const below = usd(parseDecimal(healthBelow?.threshold ?? "0"))
  const recovered = usd(parseDecimal(healthBelow?.recovered ?? healthBelow?.threshold ?? "0"))
  if (recovered < below) throw refused("/healthBelow/recovered", "must not be under the threshold")
  return {
    accounts: accounts ?? null,
    statusChange,
    health: healthBelow ? { below, recovered } : null,
    cooldownSeconds,
  }
}

function viewOf({ id, url, terms, createdAt, pending, failed, lastFailure }: WebhookState) {
  const { accounts, statusChange, health, cooldownSeconds } = terms
  return {
    id,
    url,
    accounts: accounts && [...accounts],
    statusChange,
    healthBelow: health && { threshold: formatDecimal(health.below), recovered: formatDecimal(health.recovered) },
    cooldownSeconds,
    createdAt,
    pending,
    failed,
    lastFailure,
  }
}
