/**
 * An account's webhooks, opened, shown, tested and closed by the signature of one of its addresses.
 */
import type { OwnedTerms, OwnedWebhook } from "../../routes/webhook-schemas.js"
import { send, signed } from "./signed-request.js"
import type { Signer } from "./wallet.js"

const pathOf = (account: string) => `/v1/accounts/${encodeURIComponent(account)}/webhooks`

/** The webhook and its secret, which nobody is shown again. @throws Error in the service's or the wallet's words. */
export async function openAlert(account: string, terms: OwnedTerms, signer: Signer) {
  const proof = await signed({ purpose: "open-webhook", account, terms }, signer)
  return send<OwnedWebhook & { readonly secret: string }>("POST", pathOf(account), { webhook: terms, proof })
}

/** @throws as `openAlert`. */
export async function alertsOf(account: string, signer: Signer): Promise<readonly OwnedWebhook[]> {
  const proof = await signed({ purpose: "list-webhooks", account }, signer)
  const { webhooks } = await send<{ webhooks: OwnedWebhook[] }>("POST", `${pathOf(account)}/list`, { proof })
  return webhooks
}

/** @throws as `openAlert`. */
export async function testAlert(account: string, webhook: string, signer: Signer): Promise<void> {
  const proof = await signed({ purpose: "test-webhook", account, webhook }, signer)
  await send("POST", `${pathOf(account)}/${webhook}/test`, { proof })
}

/** @throws as `openAlert`. */
export async function closeAlert(account: string, webhook: string, signer: Signer): Promise<void> {
  const proof = await signed({ purpose: "close-webhook", account, webhook }, signer)
  await send("DELETE", `${pathOf(account)}/${webhook}`, { proof })
}
