/**
 * The JSON form of a methodology and what makes one valid; every error names the field.
 * Volatility moves are named once and referred to by scenarios; what is left out has no effect.
 */
import { z } from "zod"
import { EXACT_DECIMAL, parseDecimal } from "../domain/decimal.js"
import { ONE, price, quantity, ratio, usd } from "../domain/fixed.js"
import type { Charge, Floor, Methodology, Rates, TailRule, VolatilityMove } from "../domain/methodology.js"

const decimal = z
  .string()
  .regex(EXACT_DECIMAL, { abort: true, error: 'must be a decimal string such as "0.15", at most 18 decimals' })
  .transform(parseDecimal)
const within = (least: bigint, most: bigint, words: string) =>
  decimal.refine(value => value >= least && value <= most, { abort: true, error: `must be ${words}` })

const LARGEST = 10n ** 6n * ONE
const any = within(-LARGEST, LARGEST, "between -1000000 and 1000000").transform(ratio)
const share = within(0n, ONE, "between 0 and 1").transform(ratio)
const factor = within(0n, LARGEST, "between 0 and 1000000").transform(ratio)
const positive = within(1n, LARGEST, "greater than 0").transform(ratio)
const amount = within(0n, 10n ** 36n, "at least 0").transform(usd)
const move = within(1n - ONE, 1000n * ONE, "greater than -1").transform(ratio)
const label = z.string().regex(/^[a-zA-Z][a-zA-Z0-9 -]{0,47}$/)
const symbol = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/)

// At −100 % or beyond a forward has no logarithm.
const scanRange = within(1n, ONE - 1n, "between 0 and 1, both excluded").transform(ratio)

const ZERO = ratio(0n)

/** The liquidation end asks for what maintenance asks for, unless it says otherwise. */
const rates = z
  .strictObject({ maintenance: factor.optional(), liquidationEnd: factor.optional(), initial: factor.optional() })
  .transform(({ maintenance = ZERO, initial = ZERO, liquidationEnd = maintenance }): Rates => {
    return { maintenance, liquidationEnd, initial }
  })

const volatilityMove = z.union([
  z.strictObject({ shift: any }).transform(({ shift }): VolatilityMove => ({ kind: "shift", by: shift })),
  z
    .strictObject({ scale: any, minimum: factor.default(ZERO) })
    .transform(({ scale, minimum }): VolatilityMove => ({ kind: "scale", change: scale, minimum })),
  z
    .strictObject({
      skew: z.enum(["moneyness", "distance"]),
      cap: z.strictObject({ base: any, perRootYear: any }),
      reach: z.strictObject({ minimum: factor, width: factor, level: any, slope: any }),
    })
    .transform(({ skew, cap, reach }): VolatilityMove => ({ kind: "skew", of: skew, cap, reach })),
])

const scenario = z.strictObject({
  price: within(-1000n * ONE, 1000n * ONE, "between -1000 and 1000")
    .transform(ratio)
    .default(ZERO),
  volatility: z.string().optional(),
  daysRolled: factor.default(ZERO),
  weight: factor.default(ratio(ONE)),
  dampener: amount.default(usd(0n)),
  part: label.nullable().default(null),
})

const measure = z.enum(["perpetuals", "options", "shortOptions", "nakedShortOptions", "collateral"])
const source = z.enum(["spot", "perpetual", "forward", "rate", "volatility", "collateral"])
const at = z.enum(["spot", "mark"]).default("spot")

