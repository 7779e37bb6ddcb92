/**
 * The headers that every answer carries: against sniffing, framing and foreign scripts, and for pages of other origins.
 * They wait beside the request, so that an answer that is asked for often takes them along as one plain record.
 */
import type { Context, MiddlewareHandler } from "hono"

const CONTENT_POLICY = [
  "default-src 'self'",
  // The page computes with the kernel itself.
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' data:",
].join("; ")

const ALWAYS = {
  "content-security-policy": CONTENT_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=15552000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "SAMEORIGIN",
  "x-permitted-cross-domain-policies": "none",
}

/** Reading is public and carries no cookies, so every page may read. */
const ANY_ORIGIN = {
  ...ALWAYS,
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after",
}
const OWN_ORIGIN = { ...ALWAYS, "cross-origin-resource-policy": "same-origin" }
const PREFLIGHT = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE",
  "access-control-allow-headers": "authorization, content-type, idempotency-key, if-none-match, last-event-id",
  "access-control-max-age": "86400",
}

/** Of the answer under way; gone once an answer has taken them along. */
const waiting = new WeakMap<Context, Record<string, string>>()

/** @param open the paths that pages of other origins may use. */
export const answerHeaders =
  (open: (path: string) => boolean): MiddlewareHandler =>
  async (context, next) => {
    const isOpen = open(context.req.path)
    const headers: Record<string, string> = { ...(isOpen ? ANY_ORIGIN : OWN_ORIGIN) }
    if (isOpen && context.req.method === "OPTIONS") return context.body(null, 204, { ...headers, ...PREFLIGHT })
    waiting.set(context, headers)
    await next()
    if (!waiting.has(context)) return
    const given = context.res.headers
    for (const [name, value] of Object.entries(headers)) if (!given.has(name)) given.set(name, value)
  }

/** Has the answer carry these too. */
export function alsoCarry(context: Context, headers: Readonly<Record<string, string>>): void {
  const carried = waiting.get(context)
  if (carried) Object.assign(carried, headers)
  else for (const [name, value] of Object.entries(headers)) context.header(name, value)
}

/** The last thing that a handler does: an answer with all its headers, which nothing has to go through again. */
export function jsonAnswer(context: Context, text: string): Response {
  const headers = { ...waiting.get(context), "content-type": "application/json" }
  waiting.delete(context)
  return new Response(text, { headers })
}
