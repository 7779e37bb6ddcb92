/**
 * `Idempotency-Key`: a request with side effects that carries one is done once, however often it is sent.
 */
import { createHash } from "node:crypto"
import type { MiddlewareHandler } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { InvalidInputError } from "../domain/errors.js"
import type { Clock } from "../domain/ports.js"
import type { IdempotencyKeys } from "../store/idempotency.js"
import { problemOf, send } from "./problems.js"

const KEY = /^[\x21-\x7e]{1,255}$/
const sha256 = (...parts: string[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex")

/** @param applies to which paths; other requests pass untouched. */
export function idempotent(keys: IdempotencyKeys, clock: Clock, applies: (path: string) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context
    const given = req.header("idempotency-key")
    if (given === undefined || req.method !== "POST" || !applies(req.path)) return next()
    if (!KEY.test(given)) {
      const detail = "must be 1 to 255 visible ASCII characters"
      throw new InvalidInputError([{ pointer: "/headers/idempotency-key", code: "INVALID_VALUE", detail }])
    }
    // Another caller's key is another key, and nobody learns from it what somebody else was answered.
    const key = sha256(given, req.path, req.header("authorization") ?? "")
    const claim = await keys.claim(key, sha256(req.path, await req.text()), clock.now())
    if (claim.kind === "under way") {
      return send(
        context,
        problemOf(409, "REQUEST_UNDER_WAY", "a request with this key is under way; ask again shortly"),
        {
          "retry-after": "1",
        },
      )
    }
    if (claim.kind === "other request") {
      return send(
        context,
        problemOf(422, "IDEMPOTENCY_KEY_REUSED", "this key was used for a request with other contents"),
      )
    }
    if (claim.kind === "answered") {
      const { status, body } = claim.answer
      const type = status < 400 ? "application/json" : "application/problem+json"
      return context.body(body, status as ContentfulStatusCode, {
        "content-type": type,
        "idempotency-replayed": "true",
      })
    }
    await next()
    // What failed by our fault may be tried again with the same key.
    if (context.res.status >= 500) await keys.release(key)
    else await keys.keep(key, { status: context.res.status, body: await context.res.clone().text() })
  }
}
