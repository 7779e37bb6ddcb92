/**
 * The JSON form of a margin policy and what makes one valid; every error names the field.
 */
import { z } from "zod"
import { EXACT_DECIMAL, parseDecimal } from "../domain/decimal.js"
import { ONE, price, quantity, ratio, usd } from "../domain/fixed.js"

// Each check aborts: what is no number must not reach the rules that compare numbers.
const decimal = z
  .string()
  .regex(EXACT_DECIMAL, { abort: true, error: 'must be a decimal string such as "0.15", at most 18 decimals' })
  .transform(parseDecimal)
const within = (least: bigint, most: bigint, words: string) =>
  decimal.refine(value => value >= least && value <= most, { abort: true, error: `must be ${words}` })

const share = within(0n, ONE, "between 0 and 1").transform(ratio)
const fraction = within(-100n * ONE, 100n * ONE, "between -100 and 100").transform(ratio)
const factor = within(ONE, 100n * ONE, "at least 1").transform(ratio)
const positive = within(1n, 10n ** 36n, "greater than 0")
const seconds = z.number().int().positive()
const symbol = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/)

const scenario = z.strictObject({ price: fraction, volatility: fraction, weight: share })

const riskUnit = z.strictObject({
  // At −100 % or beyond a forward has no logarithm; the extreme scenarios multiply this range.
  priceScanRange: within(1n, ONE - 1n, "between 0 and 1, both excluded").transform(ratio),
  volatilityScanRange: share,
  shortOptionMinimum: share,
})

const tiers = z
  .array(z.strictObject({ upTo: positive.transform(usd).nullable(), haircut: share }))
  .min(1)
  .refine(
    list => list.every((tier, i) => (tier.upTo === null) === (i === list.length - 1)),
    'only the last tier has "upTo": null',
  )
  .refine(list => ascending(list.slice(0, -1).map(tier => tier.upTo ?? 0n)), '"upTo" must rise from tier to tier')
  .refine(
    list =>
      ascending(
        list.map(tier => tier.haircut),
        true,
      ),
    '"haircut" must not fall from tier to tier',
  )

const staleness = z
  .array(z.strictObject({ maxAge: seconds, haircut: share }))
  .min(1)
  .refine(list => ascending(list.map(step => BigInt(step.maxAge))), '"maxAge" must rise from step to step')
  .refine(
    list =>
      ascending(
        list.map(step => step.haircut),
        true,
      ),
    '"haircut" must not fall from step to step',
  )

const thresholds = z
  .strictObject({ maintenance: factor, liquidationEnd: factor, initial: factor })
  .refine(
    t => t.maintenance <= t.liquidationEnd && t.liquidationEnd <= t.initial,
    "must satisfy maintenance ≤ liquidationEnd ≤ initial",
  )

const table = <Value extends z.ZodType>(value: Value) =>
  z.record(symbol, value).transform(record => new Map(Object.entries(record) as [string, z.output<Value>][]))

export const policySchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    version: z.number().int().positive(),
    description: z.string(),
    sources: z.array(z.string()).optional(),
    ticks: z
      .strictObject({ price: positive.transform(price), lot: positive.transform(quantity) })
      .refine(t => (t.price * t.lot) % ONE === 0n, "price × lot must be a multiple of 10^-18"),
    scenarios: z.array(scenario).min(1).max(4096),
    riskUnits: table(riskUnit),
    shortOptionRule: z.enum(["gross", "max"]),
    thresholds,
    collateral: table(tiers),
    liabilities: table(within(0n, 100n * ONE, "between 0 and 100").transform(ratio)),
    staleness,
    liabilityMaxAge: seconds,
    finality: z
      .strictObject({ latest: share, safe: share, finalized: share, processed: share, confirmed: share })
      .transform(record => new Map(Object.entries(record) as [keyof typeof record, z.output<typeof share>][])),
    venues: z.record(z.string(), share).transform(record => new Map(Object.entries(record))),
    prices: z.strictObject({ maxAge: seconds, maxConfidence: share, maxDeviation: share, maxMovePerMinute: share }),
  })
  .superRefine((policy, context) => {
    for (const [unit, { priceScanRange }] of policy.riskUnits) {
      policy.scenarios.forEach((each, i) => {
        if (each.price * priceScanRange > -ONE * ONE) return
        context.addIssue({
          code: "custom",
          path: ["scenarios", i, "price"],
          message: `moves ${unit} by −100 % or more; lower it or the priceScanRange of ${unit}`,
        })
      })
    }
  })

function ascending(values: readonly bigint[], orEqual = false): boolean {
  return values.every((value, i) => {
    const previous = values[i - 1]
    return previous === undefined || value > previous || (orEqual && value === previous)
  })
}
