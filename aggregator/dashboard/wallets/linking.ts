/**
 * Opening accounts and linking addresses, by the signatures of those who own them.
 */
import { send, signed } from "./signed-request.js"
import type { Signer } from "./wallet.js"

/** @throws Error in the service's own words, or in the wallet's. */
export async function openAccount(account: string, signer: Signer): Promise<void> {
  const proof = await signed({ purpose: "create", account }, signer)
  await send("POST", "/v1/accounts", { account, proof })
}

/** Both sides sign, each naming the other. @throws like `openAccount`. */
export async function linkAddress(account: string, joining: Signer, linked: Signer): Promise<void> {
  const sides = {
    joining: await signed({ purpose: "link", account, other: linked.address }, joining),
    linked: await signed({ purpose: "link", account, other: joining.address }, linked),
  }
  await send("POST", `/v1/accounts/${encodeURIComponent(account)}/links`, sides)
}

/** @throws like `openAccount`. */
export async function unlinkAddress(account: string, leaving: string, signer: Signer): Promise<void> {
  const proof = await signed({ purpose: "unlink", account, other: leaving }, signer)
  await send("DELETE", `/v1/accounts/${encodeURIComponent(account)}/links/${encodeURIComponent(leaving)}`, { proof })
}
