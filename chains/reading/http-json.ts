/**
 * JSON posted to one endpoint under a deadline: one bounded answer, or one named fault.
 * It never retries: whoever asks knows whether asking again makes sense.
 */
import { ChainFault, shortened } from "../chain-fault.js"

export interface JsonEndpoint {
  /** Host and port only: the rest of a URL often carries an API key and must not reach a log or a snapshot. */
  readonly host: string
  /** @throws ChainFault when there is no answer, or none that says anything. */
  post(payload: unknown, signal: AbortSignal): Promise<JsonAnswer>
}

/** Nodes send proper errors with an HTTP error status too, so the body comes along whatever the status. */
export interface JsonAnswer {
  readonly ok: boolean
  readonly status: number
  /** `undefined` when it is no JSON. */
  readonly body: unknown
}

/** The caller gave up: this says nothing about the endpoint. */
export class ReadAborted extends ChainFault {
  constructor() {
    super("RPC_UNAVAILABLE", "the read was aborted")
  }
}

/** Far beyond any request's answer; an endpoint that streams for ever must not fill the memory. */
const MOST_RESPONSE_BYTES = 64 * 1024 * 1024

/** @param timeoutMs for each request, from sending to the last byte of the answer. */
export function jsonEndpoint(
  url: string,
  timeoutMs: number,
  more: Readonly<Record<string, string>> = {},
): JsonEndpoint {
  const { host, target, headers } = addressed(url)
  return {
    host,
    post: (payload, signal) =>
      exchange(
        target,
        { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(payload) },
        timeoutMs,
        signal,
      ),
  }
}

export interface JsonResource {
  /** Host and port only, as with an endpoint. */
  readonly host: string
  /** @throws ChainFault when there is no answer, or none that says anything. */
  get(signal: AbortSignal): Promise<JsonAnswer>
}

/** A document to be fetched again and again, under the same limits as an endpoint. */
export function jsonResource(url: string, more: Readonly<Record<string, string>>, timeoutMs: number): JsonResource {
  const { host, target, headers } = addressed(url)
  return { host, get: signal => exchange(target, { headers: { ...headers, ...more } }, timeoutMs, signal) }
}

const exchange = (target: string, request: RequestInit, timeoutMs: number, signal: AbortSignal): Promise<JsonAnswer> =>
  underDeadline(signal, timeoutMs, async deadline => {
    const response = await fetch(target, { ...request, signal: deadline })
    const text = await textOf(response)
    const { ok, status } = response
    if (status === 429) throw new ChainFault("RPC_RATE_LIMIT", "HTTP 429")
    if (status === 413) throw new ChainFault("RESPONSE_LIMIT", "HTTP 413")
    return { ok, status, body: parsed(text) }
  })

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
  if (signal.aborted) throw new ReadAborted()
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal.addEventListener("abort", abort, { once: true })
  try {
    return await work(controller.signal)
  } catch (error) {
    if (error instanceof ChainFault) throw error
    if (signal.aborted) throw new ReadAborted()
    if (controller.signal.aborted) throw new ChainFault("RPC_UNAVAILABLE", `no answer within ${timeoutMs} ms`)
    throw new ChainFault("RPC_UNAVAILABLE", networkReason(error))
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
  const decoder = new TextDecoder()
  let text = ""
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > MOST_RESPONSE_BYTES) {
      throw new ChainFault("RESPONSE_LIMIT", `the answer is longer than ${MOST_RESPONSE_BYTES} bytes`)
    }
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
