/**
 * What `GET …/liquidation` gives: bands, the plan of a liquidator, the plan of the owner.
 */
import { z } from "@hono/zod-openapi"
import { figuresSchema } from "./margin-schemas.js"
import { accountAsOf, chain, decimal, orNull, statusSchema } from "./schemas.js"

const bandSchema = z.object({ from: decimal, to: decimal }).openapi("PriceBand")

const bandsSchema = z
  .object({
    symbol: z.string(),
    price: orNull(decimal),
    range: z
      .object({ from: decimal, to: decimal, tick: decimal })
      .openapi({ description: "Prices that were searched" }),
    bands: z.array(bandSchema).openapi({
      description:
        "Where equity < maintenance margin, ascending, ends rounded outward to ticks; one at the range's end may go on",
    }),
    undecided: z
      .array(bandSchema)
      .openapi({ description: "Where the search was cut short; empty for nearly every book" }),
    nearestBelow: orNull(decimal, "Nearest band's end at or below the price; null for none"),
    nearestAbove: orNull(decimal),
  })
  .openapi("LiquidationBands")

const planStatus = z.enum(["planned", "none-needed", "insufficient", "unavailable"]).openapi("PlanStatus")

const closeSchema = z
  .object({
    status: planStatus,
    steps: z.array(
      z.object({
        kind: z.enum(["close", "repay"]),
        chain,
        venue: z.string(),
        subject: z.string().openapi({ description: "Instrument closed, or symbol of the debt repaid" }),
        amount: decimal.openapi({ description: "Units traded to close, + bought; or units repaid" }),
        soldSymbol: z.string().nullable().openapi({ description: "Collateral that pays for a repayment" }),
        soldAmount: orNull(decimal),
        cost: decimal,
      }),
    ),
    cost: orNull(decimal, "Σ costs, USD"),
    largestFirstCost: orNull(decimal, "What closing the largest first would cost"),
    shortfall: orNull(decimal, "When insufficient: what no closing restores"),
    after: orNull(figuresSchema),
  })
  .openapi("LiquidationPlan")

const topUpSchema = z
  .object({
    status: planStatus,
    target: z.enum(["maintenance", "liquidationEnd", "initial"]),
    steps: z.array(
      z.object({
        kind: z.enum(["deposit", "repay"]),
        chain,
        venue: z.string(),
        asset: z.string(),
        symbol: z.string(),
        amount: decimal,
        capital: decimal,
        gas: decimal,
      }),
    ),
    total: orNull(decimal, "Σ capital + gas, USD"),
    after: orNull(figuresSchema),
  })
  .openapi("TopUpPlan")

export const liquidationSchema = z
  .object({
    account: z.string(),
    status: statusSchema,
    ...accountAsOf,
    bands: z
      .array(bandsSchema)
      .nullable()
      .openapi({ description: "One a symbol held; null when there are no figures" }),
    plan: closeSchema,
    topUp: topUpSchema,
    costs: z
      .object({ name: z.string(), version: z.number().int() })
      .openapi({ description: "The cost table reckoned with" }),
  })
  .openapi("Liquidation")

export type Liquidation = z.infer<typeof liquidationSchema>
