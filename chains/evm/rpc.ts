/**
 * One JSON-RPC endpoint over HTTP: one request, one answer or one named fault.
 * It never retries: whoever asks knows whether asking again makes sense.
 */
import { EvmFault, faultOfNode, shortened } from "./fault.js"

export interface RpcEndpoint {
  /** Host and port only: the rest of a URL often carries an API key and must not reach a log or a snapshot. */
  readonly host: string
  /** @throws EvmFault whatever goes wrong. */
  request(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>
}

/** Far beyond any chunk's answer; an endpoint that streams for ever must not fill the memory. */
const MOST_RESPONSE_BYTES = 64 * 1024 * 1024

/** @param timeoutMs for each request, from sending to the last byte of the answer. */
export function httpEndpoint(url: string, timeoutMs: number): RpcEndpoint {
  const { host, target, headers } = addressed(url)
  return {
    host,
    request: (method, params, signal) =>
      underDeadline(signal, timeoutMs, async deadline => {
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
        const response = await fetch(target, { method: "POST", headers, body, signal: deadline })
        return resultOf(response, await textOf(response))
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
  if (signal.aborted) throw new EvmFault("RPC_UNAVAILABLE", "the read was aborted")
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal.addEventListener("abort", abort, { once: true })
  try {
    return await work(controller.signal)
  } catch (error) {
    if (error instanceof EvmFault) throw error
    if (signal.aborted) throw new EvmFault("RPC_UNAVAILABLE", "the read was aborted")
    if (controller.signal.aborted) throw new EvmFault("RPC_UNAVAILABLE", `no answer within ${timeoutMs} ms`)
    throw new EvmFault("RPC_UNAVAILABLE", networkReason(error))
  } finally {
    clearTimeout(timer)
    signal.removeEventListener("abort", abort)
  }
}

/** fetch says only "fetch failed"; its cause says why. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed"
  return shortened(error.cause instanceof Error ? error.cause.message || error.cause.name : error.message)
}

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ""
  let bytes = 0
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    bytes += part.value.byteLength
    if (bytes > MOST_RESPONSE_BYTES) {
      await reader?.cancel()
      throw new EvmFault("RESPONSE_LIMIT", `the answer is longer than ${MOST_RESPONSE_BYTES} bytes`)
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}

function resultOf(response: Response, text: string): unknown {
  if (response.status === 429) throw new EvmFault("RPC_RATE_LIMIT", "HTTP 429")
  if (response.status === 413) throw new EvmFault("RESPONSE_LIMIT", "HTTP 413")
  const body = parsed(text)
  // Some nodes send a proper JSON-RPC error with an HTTP error status: the error says more than the status.
  if (isRecord(body) && isRecord(body.error)) {
    throw faultOfNode(Number(body.error.code ?? 0), String(body.error.message ?? "no message"))
  }
  if (!response.ok) throw new EvmFault("RPC_UNAVAILABLE", `HTTP ${response.status}`)
  if (!isRecord(body) || !("result" in body)) throw new EvmFault("RPC_UNAVAILABLE", "the answer is not JSON-RPC")
  return body.result
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
