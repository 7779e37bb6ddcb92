/**
 * The JSON form of a margin policy and what makes one valid; every error names the field.
 */
import { z } from "zod"
import { EXACT_DECIMAL, parseDecimal } from "../domain/decimal.js"
import { ONE, ratio, usd } from "../domain/fixed.js"
import { type CollateralRule, THRESHOLDS } from "../domain/methodology.js"
import { methodologySchema } from "./methodology-schema.js"
import { weightedHealthSchema } from "./weighted-health-schema.js"

// Each check aborts: what is wrong in itself must not reach the rules that compare.
const decimal = z
  .string()
  .regex(EXACT_DECIMAL, { abort: true, error: 'must be a decimal string such as "0.15", at most 18 decimals' })
  .transform(parseDecimal)
const within = (least: bigint, most: bigint, words: string) =>
  decimal.refine(value => value >= least && value <= most, { abort: true, error: `must be ${words}` })

const share = within(0n, ONE, "between 0 and 1").transform(ratio)
const positive = within(1n, 10n ** 36n, "greater than 0")
const seconds = z.number().int().positive()
const symbol = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/)

const tiers = z
  .array(z.strictObject({ upTo: positive.transform(usd).nullable(), haircut: share }))
  .min(1, { abort: true })
  .refine(list => list.every((tier, i) => (tier.upTo === null) === (i === list.length - 1)), {
    abort: true,
    error: 'only the last tier has "upTo": null',
  })
  .refine(list => ascending(list.slice(0, -1).map(tier => tier.upTo ?? 0n)), {
    abort: true,
    error: '"upTo" must rise from tier to tier',
  })
  .refine(
    list =>
      ascending(
        list.map(tier => tier.haircut),
        true,
      ),
    { abort: true, error: '"haircut" must not fall from tier to tier' },
  )

const staleness = z
  .array(z.strictObject({ maxAge: seconds, haircut: share }))
  .min(1)
  .refine(list => ascending(list.map(step => BigInt(step.maxAge))), {
    abort: true,
    error: '"maxAge" must rise from step to step',
  })
  .refine(
    list =>
      ascending(
        list.map(step => step.haircut),
        true,
      ),
    { abort: true, error: '"haircut" must not fall from step to step' },
  )

const table = <Value extends z.ZodType>(value: Value) =>
  z.record(symbol, value).transform(record => new Map(Object.entries(record) as [string, z.output<Value>][]))

export const policySchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    version: z.number().int().positive(),
    description: z.string(),
    sources: z.array(z.string()).min(1),
    methodology: z.discriminatedUnion("kind", [methodologySchema, weightedHealthSchema]),
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
  .superRefine(({ methodology, collateral }, context) => {
    if (methodology.kind === "scenarios") {
      methodology.scenarios.forEach(({ weight }, i) => {
        if (weight > ONE)
          context.addIssue({
            code: "custom",
            path: ["methodology", "scenarios", i, "weight"],
            message: "must be between 0 and 1",
          })
      })
      for (const [asset, rule] of methodology.collateral) {
        if (rule.scannedIn === null || keepsSomething(methodology, rule)) continue
        context.addIssue({
          code: "custom",
          path: ["methodology", "collateral", asset, "scannedIn"],
          message: "could lose more in the scan than it counts for; lower its haircuts, the moves or the loss factors",
        })
      }
      const { maintenance, liquidationEnd, initial } = methodology.lossFactors
      if (maintenance.factor > liquidationEnd.factor || liquidationEnd.factor > initial.factor)
        context.addIssue({
          code: "custom",
          path: ["methodology", "lossFactors"],
          message: "must satisfy maintenance ≤ liquidationEnd ≤ initial",
        })
    }
    const ruled = methodology.kind === "scenarios" ? methodology.collateral : methodology.assets
    for (const asset of collateral.keys()) {
      if (!ruled.has(asset)) continue
      context.addIssue({
        code: "custom",
        path: ["collateral", asset],
        message: `the methodology has a rule for ${asset}; an asset is haircut in one place`,
      })
    }
  })

/** More collateral must never make an account poorer: haircut + factor · largest weighted fall ≤ 1 at every threshold. */
function keepsSomething(
  { scenarios, scanRanges, lossFactors }: z.output<typeof methodologySchema>,
  { haircuts, scannedIn }: CollateralRule,
): boolean {
  const range = scanRanges.get(scannedIn ?? "")?.price ?? ONE
  const fall = scenarios.reduce((most, { price, weight }) => {
    const loss = (-price * range * weight) / (ONE * ONE)
    return loss > most ? loss : most
  }, 0n)
  return THRESHOLDS.every(each => haircuts[each] + (lossFactors[each].factor * fall) / ONE <= ONE)
}

function ascending(values: readonly bigint[], orEqual = false): boolean {
  return values.every((value, i) => {
    const previous = values[i - 1]
    return previous === undefined || value > previous || (orEqual && value === previous)
  })
}
