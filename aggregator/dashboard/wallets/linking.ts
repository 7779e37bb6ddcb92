/**
 * Opening accounts and linking addresses: the service words a message, the wallet signs it, the service checks it.
 */
import type { Problem } from "../../routes/schemas.js"
import type { Signer } from "./wallet.js"

interface SignedMessage {
  readonly address: string
  readonly message: string
  readonly signature: string
}

type Purpose = { readonly purpose: "create" | "link" | "unlink"; readonly account: string; readonly other?: string }

/** @throws LinkingError with the service's own words, Error when a wallet refuses. */
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

/** What the service refused, in its words, field by field. */
class LinkingError extends Error {
  constructor({ detail, errors = [] }: Pick<Problem, "detail" | "errors">) {
    super([detail, ...errors.map(each => `${each.pointer}: ${each.detail}`)].join(". "))
  }
}

async function signed(request: Purpose, { address, wallet, holder }: Signer): Promise<SignedMessage> {
  const { message }: { message: string } = await send("POST", "/v1/sign-in-messages", { ...request, address })
  return { address, message, signature: await wallet.sign(message, holder) }
}

async function send(method: "POST" | "DELETE", path: string, body: unknown) {
  const response = await fetch(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new LinkingError(await response.json())
  return response.json()
}
