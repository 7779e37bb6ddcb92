/**
 * Health of token balances, reserved orders and perpetuals as Mango v4's own tests state it.
 * The fixture all its cases share (prices, weights, lot sizes) is not in the file: it is the tables below.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import { ONE, price, quantity } from "../../../aggregator/domain/fixed.js"
import type { ReservedOrders, WeightedAccount, WeightedMarket } from "../../../aggregator/domain/weighted-health.js"
import { assessWeightedHealth } from "../../../aggregator/pipeline/weighted-health/assess.js"
import { POLICY_DOCUMENTS } from "../../../aggregator/policies/shipped.js"
import { loadWeightedHealth } from "../../../aggregator/policies/weighted-health.js"
import { type CaseReport, inexpressible, type VectorFormat } from "./format.js"
import { exactly } from "./printed.js"

const TOKENS = ["token1", "token2", "token3"] as const
const PRICES: Readonly<Record<string, number>> = { token1: 1, token2: 5, token3: 10 }
const BASE_LOT = 10
const QUOTE_LOT = 100

const weights = (asset: [string, string], liability: [string, string]) => ({
  assetWeight: { initial: asset[0], maintenance: asset[1] },
  liabilityWeight: { initial: liability[0], maintenance: liability[1] },
  sizePremium: "0",
})
const margin = { initial: "0.2", maintenance: "0.1" }
const PERPETUAL = {
  settlement: "token1",
  longMargin: margin,
  shortMargin: margin,
  sizePremium: "0",
  gainWeight: { initial: "0.95", maintenance: "0.98" },
  gainSizePremium: { initial: "0", maintenance: "0" },
}
const WEIGHTS: Readonly<Record<string, ReturnType<typeof weights>>> = {
  token1: weights(["0.8", "0.9"], ["1.2", "1.1"]),
  token2: weights(["0.5", "0.7"], ["1.5", "1.3"]),
  token3: weights(["0.5", "0.7"], ["1.5", "1.3"]),
}
const HEALTH_TYPES = { Init: "initial", LiquidationEnd: "liquidationEnd", Maint: "maintenance" } as const

const Settings = z.strictObject({
  deposits: z.number().default(0),
  borrows: z.number().default(0),
  deposit_weight_scale_start_quote: z.number().default(0),
  borrow_weight_scale_start_quote: z.number().default(0),
})
const OpenOrders = z.strictObject({
  native_pc_total: z.number(),
  native_coin_total: z.number(),
  native_pc_free: z.number().default(0),
  native_coin_free: z.number().default(0),
  referrer_rebates_accrued: z.number().default(0),
  note: z.string().optional(),
})
const Inputs = z.strictObject({
  token_balances_native: z.array(z.number()).max(3).default([]),
  token_deposits: z.partialRecord(z.enum(TOKENS), z.number()).default({}),
  spot_open_orders: z
    .record(z.string(), z.strictObject({ reserved_quote: z.number(), reserved_base: z.number() }))
    .default({}),
  open_orders: OpenOrders.optional(),
  open_orders_1_2: OpenOrders.optional(),
  open_orders_1_3: OpenOrders.optional(),
  perp: z
    .strictObject({
      base_lots: z.number(),
      quote_native: z.number(),
      bids_base_lots: z.number(),
      asks_base_lots: z.number(),
      taker_base_lots: z.number().default(0),
      taker_quote_lots: z.number().default(0),
    })
    .optional(),
  settings: z.array(Settings).max(3).default([]),
  /** By market: inverse of the highest bid, lowest ask; 0 is none. */
  sa: z.record(z.string(), z.tuple([z.number(), z.number()])).default({}),
  missing_or_stale_oracles: z.array(z.enum(TOKENS)).default([]),
})
type Inputs = z.infer<typeof Inputs>
const Case = z.object({
  name: z.string(),
  health_type: z.enum(["Init", "LiquidationEnd", "Maint"]),
  inputs: z.unknown(),
  expected_health: z.number(),
  tol: z.number(),
})
const Document = z.object({ cases: z.array(Case).min(1) })

export const mango: VectorFormat = {
  name: "mango",
  recognises: document => Document.safeParse(document).success,
  reports: document => Document.parse(document).cases.map(reportOf),
}