const charge: z.ZodType<Charge> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("notional"),
    name: label,
    of: z.array(measure).min(1),
    at,
    scaled: z.boolean().default(false),
    rates,
  }),
  z.strictObject({
    kind: z.literal("confidence"),
    name: label,
    of: measure,
    at,
    sources: z.array(source).min(1),
    threshold: share,
    rates,
  }),
  z.strictObject({
    kind: z.literal("depeg"),
    name: label,
    of: z.array(measure).min(1),
    threshold: factor,
    rates,
  }),
  z.strictObject({ kind: z.literal("basis"), name: label, up: move, down: move, addition: factor, perYear: factor }),
  z.strictObject({ kind: z.literal("roll"), name: label, minimum: factor, perYear: factor, rates }),
  z.strictObject({
    kind: z.literal("deltaLiquidity"),
    name: label,
    threshold: amount,
    perUnit: factor,
    maximum: share,
    rates,
  }),
  z.strictObject({
    kind: z.literal("settlementLoss"),
    name: label,
    most: share,
    least: share,
    callMaintenance: share,
    putMaintenance: share,
    putMaintenanceOfMark: factor,
    offset: factor,
    unpaired: rates,
  }),
  z.strictObject({ kind: z.literal("calendar"), name: label, amount, rates }),
  z.strictObject({ kind: z.literal("reserved"), name: label, rates }),
])

const spreadCredit = z.strictObject({
  name: label,
  legs: z
    .record(symbol, z.strictObject({ deltaPerSpread: positive, side: z.union([z.literal(1), z.literal(-1)]) }))
    .transform(record => new Map(Object.entries(record)))
    .refine(legs => new Set([...legs.values()].map(leg => leg.side)).size === 2, "a spread has legs on both sides"),
  rate: within(0n, ONE - 1n, "at least 0 and below 1").transform(ratio),
})

const floor: z.ZodType<Floor> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("perUnit"), name: label, of: measure, amount }),
  z.strictObject({ kind: z.literal("notional"), name: label, of: measure, rate: share }),
  z.strictObject({
    kind: z.literal("shortOptions"),
    name: label,
    count: z.enum(["gross", "max"]),
    rates: z.record(symbol, share).transform(record => new Map(Object.entries(record))),
  }),
  z.strictObject({ kind: z.literal("delta"), name: label, net: share, hedged: share }),
])

const valueDiscount = z.strictObject({ base: factor, rateMultiplier: factor, rateAddition: factor })
const depegFactor = z.strictObject({ threshold: factor, factor })
const lossFactor = z.strictObject({ factor, depeg: depegFactor.nullable().default(null) })

const collateralRule = z.strictObject({
  haircuts: z
    .strictObject({ maintenance: share, liquidationEnd: share.optional(), initial: share })
    .transform(({ maintenance, liquidationEnd = maintenance, initial }): Rates => {
      return { maintenance, liquidationEnd, initial }
    }),
  scannedIn: symbol.nullable().default(null),
})

/** One row a scenario, one entry an underlying in the order of `underlyings`. */
const tail = z
  .strictObject({
    level: within(1n, ONE - 1n, "between 0 and 1, both excluded").transform(ratio),
    multiplier: factor,
    decay: within(1n, ONE, "greater than 0 and at most 1").transform(ratio).nullable().default(null),
    underlyings: z.array(symbol).min(1),
    moves: z.array(z.array(move)).min(1).max(4096),
    volatilityMoves: z.array(z.array(move)).optional(),
  })
  .transform(({ underlyings, moves, volatilityMoves, ...rest }, context): TailRule => {
    const width = (rows: readonly (readonly unknown[])[], field: string) =>
      rows.forEach((row, i) => {
        if (row.length !== underlyings.length)
          context.addIssue({ code: "custom", path: [field, i], message: `must have ${underlyings.length} entries` })
      })
    width(moves, "moves")
    if (volatilityMoves) width(volatilityMoves, "volatilityMoves")
    if (volatilityMoves && volatilityMoves.length !== moves.length)
      context.addIssue({ code: "custom", path: ["volatilityMoves"], message: "must have one row for each of moves" })
    const at = (i: number) =>
      new Map(
        underlyings.map((unit, u) => [
          unit,
          { price: moves[i]?.[u] ?? ZERO, volatility: volatilityMoves?.[i]?.[u] ?? ZERO },
        ]),
      )
    return { ...rest, moves: moves.map((_, i) => at(i)) }
  })

