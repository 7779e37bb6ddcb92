/**
 * What `GET …/changes` takes and gives.
 */
import { z } from "@hono/zod-openapi"
import { figuresSchema } from "./margin-schemas.js"
import { decimal, epochParameter, orNull, statusSchema, unixSeconds } from "./schemas.js"

export const changesQuerySchema = z.strictObject({
  from: epochParameter,
  to: epochParameter.optional().openapi({ description: "Absent: what is known now" }),
})

const sideSchema = z
  .object({
    epoch: z.string().nullable().openapi({ description: "null for what is known now" }),
    valuationTime: unixSeconds,
    status: statusSchema,
    figures: orNull(figuresSchema),
  })
  .openapi("ComparedEpoch")

const changeSchema = z.object({ equity: decimal, maintenanceMargin: decimal, health: decimal })

export const changesSchema = z
  .object({
    account: z.string(),
    from: sideSchema,
    to: sideSchema,
    change: orNull(changeSchema, "to − from; null when either side has no figures"),
    causes: z
      .array(
        z.object({
          cause: z.enum(["time", "price", "volatility", "position", "collateral", "debt", "haircut", "chain"]),
          change: orNull(changeSchema, "null: counted with the next cause that has a number"),
        }),
      )
      .nullable()
      .openapi({ description: "Σ is the change, exactly; in the order in which the causes are carried over" }),
  })
  .openapi("HealthChanges")
