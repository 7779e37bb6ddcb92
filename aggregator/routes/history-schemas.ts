/**
 * Shapes of `/v1/accounts/{id}/history`.
 */
import { z } from "@hono/zod-openapi"
import { decimal, orNull, statusSchema, unixSeconds } from "./schemas.js"

const historyPointSchema = z
  .object({
    epoch: z.string(),
    time: unixSeconds.openapi({ description: "Unix seconds of the attestation" }),
    status: statusSchema,
    health: orNull(decimal, "null where there were no figures, like all below"),
    equity: orNull(decimal),
    initialMargin: orNull(decimal),
    maintenanceMargin: orNull(decimal),
  })
  .openapi("HistoryPoint")

export const historySchema = z
  .object({
    points: z.array(historyPointSchema).openapi({ description: "Oldest first" }),
    next: z.string().nullable().openapi({ description: "Cursor of the page before these; null when none is kept" }),
  })
  .openapi("History")

export type HistoryPoint = z.infer<typeof historyPointSchema>
export type HistoryView = z.infer<typeof historySchema>