function reportOf({ name, health_type, inputs, expected_health, tol }: z.infer<typeof Case>): CaseReport {
  const parsed = Inputs.safeParse(inputs)
  if (!parsed.success) return inexpressible(name, z.prettifyError(parsed.error).replaceAll("\n", " "))
  const given = parsed.data
  const assessed = assessWeightedHealth(accountOf(given), marketOf(given), policyOf(given))
  const actual =
    assessed.status === "assessed" ? toNumber(assessed.thresholds[HEALTH_TYPES[health_type]].health) : Number.NaN
  return { id: name, checks: [{ name: "health", actual, expected: expected_health, tolerance: tol }], unchecked: [] }
}

/** The shipped rules with the fixture's weights. */
const policyOf = ({ settings }: Inputs) =>
  loadWeightedHealth({
    ...POLICY_DOCUMENTS["weighted-health-mango"].methodology,
    assets: Object.fromEntries(
      TOKENS.map((token, i) => [
        token,
        {
          ...WEIGHTS[token],
          depositScaleStart: startOf(settings[i]?.deposit_weight_scale_start_quote),
          borrowScaleStart: startOf(settings[i]?.borrow_weight_scale_start_quote),
        },
      ]),
    ),
    perpetuals: { "token2-PERP": PERPETUAL },
  })

const startOf = (quote = 0) => (quote === 0 ? null : String(quote))

const marketOf = ({ settings, missing_or_stale_oracles }: Inputs): WeightedMarket => {
  const missing = new Set<string>(missing_or_stale_oracles)
  const priceOf = (token: string) => {
    const oracle = missing.has(token) ? null : price(exactly(PRICES[token] ?? Number.NaN))
    return { oracle, reference: oracle }
  }
  return {
    assets: new Map(
      TOKENS.map((token, i) => [
        token,
        {
          ...priceOf(token),
          deposits: quantity(exactly(settings[i]?.deposits ?? 0)),
          borrows: quantity(exactly(settings[i]?.borrows ?? 0)),
        },
      ]),
    ),
    perpetuals: new Map([["token2-PERP", priceOf("token2")]]),
  }
}

function accountOf(given: Inputs): WeightedAccount {
  const serum = [
    { base: "token2", market: "1", open: given.open_orders ?? given.open_orders_1_2 },
    { base: "token3", market: "2", open: given.open_orders_1_3 },
  ]
  const free = serum.flatMap(({ base, open }) =>
    open ? [balance("token1", open.native_pc_free), balance(base, open.native_coin_free)] : [],
  )
  return {
    balances: [
      ...given.token_balances_native.map((amount, i) => balance(TOKENS[i] ?? "", amount)),
      ...Object.entries(given.token_deposits).map(([token, amount]) => balance(token, amount)),
      ...free,
    ],
    spotOrders: [
      ...Object.entries(given.spot_open_orders).map(([market, { reserved_base, reserved_quote }]) =>
        reserved(baseOf(market), reserved_base, reserved_quote, given),
      ),
      ...serum.flatMap(({ base, open }) =>
        open
          ? [
              reserved(
                base,
                open.native_coin_total - open.native_coin_free,
                open.native_pc_total - open.native_pc_free,
                given,
              ),
            ]
          : [],
      ),
    ],
    perpetuals: given.perp ? [perpetualOf(given.perp)] : [],
  }
}

const balance = (symbol: string, amount: number) => ({ symbol, amount: quantity(exactly(amount)) })

function baseOf(market: string): string {
  const base = /^base=(\w+),quote=token1$/.exec(market)?.[1]
  if (!base) throw new RangeError(`"${market}" names no market against token1`)
  return base
}

function reserved(base: string, baseAmount: number, quoteAmount: number, { sa }: Inputs): ReservedOrders {
  const [inverseBid, lowestAsk] = sa[base === "token2" ? "1" : "2"] ?? [0, 0]
  return {
    kind: "reserved",
    base,
    quote: "token1",
    baseReserved: quantity(exactly(baseAmount)),
    quoteReserved: quantity(exactly(quoteAmount)),
    highestBid: inverseBid === 0 ? null : price((ONE * ONE) / exactly(inverseBid)),
    lowestAsk: lowestAsk === 0 ? null : price(exactly(lowestAsk)),
  }
}

const perpetualOf = (perp: NonNullable<Inputs["perp"]>) => {
  const lots = (count: number) => quantity(exactly(count * BASE_LOT))
  return {
    market: "token2-PERP",
    base: lots(perp.base_lots + perp.taker_base_lots),
    quote: quantity(exactly(perp.quote_native + perp.taker_quote_lots * QUOTE_LOT)),
    bids: lots(perp.bids_base_lots),
    asks: lots(perp.asks_base_lots),
    orders: 0,
  }
}
