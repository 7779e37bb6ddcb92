/**
 * The headers that every answer carries: against sniffing, framing and foreign scripts, and for pages of other origins.
 * They are set before the answer is made: to change a finished one costs more than all else that a request does.
 */
import type { MiddlewareHandler } from "hono"

const CONTENT_POLICY = [
  "default-src 'self'",
  // The page computes with the kernel itself.
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' data:",
].join("; ")

const ALWAYS = Object.entries({
  "content-security-policy": CONTENT_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=15552000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "SAMEORIGIN",
  "x-permitted-cross-domain-policies": "none",
})

/** Reading is public and carries no cookies, so every page may read. */
const ANY_ORIGIN = Object.entries({
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after",
})
const OWN_ORIGIN = Object.entries({ "cross-origin-resource-policy": "same-origin" })
const PREFLIGHT = {
  "access-control-allow-methods": "GET, HEAD, POST, DELETE",
  "access-control-allow-headers": "authorization, content-type, idempotency-key, if-none-match, last-event-id",
  "access-control-max-age": "86400",
}

/** @param open the paths that pages of other origins may use. */
export const answerHeaders =
  (open: (path: string) => boolean): MiddlewareHandler =>
  async (context, next) => {
    for (const [name, value] of ALWAYS) context.header(name, value)
    const isOpen = open(context.req.path)
    for (const [name, value] of isOpen ? ANY_ORIGIN : OWN_ORIGIN) context.header(name, value)
    if (isOpen && context.req.method === "OPTIONS") return context.body(null, 204, PREFLIGHT)
    await next()
  }
