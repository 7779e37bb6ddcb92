/**
 * How much one client may ask: a bucket a client that refills steadily, told in every answer
 * (draft-ietf-httpapi-ratelimit-headers).
 */
import type { Context, MiddlewareHandler } from "hono"
import { alsoCarry } from "./answer-headers.js"
import { problemOf, send } from "./problems.js"

export interface RateRule {
  /** Name of the policy in the headers. */
  readonly name: string
  readonly requestsPerMinute: number
  applies(method: string, path: string): boolean
}

export interface RateLimitOptions {
  readonly rules: readonly RateRule[]
  /** Who asks; requests of one client share its buckets. */
  clientOf(context: Context): string
  /** Milliseconds of a clock that never goes back. */
  now(): number
}

interface Bucket {
  tokens: number
  at: number
}

/** Clients remembered at once; the one that asked longest ago is forgotten first, its bucket full by then. */
const MOST_CLIENTS = 20_000
const MINUTE_MS = 60_000

/** The first rule that applies counts; where none does there is no limit. */
export function rateLimit({ rules, clientOf, now }: RateLimitOptions): MiddlewareHandler {
  const buckets = new Map<string, Bucket>()

  /** The client's bucket as of now, moved to the end of those to forget. */
  function bucketOf(client: string, { name, requestsPerMinute }: RateRule): Bucket {
    const key = `${name} ${client}`
    const at = now()
    const known = buckets.get(key)
    buckets.delete(key)
    const refill = known ? ((at - known.at) * requestsPerMinute) / MINUTE_MS : 0
    const bucket = { tokens: Math.min(requestsPerMinute, (known?.tokens ?? requestsPerMinute) + refill), at }
    buckets.set(key, bucket)
    const [oldest] = buckets.keys()
    if (buckets.size > MOST_CLIENTS && oldest !== undefined) buckets.delete(oldest)
    return bucket
  }

  return async (context, next) => {
    const rule = rules.find(each => each.applies(context.req.method, context.req.path))
    if (!rule) return next()
    const bucket = bucketOf(clientOf(context), rule)
    const allowed = bucket.tokens >= 1
    if (allowed) bucket.tokens -= 1
    const perToken = 60 / rule.requestsPerMinute
    const wait = Math.ceil(Math.max(0, 1 - bucket.tokens) * perToken)
    const headers = {
      "ratelimit-policy": `"${rule.name}";q=${rule.requestsPerMinute};w=60`,
      ratelimit: `"${rule.name}";r=${Math.floor(bucket.tokens)};t=${wait}`,
    }
    if (!allowed) {
      const detail = `${rule.requestsPerMinute} requests a minute are allowed here; ask again in ${wait} s`
      return send(context, problemOf(429, "TOO_MANY_REQUESTS", detail), { ...headers, "retry-after": String(wait) })
    }
    alsoCarry(context, headers)
    await next()
  }
}
