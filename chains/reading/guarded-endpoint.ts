/**
 * Spares an endpoint and ourselves: so many requests at a time and a second, and a rest for one that keeps failing.
 * While it rests, asking costs nothing, so a hanging endpoint slows one pass and not every pass.
 */
import { setTimeout as sleep } from "node:timers/promises"
import {
  BrokenCircuitError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
} from "cockatiel"
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"
import { ChainFault } from "../chain-fault.js"
import { type JsonAnswer, type JsonEndpoint, jsonEndpoint, ReadAborted } from "./http-json.js"

export interface EndpointLimits {
  /** For each request, from sending to the last byte of the answer. */
  readonly timeoutMs: number
  /** No limit when absent. */
  readonly requestsPerSecond?: number
  /** Sent along with each request. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Requests under way at one endpoint: more only trips its limits. */
const MOST_AT_ONCE = 16
/** Failures in a row after which an endpoint rests. */
const FAILURES_TO_REST = 5
/** The first rest; each vain attempt after a rest makes the next one longer, up to the last. */
const SHORTEST_REST_MS = 500
const LONGEST_REST_MS = 60_000

/** What says something about the endpoint rather than about the request. */
const TROUBLES: ReadonlySet<ChainFaultCode> = new Set(["RPC_UNAVAILABLE", "RPC_RATE_LIMIT"])
const isTrouble = (error: Error): boolean =>
  error instanceof ChainFault && TROUBLES.has(error.code) && !(error instanceof ReadAborted)
const isServerError = (answer: unknown): boolean => (answer as JsonAnswer).status >= 500

/** An endpoint over HTTP that keeps to the limits. */
export const guardedEndpoint = (url: string, limits: EndpointLimits): JsonEndpoint =>
  guarded(jsonEndpoint(url, limits.timeoutMs, limits.headers), limits)

/** The same endpoint, kept to the limits. What it throws is a ChainFault, as from the endpoint itself. */
export function guarded({ host, post }: JsonEndpoint, { requestsPerSecond }: EndpointLimits): JsonEndpoint {
  const lanes = bulkhead(MOST_AT_ONCE, Number.POSITIVE_INFINITY)
  const breaker = circuitBreaker(handleWhen(isTrouble).orWhenResult(isServerError), {
    breaker: new ConsecutiveBreaker(FAILURES_TO_REST),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: SHORTEST_REST_MS, maxDelay: LONGEST_REST_MS }),
  })
  const turn = requestsPerSecond === undefined ? undefined : pacer(1_000 / requestsPerSecond)

  return {
    host,
    post: async (payload, signal) => {
      try {
        return await lanes.execute(async () => {
          if (signal.aborted) throw new ReadAborted()
          return await breaker.execute(async () => {
            await turn?.(signal)
            return await post(payload, signal)
          })
        })
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error
        throw new ChainFault("RPC_UNAVAILABLE", `rests after ${FAILURES_TO_REST} failures in a row`)
      }
    },
  }
}

/** Waits until the caller's turn; turns are `gapMs` apart, in the order of asking. */
function pacer(gapMs: number): (signal: AbortSignal) => Promise<void> {
  let next = 0
  return async signal => {
    const now = performance.now()
    const mine = Math.max(now, next)
    next = mine + gapMs
    if (mine === now) return
    await sleep(mine - now, undefined, { signal }).catch(() => {
      throw new ReadAborted()
    })
  }
}
