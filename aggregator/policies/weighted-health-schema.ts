/**
 * The JSON form of a weighted-health policy and what makes one valid; every error names the field.
 */
import { z } from "zod"
import { EXACT_DECIMAL, parseDecimal } from "../domain/decimal.js"
import { ONE, ratio, usd } from "../domain/fixed.js"

// Each check aborts: what is no number must not reach the rules that compare numbers.
const decimal = z
  .string()
  .regex(EXACT_DECIMAL, { abort: true, error: 'must be a decimal string such as "0.15", at most 18 decimals' })
  .transform(parseDecimal)
const within = (least: bigint, most: bigint, words: string) =>
  decimal.refine(value => value >= least && value <= most, { abort: true, error: `must be ${words}` })

const share = within(0n, ONE, "between 0 and 1").transform(ratio)
const factor = within(0n, 100n * ONE, "between 0 and 100").transform(ratio)
const step = within(1n, ONE, "greater than 0 and at most 1").transform(ratio)
const start = within(1n, 10n ** 36n, "greater than 0")
  .transform(usd)
  .nullable()
const symbol = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/)
const market = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}-PERP$/, 'must be a perpetual such as "ETH-PERP"')

// These abort as well: the rules across fields below read finished maps.
/** Initial counts less than maintenance, or the same. */
const assetWeights = z
  .strictObject({ initial: share, maintenance: share })
  .refine(weights => weights.initial <= weights.maintenance, {
    abort: true,
    error: "must satisfy initial ≤ maintenance",
  })
const atLeastOne = within(ONE, 100n * ONE, "between 1 and 100").transform(ratio)
const liabilityWeights = z
  .strictObject({ initial: atLeastOne, maintenance: atLeastOne })
  .refine(weights => weights.initial >= weights.maintenance, {
    abort: true,
    error: "must satisfy initial ≥ maintenance",
  })
/** Margins and premiums ask for more initially, or the same. */
const margins = z
  .strictObject({ initial: factor, maintenance: factor })
  .refine(weights => weights.initial >= weights.maintenance, {
    abort: true,
    error: "must satisfy initial ≥ maintenance",
  })

const asset = z.strictObject({
  assetWeight: assetWeights,
  liabilityWeight: liabilityWeights,
  sizePremium: factor,
  depositScaleStart: start,
  borrowScaleStart: start,
})

const perpetual = z.strictObject({
  settlement: symbol,
  longMargin: margins,
  shortMargin: margins,
  sizePremium: factor,
  gainWeight: assetWeights,
  gainSizePremium: margins,
})

const threshold = z.strictObject({
  weights: z.enum(["initial", "maintenance"]),
  price: z.enum(["oracle", "worse"]),
  scaledByTotals: z.boolean(),
  buffer: share,
})

const table = <Value extends z.ZodType>(key: z.ZodType<string, string>, value: Value) =>
  z.record(key, value).transform(record => new Map<string, z.output<Value>>(Object.entries(record)))

export const weightedHealthSchema = z
  .strictObject({
    kind: z.literal("weighted-health"),
    thresholds: z.strictObject({ initial: threshold, liquidationEnd: threshold, maintenance: threshold }),
    perpetualSettlement: z.enum(["netted", "separate"]),
    orderFee: within(0n, 10n ** 36n, "0 or more").transform(usd),
    steps: z.strictObject({ root: step, premium: step, weight: step }).nullable(),
    assets: table(symbol, asset),
    perpetuals: table(market, perpetual),
  })
  .superRefine(({ assets, perpetuals, steps, thresholds }, context) => {
    for (const [name, { settlement }] of perpetuals) {
      if (!assets.has(settlement))
        context.addIssue({
          code: "custom",
          path: ["perpetuals", name, "settlement"],
          message: `there is no asset ${settlement}; add it under assets`,
        })
    }
    for (const [name, { assetWeight, liabilityWeight }] of assets) {
      for (const set of ["initial", "maintenance"] as const) {
        if (steps && assetWeight[set] % steps.weight !== 0n)
          context.addIssue({
            code: "custom",
            path: ["assets", name, "assetWeight", set],
            message: "must be a multiple of steps.weight",
          })
        if (steps && liabilityWeight[set] % steps.weight !== 0n)
          context.addIssue({
            code: "custom",
            path: ["assets", name, "liabilityWeight", set],
            message: "must be a multiple of steps.weight",
          })
      }
    }
    if (thresholds.maintenance.weights !== "maintenance")
      context.addIssue({
        code: "custom",
        path: ["thresholds", "maintenance", "weights"],
        message: 'must be "maintenance"',
      })
  })
