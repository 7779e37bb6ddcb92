/**
 * Failures as HTTP tells them: RFC 9457 problems. Only here and in `app.ts` do codes become statuses.
 */
import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { InvalidInputError, PlimsollError } from "../domain/errors.js"
import type { Problem } from "../routes/schemas.js"

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  INVALID_INPUT: 400,
  INVALID_ID: 400,
  ACCOUNT_CONFIGURED: 403,
  REGISTRY_FULL: 403,
  WEBHOOK_LIMIT: 403,
  UNKNOWN_ACCOUNT: 404,
  NOT_PUBLISHED: 404,
  NOT_SIGNED: 404,
  UNKNOWN_WEBHOOK: 404,
  ACCOUNT_EXISTS: 409,
  ADDRESS_LINKED: 409,
  LEAF_PRESENT: 409,
  NOT_READY: 503,
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Key used for another request",
  429: "Too many requests",
  500: "Internal error",
  503: "Not ready",
}

/** When to ask again, for what passes by itself. */
const RETRY_SECONDS = 5
const PASSES: ReadonlySet<number> = new Set([503])

/** The problem that an error is; `undefined` for a fault of the service itself. */
export function knownProblem(error: unknown): Problem | undefined {
  if (error instanceof InvalidInputError) {
    return { ...problemOf(400, error.code, error.message), errors: error.issues.map(issue => ({ ...issue })) }
  }
  if (error instanceof PlimsollError) {
    const status = STATUS_OF_CODE[error.code]
    return status === undefined ? undefined : problemOf(status, error.code, error.message)
  }
  if (!(error instanceof HTTPException) || error.status >= 500) return undefined
  if (error.status === 415)
    return problemOf(415, "UNSUPPORTED_MEDIA_TYPE", "send JSON as content-type: application/json")
  return problemOf(error.status, error.status === 400 ? "MALFORMED_BODY" : "BAD_REQUEST", error.message)
}

export function problemOf(status: number, code: string, detail: string): Problem {
  return {
    type: `urn:plimsoll:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: TITLES[status] ?? "Refused",
    status,
    code,
    detail,
  }
}

export function send(context: Context, problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  const retry = PASSES.has(problem.status) ? { "retry-after": String(RETRY_SECONDS) } : {}
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    ...retry,
    ...headers,
    "content-type": "application/problem+json",
  })
}
