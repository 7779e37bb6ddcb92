/**
 * The HTTP service as a function of what it serves; the only place that knows status codes.
 */
import type { OpenAPIHono } from "@hono/zod-openapi"
import type { MiddlewareHandler } from "hono"
import { bodyLimit } from "hono/body-limit"
import { HTTPException } from "hono/http-exception"
import { methodNotAllowed } from "hono/method-not-allowed"
import { secureHeaders } from "hono/secure-headers"
import { InvalidInputError, PlimsollError } from "./domain/errors.js"
import { accountRoutes } from "./routes/accounts.js"
import { attestationRoutes } from "./routes/attestations.js"
import { changesRoutes } from "./routes/changes.js"
import { explainRoutes } from "./routes/explain.js"
import { historyRoutes } from "./routes/history.js"
import { type Linking, linkingRoutes } from "./routes/linking.js"
import { liquidationRoutes } from "./routes/liquidation.js"
import { policyRoutes } from "./routes/policies.js"
import { probeRoutes } from "./routes/probes.js"
import { proofRoutes } from "./routes/proofs.js"
import type { Problem } from "./routes/schemas.js"
import { createRouter, type Service } from "./routes/service.js"
import { simulateRoutes } from "./routes/simulate.js"
import { streamRoutes } from "./routes/stream.js"

export interface AppDependencies extends Service {
  readonly linking: Linking
  /** Serves the page's files; absent when there is no page to serve. */
  readonly page?: MiddlewareHandler
  /** Aborted when the service stops: ends the streams. */
  readonly closing: AbortSignal
  reportFault(error: unknown): void
}

const MAX_BODY_BYTES = 256 * 1024
/** A thousand books at once weigh more than one. */
const MAX_BULK_BYTES = 8 * 1024 * 1024
const isBulk = (path: string) => path.endsWith("/bulk")

const STATUS_OF_CODE: Readonly<Record<string, 400 | 403 | 404 | 409 | 503>> = {
  INVALID_INPUT: 400,
  INVALID_ID: 400,
  ACCOUNT_CONFIGURED: 403,
  REGISTRY_FULL: 403,
  UNKNOWN_ACCOUNT: 404,
  NOT_PUBLISHED: 404,
  NOT_SIGNED: 404,
  ACCOUNT_EXISTS: 409,
  ADDRESS_LINKED: 409,
  NOT_READY: 503,
}

export function createApp(dependencies: AppDependencies): OpenAPIHono {
  const app = createRouter()
  app.use(secureHeaders({ contentSecurityPolicy: CONTENT_POLICY }))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: ({ req }, methods) => {
        const allow = methods.join(", ")
        return send(problemOf(405, "METHOD_NOT_ALLOWED", `${req.path} takes ${allow}`), { allow })
      },
    }),
  )
  const limitedTo = (maxSize: number) => bodyLimit({ maxSize, onError: () => send(tooLarge(maxSize)) })
  const [one, bulk] = [limitedTo(MAX_BODY_BYTES), limitedTo(MAX_BULK_BYTES)]
  app.use((context, next) => (isBulk(context.req.path) ? bulk : one)(context, next))
  app.use(statedContentType)
  app.route("/", accountRoutes(dependencies))
  app.route("/", historyRoutes(dependencies))
  app.route("/", explainRoutes(dependencies))
  app.route("/", liquidationRoutes(dependencies))
  app.route("/", changesRoutes(dependencies))
  app.route("/", linkingRoutes(dependencies.linking))
  app.route("/", simulateRoutes(dependencies))
  app.route("/", attestationRoutes(dependencies))
  app.route("/", proofRoutes(dependencies))
  app.route("/", policyRoutes(dependencies))
  app.route("/", probeRoutes(dependencies))
  app.route("/", streamRoutes(dependencies, dependencies.closing))
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "plimsoll",
      version: "0.1.0",
      description: "Unified cross-chain margin. Amounts are decimal strings, ids are CAIP.",
    },
  })
  if (dependencies.page) app.use("/*", dependencies.page)
  app.notFound(context =>
    send(problemOf(404, "NOT_FOUND", `${context.req.method} ${context.req.path} does not exist; see /openapi.json`)),
  )
  app.onError(error => {
    const known = knownProblem(error)
    if (!known) dependencies.reportFault(error)
    return send(known ?? problemOf(500, "INTERNAL", "an unexpected fault; it has been logged"))
  })
  return app
}

const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"])

/** The page runs the attested Wasm, and no other code than its own. */
const CONTENT_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
  imgSrc: ["'self'", "data:"],
}

/** The validator takes a body without a content type for an empty object: what is not said to be JSON is refused. */
const statedContentType: MiddlewareHandler = async ({ req }, next) => {
  if (WITH_BODY.has(req.method) && req.header("content-type") === undefined) throw new HTTPException(415)
  await next()
}

function knownProblem(error: unknown): Problem | undefined {
  if (error instanceof InvalidInputError) {
    return { ...problemOf(400, error.code, error.message), errors: error.issues.map(issue => ({ ...issue })) }
  }
  if (error instanceof PlimsollError) {
    const status = STATUS_OF_CODE[error.code]
    return status && problemOf(status, error.code, error.message)
  }
  if (!(error instanceof HTTPException) || error.status >= 500) return undefined
  if (error.status === 415)
    return problemOf(415, "UNSUPPORTED_MEDIA_TYPE", "send JSON as content-type: application/json")
  return problemOf(error.status, error.status === 400 ? "MALFORMED_BODY" : "BAD_REQUEST", error.message)
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  500: "Internal error",
  503: "Not ready",
}

function problemOf(status: number, code: string, detail: string): Problem {
  return {
    type: `urn:plimsoll:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: TITLES[status] ?? "Refused",
    status,
    code,
    detail,
  }
}

const tooLarge = (limit: number) => problemOf(413, "BODY_TOO_LARGE", `a request body may have ${limit} bytes here`)

function send(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...headers, "content-type": "application/problem+json" },
  })
}
