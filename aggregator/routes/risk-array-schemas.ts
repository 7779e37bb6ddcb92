/**
 * What `GET …/margin/risk-array` gives.
 */
import { z } from "@hono/zod-openapi"
import { accountAsOf, chain, decimal, orNull, statusSchema, unixSeconds } from "./schemas.js"

const vector = z.array(decimal).openapi({ description: "One entry a scenario, in their order" })

const greeksSchema = z
  .object({
    delta: decimal.openapi({ description: "dV/dS, units of the underlying" }),
    gamma: decimal.openapi({ description: "Units of delta per USD" }),
    vega: decimal.openapi({ description: "USD per 1.00 of volatility" }),
    theta: decimal.openapi({ description: "USD per day" }),
    cashDelta: decimal.openapi({ description: "delta · S" }),
    cashGamma: decimal.openapi({ description: "gamma · S² / 100: change of cash delta per 1 %" }),
    cashVega: decimal.openapi({ description: "USD per volatility point" }),
  })
  .openapi("Greeks")

const greeksOfSchema = z
  .object({
    underlying: z.string(),
    expiry: unixSeconds.nullable().openapi({ description: "null for what never expires, and for sums" }),
    greeks: greeksSchema,
  })
  .openapi("GreeksOf")

const scenarioSchema = z
  .object({
    number: z.number().int().openapi({ description: "From 1, as in worstScenario" }),
    volatility: z
      .object({ kind: z.enum(["shift", "scale", "skew"]), by: orNull(decimal) })
      .nullable()
      .openapi({ description: "Move of volatility as the policy states it; null for none" }),
    daysRolled: decimal,
    weight: decimal,
    part: z
      .string()
      .nullable()
      .openapi({ description: "The part of the requirement that it is a candidate for; null for the scan" }),
  })
  .openapi("Scenario")

export const riskArraySchema = z
  .object({
    account: z.string(),
    status: statusSchema,
    ...accountAsOf,
    scenarios: z.array(scenarioSchema).openapi({ description: "Empty where the policy margins by weights" }),
    units: z.array(
      z.object({
        underlying: z.string(),
        priceMoves: vector.openapi({ description: "Relative move of the price, one a scenario" }),
        pnl: vector.openapi({ description: "Counted P&L of what the account holds, USD" }),
      }),
    ),
    instruments: z.array(
      z.object({
        chain,
        venue: z.string(),
        instrument: z.string(),
        quantity: decimal,
        pnl: vector.openapi({ description: "Weighted P&L of +1 long, USD" }),
        greeks: greeksSchema.openapi({ description: "Of what is held" }),
      }),
    ),
    greeks: z
      .object({
        byExpiry: z.array(greeksOfSchema),
        byUnderlying: z.array(greeksOfSchema),
        total: greeksSchema.pick({ cashDelta: true, cashGamma: true, cashVega: true, theta: true }),
      })
      .nullable()
      .openapi({ description: "Assets and debts included; null when the account has no figures" }),
  })
  .openapi("RiskArrays")

export type RiskArrayView = z.infer<typeof riskArraySchema>
