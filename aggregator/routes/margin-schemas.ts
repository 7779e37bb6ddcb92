/**
 * The margin of an account with all its components, of a supposed one, and the list of accounts.
 */
import { z } from "@hono/zod-openapi"
import { chain, chainStateSchema, decimal, orNull, policyRef, statusSchema, unixSeconds } from "./schemas.js"

const reasonSchema = z.object({ code: z.string(), chain: chain.nullable(), detail: z.string() }).openapi("StatusReason")

const haircutSchema = z.object({ name: z.string(), amount: decimal }).openapi("Haircut")

const collateralSchema = z
  .object({
    chain,
    venue: z.string(),
    asset: z.string().openapi({ description: "CAIP-19" }),
    symbol: z.string(),
    amount: decimal,
    price: orNull(decimal),
    marketValue: decimal,
    haircuts: z.array(haircutSchema),
    collateralValue: decimal,
  })
  .openapi("Collateral")

const debtSchema = z
  .object({
    chain,
    venue: z.string(),
    asset: z.string(),
    symbol: z.string(),
    amount: decimal,
    price: decimal,
    marketValue: decimal,
    haircuts: z.array(haircutSchema),
    liabilityValue: decimal,
  })
  .openapi("Debt")

const positionSchema = z
  .object({
    chain,
    venue: z.string(),
    instrument: z.string().openapi({ example: "ETH-25DEC26-3200-C" }),
    quantity: decimal.openapi({ description: "+ long, − short" }),
    state: z.enum(["active", "expired"]),
    mark: decimal,
    markToMarket: decimal,
    worstScenarioLoss: decimal.openapi({
      description:
        "Loss in the unit's worst scenario; with collateralLoss and otherLoss a unit's add up to its scanning risk",
    }),
    standaloneMargin: decimal.openapi({ description: "Maintenance margin of this position alone" }),
  })
  .openapi("Position")

export const unitSchema = z
  .object({
    underlying: z.string(),
    scanningRisk: decimal,
    worstScenario: z.number().int().nullable(),
    collateralLoss: decimal.openapi({ description: "Of scanned collateral in the worst scenario" }),
    otherLoss: decimal.openapi({ description: "Value discounts, dampeners and roundings of that scenario" }),
    basisLoss: decimal,
    parts: z
      .array(z.object({ name: z.string(), rule: z.enum(["charge", "floor"]), loss: decimal }))
      .openapi({ description: "Parts with scenarios of their own: added to the scan, or the least the unit needs" }),
    shortOptionMinimum: decimal,
    lotRemainder: decimal,
    requirement: decimal,
  })
  .openapi("RiskUnit")

const chargeSchema = z
  .object({
    name: z.string(),
    unit: z.string().nullable(),
    subject: z.string(),
    maintenance: decimal,
    liquidationEnd: decimal,
    initial: decimal,
  })
  .openapi("Charge", { description: "Part of the margin at each threshold; all charges add up to it exactly" })

export const figuresSchema = z
  .object({
    rawEquity: decimal,
    equity: decimal,
    initialMargin: decimal,
    liquidationEndMargin: decimal,
    maintenanceMargin: decimal,
    health: decimal.openapi({ description: "equity − maintenanceMargin" }),
    initialHealth: decimal.openapi({ description: "equity − initialMargin" }),
    healthFactor: orNull(decimal, "equity / maintenanceMargin; null without margin"),
    marginRatio: orNull(decimal),
    standaloneMargin: decimal.openapi({ description: "What the positions would need one by one" }),
  })
  .openapi("MarginFigures")

export const marginSchema = z
  .object({
    account: z.string(),
    addresses: z.array(z.string()),
    status: statusSchema,
    reasons: z.array(reasonSchema),
    figures: orNull(figuresSchema),
    components: z.object({
      collateral: z.array(collateralSchema),
      debts: z.array(debtSchema),
      positions: z.array(positionSchema),
      units: z.array(unitSchema),
      charges: z.array(chargeSchema),
    }),
    chains: z.array(chainStateSchema),
    asOf: unixSeconds,
    policy: policyRef,
    epoch: z.string().nullable().openapi({ description: "Last epoch that attested this account" }),
  })
  .openapi("Margin")

export const simulationSchema = marginSchema
  .pick({ status: true, reasons: true, figures: true, components: true, policy: true })
  .openapi("Simulation")

const accountSchema = z
  .object({
    account: z.string(),
    addresses: z.array(z.string()),
    status: statusSchema,
    figures: orNull(figuresSchema),
    asOf: unixSeconds,
  })
  .openapi("Account")

export const accountListSchema = z
  .object({
    valuationTime: unixSeconds,
    accounts: z.array(accountSchema),
    next: z.string().nullable().openapi({ description: "Cursor of the next page; null on the last" }),
  })
  .openapi("AccountList")

export type Margin = z.infer<typeof marginSchema>
export type Simulation = z.infer<typeof simulationSchema>
