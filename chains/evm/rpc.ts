/**
 * One JSON-RPC endpoint of an EVM chain: one request, one answer or one named fault.
 */
import { ChainFault } from "../chain-fault.js"
import { type EndpointLimits, guardedEndpoint } from "../reading/guarded-endpoint.js"
import type { JsonAnswer } from "../reading/http-json.js"
import { faultOfNode } from "./node-fault.js"

export interface RpcEndpoint {
  /** Host and port only, as far as an endpoint may be named. */
  readonly host: string
  /** @throws ChainFault whatever goes wrong. */
  request(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>
}

/** A node over HTTP. */
export function httpEndpoint(url: string, limits: EndpointLimits): RpcEndpoint {
  const { host, post } = guardedEndpoint(url, limits)
  return {
    host,
    request: async (method, params, signal) => resultOf(await post({ jsonrpc: "2.0", id: 1, method, params }, signal)),
  }
}

function resultOf({ ok, status, body }: JsonAnswer): unknown {
  // Some nodes send a proper JSON-RPC error with an HTTP error status: the error says more than the status.
  if (isRecord(body) && isRecord(body.error)) {
    throw faultOfNode(Number(body.error.code ?? 0), String(body.error.message ?? "no message"))
  }
  if (!ok) throw new ChainFault("RPC_UNAVAILABLE", `HTTP ${status}`)
  if (!isRecord(body) || !("result" in body)) throw new ChainFault("RPC_UNAVAILABLE", "the answer is not JSON-RPC")
  return body.result
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
