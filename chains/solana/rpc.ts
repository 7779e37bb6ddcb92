/**
 * One JSON-RPC endpoint of Solana: one batch, one answer a call, or one named fault for the whole.
 */
import { z } from "zod"
import { ChainFault, shortened } from "../chain-fault.js"
import { type EndpointLimits, guardedEndpoint } from "../reading/guarded-endpoint.js"
import type { JsonAnswer } from "../reading/http-json.js"
import type { SolanaRefusal } from "./adapter.js"
import { faultOfNode } from "./node-fault.js"

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

export type RpcAnswer = { readonly status: "ok"; readonly result: unknown } | SolanaRefusal

export interface RpcEndpoint {
  /** Host and port only, as far as an endpoint may be named. */
  readonly host: string
  /** One answer a call, in order. @throws ChainFault whatever goes wrong. */
  batch(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcAnswer[]>
}

/** The node objects to the parameters of this one call, or does not index this one key. */
const REFUSALS: ReadonlySet<number> = new Set([-32602, -32010])

const nodeError = z.object({ code: z.number(), message: z.string() })
const answerSchema = z.union([
  z.object({ id: z.int(), error: nodeError }),
  z.object({ id: z.int(), result: z.unknown() }).refine(answer => "result" in answer),
])
const bodySchema = z.union([z.array(answerSchema), z.object({ error: nodeError })])

/** A node over HTTP. */
export function httpEndpoint(url: string, limits: EndpointLimits): RpcEndpoint {
  const { host, post } = guardedEndpoint(url, limits)
  return {
    host,
    batch: async (calls, signal) => {
      const payload = calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }))
      return answersOf(calls, await post(payload, signal))
    },
  }
}

function answersOf(calls: readonly RpcCall[], answer: JsonAnswer): readonly RpcAnswer[] {
  const { data: body } = bodySchema.safeParse(answer.body)
  // Some nodes send a proper JSON-RPC error with an HTTP error status: the error says more than the status.
  if (body && "error" in body) throw faultOfNode(body.error.code, body.error.message)
  if (!answer.ok) throw new ChainFault("RPC_UNAVAILABLE", `HTTP ${answer.status}`)
  if (!body) throw new ChainFault("DECODE", "the answer is not a JSON-RPC batch")
  const byId = new Map(body.map(answered => [answered.id, answered]))
  return calls.map(({ method }, id) => {
    const answered = byId.get(id)
    if (!answered) throw new ChainFault("DECODE", `${method} was not answered`)
    if (!("error" in answered)) return { status: "ok", result: answered.result }
    const { code, message } = answered.error
    if (!REFUSALS.has(code)) throw faultOfNode(code, message)
    return { status: "refused", code: "RPC_UNAVAILABLE", detail: shortened(`${method}: ${message}`) }
  })
}
