/**
 * One JSON-RPC endpoint over HTTP: one batch, one answer a call, or one named fault for the whole.
 * It never retries: whoever asks knows whether asking again makes sense.
 */
import { z } from "zod"
import type { SolanaRefusal } from "./adapter.js"
import { faultOfNode, SolanaFault, shortened } from "./fault.js"

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

export type RpcAnswer = { readonly status: "ok"; readonly result: unknown } | SolanaRefusal

export interface RpcEndpoint {
  /** Host and port only: the rest of a URL often carries an API key and must not reach a log or a snapshot. */
  readonly host: string
  /** One answer a call, in order. @throws SolanaFault whatever goes wrong. */
  batch(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcAnswer[]>
}

/** Far beyond any batch's answer; an endpoint that streams for ever must not fill the memory. */
const MOST_RESPONSE_BYTES = 64 * 1024 * 1024
/** The node objects to the parameters of this one call, or does not index this one key. */
const REFUSALS: ReadonlySet<number> = new Set([-32602, -32010])

const nodeError = z.object({ code: z.number(), message: z.string() })
const answerSchema = z.union([
  z.object({ id: z.int(), error: nodeError }),
  z.object({ id: z.int(), result: z.unknown() }).refine(answer => "result" in answer),
])
const bodySchema = z.union([z.array(answerSchema), z.object({ error: nodeError })])

/** @param timeoutMs for each request, from sending to the last byte of the answer. */
export function httpEndpoint(url: string, timeoutMs: number): RpcEndpoint {
  const { host, target, headers } = addressed(url)
  return {
    host,
    batch: (calls, signal) =>
      underDeadline(signal, timeoutMs, async deadline => {
        const body = JSON.stringify(calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call })))
        const response = await fetch(target, { method: "POST", headers, body, signal: deadline })
        return answersOf(calls, response, await textOf(response))
      }),
  }
}

function addressed(url: string) {
  const target = new URL(url)
  const headers: Record<string, string> = { "content-type": "application/json" }
  if (target.username || target.password) {
    const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`
    headers.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`
    // fetch refuses a URL with credentials, and says so with the URL in its message.
    target.username = ""
    target.password = ""
  }
  return { host: target.host, target: target.href, headers }
}

async function underDeadline<T>(
  signal: AbortSignal,
  timeoutMs: number,
  work: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await work(AbortSignal.any([signal, timeout]))
  } catch (error) {
    if (error instanceof SolanaFault) throw error
    if (signal.aborted) throw new SolanaFault("RPC_UNAVAILABLE", "the read was aborted")
    if (timeout.aborted) throw new SolanaFault("RPC_UNAVAILABLE", `no answer within ${timeoutMs} ms`)
    throw new SolanaFault("RPC_UNAVAILABLE", networkReason(error))
  }
}

/** fetch says only "fetch failed"; its cause says why. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed"
  return shortened(error.cause instanceof Error ? error.cause.message || error.cause.name : error.message)
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > MOST_RESPONSE_BYTES) {
      throw new SolanaFault("RESPONSE_LIMIT", `the answer is longer than ${MOST_RESPONSE_BYTES} bytes`)
    }
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

function answersOf(calls: readonly RpcCall[], response: Response, text: string): readonly RpcAnswer[] {
  if (response.status === 429) throw new SolanaFault("RPC_RATE_LIMIT", "HTTP 429")
  if (response.status === 413) throw new SolanaFault("RESPONSE_LIMIT", "HTTP 413")
  const { data: body } = bodySchema.safeParse(parsed(text))
  // Some nodes send a proper JSON-RPC error with an HTTP error status: the error says more than the status.
  if (body && "error" in body) throw faultOfNode(body.error.code, body.error.message)
  if (!response.ok) throw new SolanaFault("RPC_UNAVAILABLE", `HTTP ${response.status}`)
  if (!body) throw new SolanaFault("DECODE", "the answer is not a JSON-RPC batch")
  const byId = new Map(body.map(answer => [answer.id, answer]))
  return calls.map(({ method }, id) => {
    const answer = byId.get(id)
    if (!answer) throw new SolanaFault("DECODE", `${method} was not answered`)
    if (!("error" in answer)) return { status: "ok", result: answer.result }
    const { code, message } = answer.error
    if (!REFUSALS.has(code)) throw faultOfNode(code, message)
    return { status: "refused", code: "RPC_UNAVAILABLE", detail: shortened(`${method}: ${message}`) }
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
