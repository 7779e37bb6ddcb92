/**
 * What an owner does through the page: the service words a message, the wallet signs it, the service checks it.
 */
import type { Problem } from "../../routes/schemas.js"
import type { SignInRequest } from "../../routes/sign-in-messages.js"
import type { Signer } from "./wallet.js"

/** An act as the service names it; who signs is added. */
export type Act = SignInRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, "address">
    : never
  : never

interface SignedMessage {
  readonly address: string
  readonly message: string
  readonly signature: string
}

/** What the service refused, in its words, field by field. */
class RefusedError extends Error {
  constructor({ detail, errors = [] }: Pick<Problem, "detail" | "errors">) {
    super([detail, ...errors.map(each => `${each.pointer}: ${each.detail}`)].join(". "))
  }
}

/** @throws RefusedError; Error when the wallet refuses. */
export async function signed(act: Act, { address, wallet, holder }: Signer): Promise<SignedMessage> {
  const { message } = await send<{ message: string }>("POST", "/v1/sign-in-messages", { ...act, address })
  return { address, message, signature: await wallet.sign(message, holder) }
}

/** @throws RefusedError with the service's own words. */
export async function send<Answer>(method: "POST" | "DELETE", path: string, body: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new RefusedError(await response.json())
  return response.json()
}

/** EVM addresses are written with and without their checksum. */
export const sameAddress = (a: string, b: string): boolean =>
  a.startsWith("eip155:") ? a.toLowerCase() === b.toLowerCase() : a === b
