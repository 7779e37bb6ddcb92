/**
 * What `POST /v1/margin/simulate` takes and gives. The command line reads and writes the same shapes.
 */
import { z } from "@hono/zod-openapi"
import { simulationSchema } from "./margin-schemas.js"
import { decimal, givenDecimal, orNull } from "./schemas.js"

const symbol = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/, 'must be a symbol such as "ETH"')
const positive = givenDecimal.refine(text => !text.startsWith("-") && /[1-9]/.test(text), "must be greater than 0")
const unsigned = givenDecimal.refine(text => !text.startsWith("-"), "must not be negative")
const notZero = givenDecimal.refine(text => /[1-9]/.test(text), "must not be 0")
const MAX_LEGS = 500
const MAX_BOOKS = 1_000
const MAX_QUOTES = 2_000

/** A record of bounded size: how many members it has is part of what a request costs. */
const upTo = <Value extends z.ZodType>(key: z.ZodString, value: Value) =>
  z.record(key, value).refine(record => Object.keys(record).length <= MAX_QUOTES, `has at most ${MAX_QUOTES} members`)

const amounts = z.array(z.strictObject({ symbol, amount: unsigned })).max(MAX_LEGS)
const trades = z.array(z.strictObject({ instrument: z.string().max(64), quantity: notZero })).max(MAX_LEGS)
const amountChanges = z
  .array(
    z.strictObject({
      symbol,
      amount: notZero.openapi({ description: "+ adds, − takes away" }),
      chain: z
        .string()
        .max(64)
        .optional()
        .openapi({ description: "CAIP-2; absent: on no chain", example: "eip155:1337" }),
    }),
  )
  .max(MAX_LEGS)

const marketSchema = z
  .strictObject({
    valuationTime: z.number().int().positive().optional(),
    prices: upTo(symbol, positive).default({}),
    volatilities: upTo(z.string().max(64), positive)
      .default({})
      .openapi({ description: "By instrument name; 0.8 is 80 %" }),
    rate: unsigned.optional(),
  })
  .openapi("MarketOverride")

const policyChange = z
  .union([z.string().max(32), z.record(z.string(), z.unknown())], "must be a policy's name or a policy document")
  .openapi({ description: "Name of a shipped policy, or a whole policy document", example: "span16" })

const changesSchema = z
  .strictObject({
    collateral: amountChanges.default([]),
    debts: amountChanges.default([]),
    positions: trades.default([]).openapi({
      description: "Traded on top of what is held, at the mark; a premium is to be stated as a change of collateral",
    }),
    market: marketSchema.optional(),
    volatilityShifts: upTo(symbol, givenDecimal)
      .default({})
      .openapi({ description: "By underlying, added to every volatility; 0.1 is 10 points" }),
    policy: policyChange.optional(),
    unreachable: z
      .array(z.string().max(64))
      .max(64)
      .default([])
      .openapi({ description: "CAIP-2 chains supposed not to answer" }),
  })
  .openapi("Changes")

export const simulateRequestSchema = z
  .strictObject({
    account: z
      .string()
      .max(256)
      .optional()
      .openapi({ description: "Account id or linked CAIP-10 address; absent: the portfolio given here" }),
    policy: z.string().max(32).optional().openapi({ example: "span16" }),
    collateral: amounts.default([]),
    debts: amounts.default([]),
    positions: trades.default([]),
    market: marketSchema.optional().openapi({ description: "Replaces the live market, before and after" }),
    changes: changesSchema.optional(),
  })
  .openapi("SimulateRequest")

const differenceSchema = z
  .object({
    rawEquity: decimal,
    equity: decimal,
    initialMargin: decimal,
    liquidationEndMargin: decimal,
    maintenanceMargin: decimal,
    health: decimal,
    initialHealth: decimal,
    standaloneMargin: decimal,
  })
  .openapi("MarginDifference")

export const simulatedSchema = z
  .object({
    account: z.string().nullable().openapi({ description: "null for a bare portfolio" }),
    before: simulationSchema,
    after: orNull(simulationSchema, "null without changes"),
    difference: orNull(differenceSchema, "after − before; null when either has no figures"),
  })
  .openapi("Simulated")

const issueSchema = z.object({ pointer: z.string(), code: z.string(), detail: z.string() })

export const bulkRequestSchema = z
  .strictObject({
    // Each book is checked on its own, so that one that is wrong stops no other.
    books: z
      .array(z.unknown())
      .min(1)
      .max(MAX_BOOKS)
      .openapi({ description: "Each a SimulateRequest", items: { $ref: "#/components/schemas/SimulateRequest" } }),
  })
  .openapi("BulkSimulateRequest")

export const bulkSchema = z
  .object({
    results: z
      .array(
        z.discriminatedUnion("status", [
          z.object({ status: z.literal("ok"), result: simulatedSchema }),
          z.object({ status: z.literal("error"), code: z.string(), detail: z.string(), errors: z.array(issueSchema) }),
        ]),
      )
      .openapi({ description: "In the order of the books" }),
  })
  .openapi("BulkSimulated")

export type SimulateRequest = z.infer<typeof simulateRequestSchema>
export type Simulated = z.infer<typeof simulatedSchema>
export type BulkSimulated = z.infer<typeof bulkSchema>
