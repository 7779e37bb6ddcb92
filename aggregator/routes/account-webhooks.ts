/**
 * `/v1/accounts/{id}/webhooks`: alerts of one account, for its owners by signature. Nobody else sees where they go.
 */
import { randomUUID } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import type { Transaction } from "kysely"
import type { WebhookPurpose } from "../domain/sign-in-purpose.js"
import { changeWebhook, closeWebhook, openWebhook, sendThrough, webhooksOf } from "../store/owned-webhooks.js"
import type { Tables } from "../store/tables.js"
import { newSecret } from "../webhooks/signature.js"
import { eventOf } from "../webhooks/watch-health.js"
import { bodyOf, knownAccountId, type Linking, proofSchema, proofs, writeRefusals } from "./proof-schemas.js"
import { createRouter, jsonOf, problem } from "./service.js"
import {
  ownedCreatedSchema,
  ownedTermsOf,
  ownedTermsSchema,
  ownedViewOf,
  ownedWebhookSchema,
  webhookId,
} from "./webhook-schemas.js"
import type { OwnersRules } from "./webhooks.js"

const account = { params: z.object({ id: knownAccountId }) }
const webhook = { params: z.object({ id: knownAccountId, webhook: webhookId }) }
const signed = bodyOf(z.strictObject({ proof: proofSchema }).openapi("SignedRequest"))
const signedTerms = bodyOf(
  z.strictObject({ webhook: ownedTermsSchema, proof: proofSchema }).openapi("SignedWebhookRequest"),
)
const refusals = {
  ...writeRefusals,
  404: problem("No such account or webhook"),
  503: problem("The chain of a contract wallet cannot be asked"),
}

const open = createRoute({
  method: "post",
  path: "/v1/accounts/{id}/webhooks",
  summary: "Opens a webhook for alerts of this account, signed by one of its addresses (`open-webhook`)",
  request: { ...account, ...signedTerms },
  responses: {
    201: jsonOf(ownedCreatedSchema, "The webhook and its secret"),
    ...refusals,
    403: problem("The account has as many webhooks as it may have"),
  },
})
const list = createRoute({
  method: "post",
  path: "/v1/accounts/{id}/webhooks/list",
  summary: "The webhooks of this account and how their deliveries stand, for who signs (`list-webhooks`)",
  request: { ...account, ...signed },
  responses: { 200: jsonOf(z.object({ webhooks: z.array(ownedWebhookSchema) }), "The webhooks"), ...refusals },
})
const change = createRoute({
  method: "put",
  path: "/v1/accounts/{id}/webhooks/{webhook}",
  summary: "Gives a webhook another target and other terms (`change-webhook`); it keeps its secret",
  request: { ...webhook, ...signedTerms },
  responses: { 200: jsonOf(ownedWebhookSchema, "The webhook as it is now"), ...refusals },
})
const close = createRoute({
  method: "delete",
  path: "/v1/accounts/{id}/webhooks/{webhook}",
  summary: "Closes a webhook (`close-webhook`); events that were not taken yet are dropped",
  request: { ...webhook, ...signed },
  responses: { 200: jsonOf(z.object({ closed: z.string() }), "The id of what is gone"), ...refusals },
})
const test = createRoute({
  method: "post",
  path: "/v1/accounts/{id}/webhooks/{webhook}/test",
  summary: "Sends a `webhook.test` event on the way that all events take (`test-webhook`)",
  request: { ...webhook, ...signed },
  responses: { 202: jsonOf(z.object({ event: z.string() }), "The event's id"), ...refusals },
})

type GivenProof = z.output<typeof proofSchema>

/** @param rules what owners may open, and where it may send to. */
export function accountWebhookRoutes(linking: Linking, rules: OwnersRules) {
  const { registry, clock } = linking
  const { proofOf, proved } = proofs(linking)

  /** Does what was signed for, in one step with using up the nonce. */
  async function asSigned<T>(
    given: GivenProof,
    purpose: WebhookPurpose,
    act: (transaction: Transaction<Tables>, signer: string) => Promise<T>,
  ): Promise<T> {
    const proof = proofOf(given, "/proof")
    const { address } = proof
    registry.requireOwner(purpose.account, address)
    const nonce = await proved(proof, purpose, "/proof")
    return registry.asOwner(purpose.account, { address, nonce, now: clock.now() }, transaction =>
      act(transaction, address),
    )
  }

  return createRouter()
    .openapi(open, async context => {
      const { id: account } = context.req.valid("param")
      const request = context.req.valid("json")
      const terms = ownedTermsOf(request.webhook, rules, "/webhook")
      const { url, statusChange, health, cooldownSeconds } = terms
      const opened = {
        id: `wh_${randomUUID()}`,
        url,
        secret: newSecret(),
        terms: { accounts: [account], statusChange, health, cooldownSeconds },
        createdAt: clock.now(),
      }
      const owned = await asSigned(
        request.proof,
        { kind: "open-webhook", account, terms },
        async (transaction, signer) => {
          const webhook = { ...opened, owner: { account, openedBy: signer } }
          await openWebhook(transaction, webhook, rules.maxPerAccount)
          return webhook
        },
      )
      context.header("cache-control", "no-store")
      const view = ownedViewOf({ ...owned, pending: 0, failed: 0, lastFailure: null })
      return context.json({ ...view, secret: owned.secret }, 201)
    })
    .openapi(list, async context => {
      const { id: account } = context.req.valid("param")
      const { proof } = context.req.valid("json")
      const webhooks = await asSigned(proof, { kind: "list-webhooks", account }, transaction =>
        webhooksOf(transaction, account),
      )
      context.header("cache-control", "no-store")
      return context.json({ webhooks: webhooks.map(ownedViewOf) }, 200)
    })
    .openapi(change, async context => {
      const { id: account, webhook } = context.req.valid("param")
      const request = context.req.valid("json")
      const terms = ownedTermsOf(request.webhook, rules, "/webhook")
      const { url, statusChange, health, cooldownSeconds } = terms
      const changed = { id: webhook, url, terms: { accounts: [account], statusChange, health, cooldownSeconds } }
      const state = await asSigned(request.proof, { kind: "change-webhook", account, webhook, terms }, transaction =>
        changeWebhook(transaction, account, changed),
      )
      context.header("cache-control", "no-store")
      return context.json(ownedViewOf(state), 200)
    })
    .openapi(close, async context => {
      const { id: account, webhook } = context.req.valid("param")
      const { proof } = context.req.valid("json")
      await asSigned(proof, { kind: "close-webhook", account, webhook }, transaction =>
        closeWebhook(transaction, account, webhook),
      )
      return context.json({ closed: webhook }, 200)
    })
    .openapi(test, async context => {
      const { id: account, webhook } = context.req.valid("param")
      const { proof } = context.req.valid("json")
      const now = clock.now()
      const event = eventOf("webhook.test", { webhook }, now)
      await asSigned(proof, { kind: "test-webhook", account, webhook }, transaction =>
        sendThrough(transaction, account, { id: webhook, event, now }),
      )
      return context.json({ event: event.id }, 202)
    })
}
