/**
 * `/v1/sign-in-messages`: the words that a wallet signs, one message for each thing that an owner may do.
 */
import { randomBytes } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import type { Address } from "../domain/caip.js"
import { signInText } from "../domain/sign-in.js"
import type { SignInPurpose } from "../domain/sign-in-purpose.js"
import { issueNonce } from "../store/nonces.js"
import type { TargetRules } from "../webhooks/target.js"
import { accountId, bodyOf, caip10, knownAccountId, type Linking, proofs, writeRefusals } from "./proof-schemas.js"
import { createRouter, jsonOf } from "./service.js"
import { ownedTermsOf, ownedTermsSchema, webhookId } from "./webhook-schemas.js"

const MESSAGE_SECONDS = 600

const address = caip10.openapi({ description: "Who signs" })
const linked = { account: accountId, address }
const watched = { account: knownAccountId, address }

const messageRequest = z
  .discriminatedUnion("purpose", [
    z.strictObject({ purpose: z.literal("create"), ...linked }),
    z.strictObject({
      purpose: z.literal("link"),
      ...linked,
      other: caip10.openapi({ description: "The address on the other side" }),
    }),
    z.strictObject({
      purpose: z.literal("unlink"),
      ...linked,
      other: caip10.openapi({ description: "The address to take out" }),
    }),
    z.strictObject({ purpose: z.literal("open-webhook"), ...watched, terms: ownedTermsSchema }),
    z.strictObject({
      purpose: z.literal("change-webhook"),
      ...watched,
      webhook: webhookId,
      terms: ownedTermsSchema,
    }),
    z.strictObject({ purpose: z.enum(["test-webhook", "close-webhook"]), ...watched, webhook: webhookId }),
    z.strictObject({ purpose: z.literal("list-webhooks"), ...watched }),
  ])
  .openapi("SignInRequest")

export type SignInRequest = z.input<typeof messageRequest>

const messageSchema = z
  .object({ message: z.string(), nonce: z.string(), expiresAt: z.number().int() })
  .openapi("SignInMessage")

const prepare = createRoute({
  method: "post",
  path: "/v1/sign-in-messages",
  summary: "The message that a wallet signs for one act of an account's owner; the act takes the same terms once",
  request: bodyOf(messageRequest),
  responses: { 201: jsonOf(messageSchema, "The text to sign, and until when"), ...writeRefusals },
})

/** @param targets where owners' webhooks may go. */
export function signInMessageRoutes(linking: Linking, targets: TargetRules) {
  const { registry, clock, origin } = linking
  const { spelled } = proofs(linking)
  return createRouter().openapi(prepare, async context => {
    const request = context.req.valid("json")
    const signer = spelled(request.address, "/address")
    const purpose = purposeOf(request, spelled, targets)
    const issuedAt = clock.now()
    const expiresAt = issuedAt + MESSAGE_SECONDS
    const nonce = randomBytes(16).toString("hex")
    await issueNonce(registry.db, nonce, expiresAt)
    const terms = { domain: new URL(origin()).host, uri: origin(), nonce, issuedAt, expiresAt }
    return context.json({ message: signInText(signer, purpose, terms), nonce, expiresAt }, 201)
  })
}

/** @throws InvalidInputError for terms that nobody could keep. */
function purposeOf(
  request: z.output<typeof messageRequest>,
  spelled: (text: string, pointer: string) => Address,
  targets: TargetRules,
): SignInPurpose {
  const { account } = request
  switch (request.purpose) {
    case "link":
    case "unlink":
      return { kind: request.purpose, account, other: spelled(request.other, "/other") }
    case "open-webhook":
      return { kind: request.purpose, account, terms: ownedTermsOf(request.terms, targets, "/terms") }
    case "change-webhook": {
      const { webhook, terms } = request
      return { kind: request.purpose, account, webhook, terms: ownedTermsOf(terms, targets, "/terms") }
    }
    case "test-webhook":
    case "close-webhook":
      return { kind: request.purpose, account, webhook: request.webhook }
    default:
      return { kind: request.purpose, account }
  }
}
