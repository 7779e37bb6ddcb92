/**
 * The HTTP service as a function of what it serves; the only place that knows status codes.
 */
import type { OpenAPIHono } from "@hono/zod-openapi"
import type { MiddlewareHandler } from "hono"
import { every } from "hono/combine"
import { etag } from "hono/etag"
import { HTTPException } from "hono/http-exception"
import { methodNotAllowed } from "hono/method-not-allowed"
import type { Clock } from "./domain/ports.js"
import { answerHeaders } from "./http/answer-headers.js"
import { limitedBody } from "./http/body-limit.js"
import { idempotent } from "./http/idempotency.js"
import { knownProblem, problemOf, send } from "./http/problems.js"
import { type RateLimitOptions, rateLimit } from "./http/rate-limit.js"
import { REFERENCE_STYLE, referencePage } from "./reference/html.js"
import type { ApiDocument } from "./reference/operations.js"
import { type RouteDependencies, serviceRoutes } from "./routes/all.js"
import { type Exposition, metricsRoutes } from "./routes/metrics.js"
import { createRouter } from "./routes/service.js"
import type { IdempotencyKeys } from "./store/idempotency.js"

export interface AppDependencies extends RouteDependencies {
  readonly idempotency: IdempotencyKeys
  readonly clock: Clock
  /** Absent: nobody is limited. */
  readonly rates?: RateLimitOptions
  /** What `/metrics` shows; absent where nothing is measured. */
  readonly exposition?: Exposition
  /** Serves the page's files; absent when there is no page to serve. */
  readonly page?: MiddlewareHandler
  reportFault(error: unknown): void
}

const MAX_BODY_BYTES = 256 * 1024
/** A thousand books at once weigh more than one. */
const MAX_BULK_BYTES = 8 * 1024 * 1024
const isBulk = (path: string) => path.endsWith("/bulk")

/** Simulation changes nothing; a message to sign is a new one each time. */
export const hasSideEffects = (path: string): boolean => /^\/v1\/(accounts|webhooks)/.test(path)

export function createApp(dependencies: AppDependencies): OpenAPIHono {
  const app = createRouter()
  app.use(answerHeaders(path => path.startsWith("/v1/") || path === "/openapi.json"))
  if (dependencies.rates) app.use("/v1/*", rateLimit(dependencies.rates))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const allow = methods.join(", ")
        return send(context, problemOf(405, "METHOD_NOT_ALLOWED", `${context.req.path} takes ${allow}`), { allow })
      },
    }),
  )
  const limitedTo = (maxSize: number) => limitedBody(maxSize, context => send(context, tooLarge(maxSize)))
  const [one, bulk] = [limitedTo(MAX_BODY_BYTES), limitedTo(MAX_BULK_BYTES)]
  const withBody = [
    (context, next) => (isBulk(context.req.path) ? bulk : one)(context, next),
    statedContentType,
    idempotent(dependencies.idempotency, dependencies.clock, hasSideEffects),
  ] satisfies MiddlewareHandler[]
  // Most requests read: they pass these in one step.
  const guarded = every(...withBody)
  app.use((context, next) => (WITH_BODY.has(context.req.method) ? guarded(context, next) : next()))
  // Epochs, policies and modules hardly change or never do: who has one already gets 304.
  for (const path of ["/v1/attestations/*", "/v1/policies/*", "/v1/wasm/*"]) app.use(path, etag())
  app.route("/", serviceRoutes(dependencies))
  if (dependencies.exposition) app.route("/", metricsRoutes(dependencies.exposition))
  app.doc31("/openapi.json", DOCUMENT)
  app.get("/docs", context => context.html(referencePage(app.getOpenAPI31Document(DOCUMENT) as unknown as ApiDocument)))
  app.get("/docs/style.css", context =>
    context.body(REFERENCE_STYLE, 200, { "content-type": "text/css; charset=UTF-8" }),
  )
  if (dependencies.page) app.use("/*", dependencies.page)
  app.notFound(context =>
    send(
      context,
      problemOf(404, "NOT_FOUND", `${context.req.method} ${context.req.path} does not exist; see /openapi.json`),
    ),
  )
  app.onError((error, context) => {
    const known = knownProblem(error)
    if (!known) dependencies.reportFault(error)
    return send(context, known ?? problemOf(500, "INTERNAL", "an unexpected fault; it has been logged"))
  })
  return app
}

const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"])

const DOCUMENT = {
  openapi: "3.1.0",
  info: {
    title: "plimsoll",
    version: "0.1.0",
    description: "Unified cross-chain margin. Amounts are decimal strings, ids are CAIP.",
  },
}

/** One webhook is closed or tested: the path says it all. */
const TAKES_NO_BODY = /^\/v1\/webhooks\/[^/]+(\/test)?$/

/** The validator takes a body without a content type for an empty object: what is not said to be JSON is refused. */
const statedContentType: MiddlewareHandler = async ({ req }, next) => {
  if (req.header("content-type") === undefined && !TAKES_NO_BODY.test(req.path)) throw new HTTPException(415)
  await next()
}

const tooLarge = (limit: number) => problemOf(413, "BODY_TOO_LARGE", `a request body may have ${limit} bytes here`)
