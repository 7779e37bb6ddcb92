/**
 * `/livez` says that the process answers, `/readyz` that what it depends on works.
 */
import { createRoute, z } from "@hono/zod-openapi"
import { createRouter, jsonOf, type Service } from "./service.js"

export const readinessSchema = z
  .object({ ready: z.boolean(), checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })) })
  .openapi("Readiness")

const livez = createRoute({
  method: "get",
  path: "/livez",
  summary: "The process answers",
  responses: { 200: jsonOf(z.object({ alive: z.literal(true) }), "It does") },
})

const readyz = createRoute({
  method: "get",
  path: "/readyz",
  summary: "What the service depends on, one line each",
  responses: { 200: jsonOf(readinessSchema, "Ready"), 503: jsonOf(readinessSchema, "Not ready") },
})

export function probeRoutes(service: Service) {
  return createRouter()
    .openapi(livez, context => context.json({ alive: true as const }, 200))
    .openapi(readyz, context => {
      const checks = service.readiness().map(each => ({ ...each }))
      const ready = checks.every(each => each.ok)
      return context.json({ ready, checks }, ready ? 200 : 503)
    })
}
