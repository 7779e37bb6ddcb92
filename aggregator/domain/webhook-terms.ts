/**
 * What an owner asks of a webhook, in its one form: as words and as a hash, both of which the owner's signature binds.
 */
import { canonicalHash } from "./canonical.js"

export interface WebhookTerms {
  /** As it is sent to, so of ASCII alone. */
  readonly url: string
  readonly statusChange: boolean
  /** USD as decimal strings in their shortest form. */
  readonly healthBelow: { readonly threshold: string; readonly recovered: string } | null
  readonly cooldownSeconds: number
}

/** `sha256:` and 64 hex digits: SHA-256 of the terms as canonical JSON, each member said. */
export const termsHash = ({ url, statusChange, healthBelow, cooldownSeconds }: WebhookTerms): string =>
  `sha256:${canonicalHash({ url, statusChange, healthBelow, cooldownSeconds }).slice("0x".length)}`

/** When the webhook tells something, of characters that every sign-in message may state. */
export function termsWords({ statusChange, healthBelow, cooldownSeconds }: WebhookTerms): string {
  const occasions = [
    ...(statusChange ? ["a change of status"] : []),
    ...(healthBelow ? [`health under ${healthBelow.threshold} USD, and back at ${healthBelow.recovered} USD`] : []),
  ]
  return `${occasions.join("; ")}; good news at the earliest ${cooldownSeconds} s after bad`
}
