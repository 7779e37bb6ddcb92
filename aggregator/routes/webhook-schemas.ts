/**
 * Webhooks as requests and answers show them, the operator's and the owners'.
 */
import { z } from "@hono/zod-openapi"
import { formatDecimal, parseDecimal } from "../domain/decimal.js"
import { InvalidInputError } from "../domain/errors.js"
import { type Usd, usd } from "../domain/fixed.js"
import type { WebhookTerms } from "../domain/webhook-terms.js"
import type { OwnedWebhookState } from "../store/owned-webhooks.js"
import type { WebhookState } from "../store/webhooks.js"
import type { AlertTerms } from "../webhooks/decide-alerts.js"
import { type TargetRules, targetIssue } from "../webhooks/target.js"
import { decimal, givenDecimal, unixSeconds } from "./schemas.js"

const DAY_SECONDS = 86_400
/** What a sign-in message takes of one resource. */
const MOST_OWNED_URL = 1_000

/** What every webhook says of itself. */
export const termsFields = {
  url: z.string().max(2_000).openapi({ example: "https://alerts.example/plimsoll" }),
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
}

export const ownedTermsSchema = z.strictObject(termsFields).openapi("OwnedWebhookRequest")

export type OwnedTerms = z.input<typeof ownedTermsSchema>

const view = {
  id: z.string(),
  url: z.string(),
  statusChange: z.boolean(),
  healthBelow: z.object({ threshold: decimal, recovered: decimal }).nullable(),
  cooldownSeconds: z.int(),
  createdAt: unixSeconds,
  pending: z.int().openapi({ description: "Events that are still to be taken" }),
  failed: z.int().openapi({ description: "Events given up after the last attempt" }),
  lastFailure: z.string().nullable(),
}
const secret = z.string().openapi({ description: "Signs every message; shown this once", example: "whsec_…" })

export const webhookSchema = z
  .object({
    ...view,
    accounts: z.array(z.string()).nullable().openapi({ description: "null: all" }),
    openedBy: z.string().nullable().openapi({ description: "The owner's address that signed; null: the operator" }),
  })
  .openapi("Webhook")
export const createdSchema = webhookSchema.extend({ secret }).openapi("CreatedWebhook")
export const ownedWebhookSchema = z
  .object({ ...view, account: z.string(), openedBy: z.string().openapi({ description: "The address that signed" }) })
  .openapi("OwnedWebhook")
export type OwnedWebhook = z.output<typeof ownedWebhookSchema>
export const ownedCreatedSchema = ownedWebhookSchema.extend({ secret }).openapi("CreatedOwnedWebhook")

export const webhookId = z.string().regex(/^wh_[0-9a-f-]{36}$/, "must be the id of a webhook")

type GivenTerms = z.output<typeof ownedTermsSchema>
type Conditions = Pick<AlertTerms, "statusChange" | "health" | "cooldownSeconds">

/** @throws InvalidInputError when nothing would ever be told, or recovery lies under the threshold. */
export function conditionsOf(given: GivenTerms, pointer = ""): Conditions {
  const { statusChange, healthBelow, cooldownSeconds } = given
  if (!statusChange && !healthBelow) throw refused(`${pointer}/statusChange`, "must be true, or healthBelow be given")
  const below = usd(parseDecimal(healthBelow?.threshold ?? "0"))
  const recovered = usd(parseDecimal(healthBelow?.recovered ?? healthBelow?.threshold ?? "0"))
  if (recovered < below) throw refused(`${pointer}/healthBelow/recovered`, "must not be under the threshold")
  return { statusChange, health: healthBelow ? { below, recovered } : null, cooldownSeconds }
}

/** The target as it is sent to; nor does a database take every character that a text may have. @throws InvalidInputError. */
export function targetOf(url: string, rules: TargetRules, pointer = ""): string {
  const issue = targetIssue(url, rules)
  if (issue !== null) throw refused(`${pointer}/url`, issue)
  return new URL(url).href
}

/** What the owner of an account asks for, in the form that is signed. @throws InvalidInputError. */
export function ownedTermsOf(given: GivenTerms, rules: TargetRules, pointer: string): WebhookTerms & Conditions {
  const url = targetOf(given.url, rules, pointer)
  if (url.length > MOST_OWNED_URL) throw refused(`${pointer}/url`, `must have ${MOST_OWNED_URL} characters at most`)
  const conditions = conditionsOf(given, pointer)
  return { ...conditions, url, healthBelow: healthOf(conditions) }
}

const healthOf = ({ health }: { readonly health: { readonly below: Usd; readonly recovered: Usd } | null }) =>
  health && { threshold: formatDecimal(health.below), recovered: formatDecimal(health.recovered) }

const refused = (pointer: string, detail: string) => new InvalidInputError([{ pointer, code: "INVALID_VALUE", detail }])

/** A webhook for the operator. */
export const viewOf = ({ terms, owner, ...state }: WebhookState) => ({
  ...shared({ terms, ...state }),
  accounts: terms.accounts && [...terms.accounts],
  openedBy: owner?.openedBy ?? null,
})

/** A webhook for an owner of its account. */
export const ownedViewOf = ({ owner, ...state }: OwnedWebhookState) => ({ ...shared(state), ...owner })

function shared({ id, url, terms, createdAt, pending, failed, lastFailure }: WebhookState) {
  const { statusChange, cooldownSeconds } = terms
  const deliveries = { pending, failed, lastFailure }
  return { id, url, statusChange, healthBelow: healthOf(terms), cooldownSeconds, createdAt, ...deliveries }
}
