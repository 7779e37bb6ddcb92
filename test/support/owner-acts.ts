/**
 * What an account's owner does over HTTP: asks for the words, signs them, sends them. Whose wallet it is, is the test's.
 */
import type { Wallet } from "./wallets.js"

export interface Terms {
  readonly url: string
  readonly statusChange?: boolean
  readonly healthBelow?: { readonly threshold: string; readonly recovered?: string }
  readonly cooldownSeconds?: number
}

export interface Act {
  readonly purpose: string
  readonly account: string
  readonly other?: string
  readonly webhook?: string
  readonly terms?: Terms
}

export interface Proof {
  readonly address: string
  readonly message: string
  readonly signature: string
}

type Ask = (path: string, init: RequestInit) => Promise<Response>
type Change = (message: string) => string

const same: Change = message => message

const CALLS: Readonly<Record<string, (act: Act) => [method: string, path: string]>> = {
  "open-webhook": ({ account }) => ["POST", `/v1/accounts/${account}/webhooks`],
  "list-webhooks": ({ account }) => ["POST", `/v1/accounts/${account}/webhooks/list`],
  "change-webhook": ({ account, webhook }) => ["PUT", `/v1/accounts/${account}/webhooks/${webhook}`],
  "test-webhook": ({ account, webhook }) => ["POST", `/v1/accounts/${account}/webhooks/${webhook}/test`],
  "close-webhook": ({ account, webhook }) => ["DELETE", `/v1/accounts/${account}/webhooks/${webhook}`],
}

/** @param ask how the service is reached. */
export function ownerOf(ask: Ask) {
  const json = (method: string, path: string, body: unknown) =>
    ask(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) })

  async function prepare({ address }: Wallet, act: Act): Promise<{ message: string }> {
    const response = await json("POST", "/v1/sign-in-messages", { ...act, address })
    if (response.status !== 201) throw new Error(`no message to sign: ${await response.text()}`)
    return response.json()
  }

  async function proof(signer: Wallet, act: Act, change = same): Promise<Proof> {
    const message = change((await prepare(signer, act)).message)
    return { address: signer.address, message, signature: await signer.sign(message) }
  }

  /** The body that the act's own call takes. */
  async function signed(signer: Wallet, act: Act, change = same) {
    return { ...(act.terms && { webhook: act.terms }), proof: await proof(signer, act, change) }
  }

  function send(act: Act, body: unknown): Promise<Response> {
    const call = CALLS[act.purpose]
    if (!call) throw new Error(`${act.purpose} is no act on webhooks`)
    return json(...call(act), body)
  }

  const does = async (signer: Wallet, act: Act) => send(act, await signed(signer, act))

  return {
    prepare,
    signed,
    send,
    does,
    create: async (signer: Wallet, account: string) =>
      json("POST", "/v1/accounts", { account, proof: await proof(signer, { purpose: "create", account }) }),
    link: async (joining: Wallet, account: string, linked: Wallet) =>
      json("POST", `/v1/accounts/${account}/links`, {
        joining: await proof(joining, { purpose: "link", account, other: linked.address }),
        linked: await proof(linked, { purpose: "link", account, other: joining.address }),
      }),
    unlink: async (signer: Wallet, account: string, other: string) =>
      json("DELETE", `/v1/accounts/${account}/links/${other}`, {
        proof: await proof(signer, { purpose: "unlink", account, other }),
      }),
    open: (signer: Wallet, account: string, terms: Terms) => does(signer, { purpose: "open-webhook", account, terms }),
    list: (signer: Wallet, account: string) => does(signer, { purpose: "list-webhooks", account }),
    change: (signer: Wallet, account: string, webhook: string, terms: Terms) =>
      does(signer, { purpose: "change-webhook", account, webhook, terms }),
    test: (signer: Wallet, account: string, webhook: string) =>
      does(signer, { purpose: "test-webhook", account, webhook }),
    close: (signer: Wallet, account: string, webhook: string) =>
      does(signer, { purpose: "close-webhook", account, webhook }),
  }
}
