/**
 * Calls for the operator alone: a bearer token that only the environment holds.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import type { MiddlewareHandler } from "hono"
import { problemOf, send } from "./problems.js"

/** @param token `undefined` or empty: nobody is let in. */
export function adminOnly(token: string | undefined): MiddlewareHandler {
  return async (context, next) => {
    if (!token) {
      const detail = "administrative calls are off; set the environment variable PLIMSOLL_ADMIN_TOKEN to turn them on"
      return send(context, problemOf(403, "ADMIN_OFF", detail))
    }
    const given = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1]
    if (given === undefined || !isSame(given, token)) {
      const detail = "send authorization: Bearer with the value of PLIMSOLL_ADMIN_TOKEN"
      return send(context, problemOf(401, "ADMIN_TOKEN_REFUSED", detail), { "www-authenticate": "Bearer" })
    }
    return next()
  }
}

/** Hashed first, so that neither length nor contents show in the time it takes. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
