/**
 * `plimsoll/client`: the service as typed calls, for Node and for browsers. The types are the routes' own.
 */
import { hc } from "hono/client"
import type { ServiceRoutes } from "./routes/all.js"
import type { Problem } from "./routes/schemas.js"
import type { SignInRequest } from "./routes/sign-in-messages.js"

export type { Margin } from "./routes/margin-schemas.js"
export type { Problem } from "./routes/schemas.js"
export type { SignInRequest } from "./routes/sign-in-messages.js"

export interface ClientOptions {
  /** e.g. `{ authorization: "Bearer …" }` */
  readonly headers?: Record<string, string>
  readonly fetch?: typeof fetch
}

/** All calls: `client.v1.accounts[":id"].margin.$get({ param: { id } })`. */
export const plimsollClient = (url: string, options: ClientOptions = {}) => hc<ServiceRoutes>(url, { ...options })

/** The service answered with a problem. */
export class ProblemError extends Error {
  override readonly name = "ProblemError"
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`)
  }
}

/**
 * One account's margin in one call, by its id or any linked CAIP-10 address: what a wallet shows.
 *
 * @throws ProblemError when the service refuses or is not ready.
 */
export async function marginOf(url: string, account: string, options: ClientOptions = {}) {
  const response = await plimsollClient(url, options).v1.accounts[":id"].margin.$get({ param: { id: account } })
  if (response.status === 200) return response.json()
  throw new ProblemError((await response.json()) as Problem)
}

/**
 * The proof that an owner's act is sent with: the service words a message for the act, the owner's wallet signs it.
 *
 * @param sign gives 0x hex for an EVM address, base58 for one on Solana.
 * @throws ProblemError when the service refuses; whatever `sign` throws.
 */
export async function proofOf(
  url: string,
  act: SignInRequest,
  sign: (message: string) => Promise<string>,
  options: ClientOptions = {},
) {
  const response = await plimsollClient(url, options).v1["sign-in-messages"].$post({ json: act })
  if (response.status !== 201) throw new ProblemError((await response.json()) as Problem)
  const { message } = await response.json()
  return { address: act.address, message, signature: await sign(message) }
}
