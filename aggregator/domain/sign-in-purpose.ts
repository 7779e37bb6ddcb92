/**
 * What one signature is for, and how the message that is signed says so: in resources, and in words.
 */
import type { Address } from "./caip.js"
import { termsHash, termsWords, type WebhookTerms } from "./webhook-terms.js"

/** Each side of a link names the other. */
export type LinkPurpose =
  | { readonly kind: "create"; readonly account: string }
  | { readonly kind: "link"; readonly account: string; readonly other: Address }
  | { readonly kind: "unlink"; readonly account: string; readonly other: Address }

/** Of webhooks that watch the one account. */
export type WebhookPurpose =
  | { readonly kind: "open-webhook"; readonly account: string; readonly terms: WebhookTerms }
  | {
      readonly kind: "change-webhook"
      readonly account: string
      readonly webhook: string
      readonly terms: WebhookTerms
    }
  | { readonly kind: "test-webhook"; readonly account: string; readonly webhook: string }
  | { readonly kind: "close-webhook"; readonly account: string; readonly webhook: string }
  | { readonly kind: "list-webhooks"; readonly account: string }

export type SignInPurpose = LinkPurpose | WebhookPurpose

/** The resources that a message for the purpose names, these and no others: the act, and where alerts go. */
export function resourcesOf(purpose: SignInPurpose): readonly string[] {
  const act = [
    "urn:plimsoll",
    purpose.kind,
    purpose.account,
    ...("other" in purpose ? [purpose.other] : []),
    ...("webhook" in purpose ? [purpose.webhook] : []),
    ...("terms" in purpose ? [termsHash(purpose.terms)] : []),
  ]
  return [act.join(":"), ...("terms" in purpose ? [purpose.terms.url] : [])]
}

/** What the message tells its reader. */
export function statementOf(purpose: SignInPurpose): string {
  switch (purpose.kind) {
    case "create":
      return "Open a margin account with this address."
    case "link":
      return "Link this address and the one named below in one margin account."
    case "unlink":
      return "Take the address named below out of this margin account."
    case "open-webhook":
      return `Open a webhook that sends alerts of margin account ${purpose.account} to the URL below: ${termsWords(purpose.terms)}.`
    case "change-webhook":
      return `Have webhook ${purpose.webhook} send alerts of margin account ${purpose.account} to the URL below: ${termsWords(purpose.terms)}.`
    case "test-webhook":
      return `Send a test message from webhook ${purpose.webhook} of margin account ${purpose.account}.`
    case "close-webhook":
      return `Close webhook ${purpose.webhook} of margin account ${purpose.account}.`
    case "list-webhooks":
      return `Show the webhooks of margin account ${purpose.account} and where they send to.`
  }
}

/** The statement that the message has to carry; `null` where its resources are all that counts. */
export const requiredStatement = (purpose: SignInPurpose): string | null =>
  purpose.kind === "create" || purpose.kind === "link" || purpose.kind === "unlink" ? null : statementOf(purpose)
