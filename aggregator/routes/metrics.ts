/**
 * `/metrics`: for Prometheus.
 */
import { Hono } from "hono"

export interface Exposition {
  readonly contentType: string
  metrics(): Promise<string>
}

export const metricsRoutes = (exposition: Exposition) =>
  new Hono().get("/metrics", async context =>
    context.body(await exposition.metrics(), 200, { "content-type": exposition.contentType }),
  )