export const methodologySchema = z
  .strictObject({
    kind: z.literal("scenarios"),
    tick: within(1n, 10n ** 24n, "greater than 0").transform(price),
    lot: within(1n, 10n ** 24n, "greater than 0")
      .transform(quantity)
      .default(quantity(1n)),
    underlyings: z
      .array(symbol)
      .min(1)
      .transform(list => new Set(list))
      .nullable()
      .default(null),
    cash: symbol.nullable().default(null),
    settlement: z.enum(["cash", "coin"]).default("cash"),
    settlementWindow: z.number().int().nonnegative().max(86_400).default(0),
    discounting: z.boolean().default(false),
    termRule: z
      .strictObject({ pivotDays: positive, floorDays: positive, shortPower: factor, longPower: factor })
      .nullable()
      .default(null),
    volatilityMoves: z.record(label, volatilityMove).default({}),
    scenarios: z.array(scenario).min(1, { abort: true }).max(4096, { abort: true }),
    parts: z
      .record(label, z.enum(["charge", "floor"]))
      .default({})
      .transform(record => new Map(Object.entries(record))),
    scanRanges: z
      .record(symbol, z.strictObject({ price: scanRange, volatility: factor }))
      .default({})
      .transform(record => new Map(Object.entries(record))),
    valueDiscounts: z
      .strictObject({ owned: valueDiscount.nullable().default(null), owed: valueDiscount.nullable().default(null) })
      .default({ owned: null, owed: null }),
    combination: z
      .strictObject({
        offset: within(0n, ONE - 1n, "at least 0 and below 1")
          .transform(ratio)
          .default(ZERO),
        maximumOffset: amount.nullable().default(null),
        correlationStress: share.default(ZERO),
        spreads: z.array(spreadCredit).default([]),
      })
      .default({ offset: ZERO, maximumOffset: null, correlationStress: ZERO, spreads: [] }),
    tail: tail.nullable().default(null),
    charges: z.array(charge).default([]),
    floors: z.array(floor).default([]),
    collateral: z
      .record(symbol, collateralRule)
      .default({})
      .transform(record => new Map(Object.entries(record))),
    collateralIn: z.enum(["cash", "usd"]).default("usd"),
    lossFactors: z
      .strictObject({ maintenance: lossFactor, liquidationEnd: lossFactor.optional(), initial: lossFactor })
      .transform(({ maintenance, liquidationEnd = maintenance, initial }) => ({
        maintenance,
        liquidationEnd,
        initial,
      })),
  })
  .transform(({ volatilityMoves, scenarios, ...rest }, context): Omit<Methodology, "name" | "version"> => {
    const refuse = (index: number, field: "price" | "volatility" | "part", message: string) =>
      context.addIssue({ code: "custom", path: ["scenarios", index, field], message })
    // A part that nothing can cost would be left out without a word.
    const names = (part: string | null) => scenarios.some(each => each.part === part)
    if (!names(null)) context.addIssue({ code: "custom", path: ["scenarios"], message: "leave none for the scan" })
    for (const part of rest.parts.keys())
      if (!names(part)) context.addIssue({ code: "custom", path: ["parts", part], message: "has no scenario" })
    return {
      ...rest,
      scenarios: scenarios.map(({ volatility: name, ...each }, i) => {
        const volatility = name === undefined ? null : (volatilityMoves[name] ?? null)
        if (name !== undefined && volatility === null) refuse(i, "volatility", `names no volatility move "${name}"`)
        if (each.part !== null && !rest.parts.has(each.part)) refuse(i, "part", `names no part "${each.part}"`)
        if (volatility?.kind === "skew" && each.price !== 0n) refuse(i, "price", "a skew move holds the price")
        if (rest.scanRanges.size === 0 && each.price <= -ONE) refuse(i, "price", "must be greater than -1")
        for (const [unit, range] of rest.scanRanges)
          if (each.price * range.price <= -ONE * ONE) refuse(i, "price", `moves ${unit} by −100 % or more`)
        return { ...each, volatility }
      }),
    }
  })
