/**
 * What `GET …/margin/explain` gives.
 */
import { z } from "@hono/zod-openapi"
import { unitSchema } from "./margin-schemas.js"
import { accountAsOf, chain, decimal, orNull, statusSchema } from "./schemas.js"

const equitySchema = z
  .object({
    equity: decimal.openapi({ description: "Σ lines" }),
    lines: z.array(
      z.object({
        kind: z.enum(["collateral", "debt", "position", "haircut"]),
        haircut: z.string().nullable(),
        chain,
        venue: z.string(),
        subject: z.string().openapi({ description: "Symbol or instrument" }),
        amount: decimal.openapi({ description: "USD added to equity, signed" }),
      }),
    ),
    byChain: z.array(z.object({ chain, amount: decimal })).openapi({ description: "Σ is the equity" }),
    byHaircut: z
      .array(z.object({ name: z.string(), amount: decimal }))
      .openapi({ description: "≤ 0; raw equity + Σ is the equity" }),
  })
  .openapi("EquityExplained")

const marginSchema = z
  .object({
    maintenanceMargin: decimal.openapi({ description: "Σ shares of positions, additions and lines" }),
    positions: z.array(
      z.object({
        chain,
        venue: z.string(),
        instrument: z.string(),
        quantity: decimal,
        worstScenarioLoss: decimal.openapi({ description: "Loss in its unit's worst scenario, signed" }),
        share: decimal.openapi({ description: "Of the maintenance margin; negative for a hedge" }),
        marginal: orNull(decimal, "Margin with it − margin without it"),
        standaloneMargin: decimal.openapi({ description: "Maintenance margin of this position alone" }),
      }),
    ),
    additions: z
      .array(z.object({ underlying: z.string(), share: decimal }))
      .openapi({ description: "Floors, charges and remainders of a unit, beyond its positions' losses" }),
    lines: z
      .array(z.object({ name: z.string(), unit: z.string().nullable(), subject: z.string(), share: decimal }))
      .openapi({ description: "Parts of the margin that are no unit's requirement: charges, haircuts, weights" }),
    units: z.array(unitSchema),
  })
  .openapi("MarginExplained")

export const explainSchema = z
  .object({
    account: z.string(),
    status: statusSchema,
    ...accountAsOf,
    equity: orNull(equitySchema, "null when there is no number to explain"),
    margin: orNull(marginSchema),
  })
  .openapi("Explanation")

export type Explanation = z.infer<typeof explainSchema>
