/**
 * Portfolio margin of coin-settled books: a venue's simulation parameters as a methodology document, results in coin.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import { parseInstrument } from "../../../aggregator/domain/instrument.js"
import type { Book, BookMarket, ExpiryMarket, HeldPosition } from "../../../aggregator/domain/margin-book.js"
import { assessBooks } from "../../../aggregator/pipeline/margin/assess-book.js"
import deribitDocument from "../../../aggregator/policies/deribit.json" with { type: "json" }
import { loadMethodology } from "../../../aggregator/policies/methodology.js"
import type { Kernel } from "../../../wasm-core/kernel.js"
import type { CaseReport, Check } from "../formats/format.js"
import { decimal, EXACT_LOT, priceOf, quantityOf, ratioOf, sum, usdOf } from "./numbers.js"

const TOLERANCE = 1e-6
const numbers = z.array(z.number())

const Case = z.object({
  id: z.string(),
  timestamp_ms: z.number(),
  inputs: z.object({
    index_price: z.number(),
    positions: z.array(z.object({ instrument: z.string(), size_btc: z.number(), mark: z.number() })).min(1),
    params: z.object({
      price_range: z.number(),
      buckets_count: z.number().int().positive(),
      volatility_range_up: z.number(),
      volatility_range_down: z.number(),
      short_term_vega_power: z.number(),
      long_term_vega_power: z.number(),
      min_volatility_for_shock_up: z.number(),
      extended_table_factor: z.number(),
      m_inc: z.number(),
      max_delta_shock: z.number(),
      delta_total_liq_shock_threshold_usd: z.number(),
      currency_btc: z.object({
        annualised_move_risk: z.number(),
        min_annualised_move: z.number(),
        extended_dampener: z.number(),
      }),
      mm_factor: z.number(),
    }),
    open_orders_margin: z.number(),
    mmp_margin: z.number(),
  }),
  expected: z.object({
    price_moves: numbers,
    risk_vector_perp_per_bucket: numbers,
    risk_vector_future_per_bucket: numbers,
    aggregated_per_bucket: numbers,
    extended_perp_at: numbers,
    extended_perp: numbers,
    extended_aggregated_after_dampener: numbers,
    worst_case: z.number(),
    roll_shock: z.number(),
    delta_shock: z.number(),
    risk_matrix_margin: z.number(),
    initial_margin: z.number(),
    maintenance_margin: z.number(),
  }),
})
type Case = z.infer<typeof Case>

export const isCoinSettled = (given: unknown): boolean => Case.safeParse(given).success

function documentOf({ inputs: { params }, expected }: Case): unknown {
  const { price_range: range, currency_btc: coin } = params
  const buckets = Array.from({ length: 2 * params.buckets_count + 1 }, (_, i) => i - params.buckets_count)
  const factor = decimal(params.mm_factor)
  const replaced: Record<string, object> = {
    roll: {
      minimum: decimal(coin.min_annualised_move),
      perYear: decimal(coin.annualised_move_risk),
      rates: { maintenance: factor, initial: "1" },
    },
    delta: {
      threshold: decimal(params.delta_total_liq_shock_threshold_usd),
      perUnit: decimal(params.m_inc),
      maximum: decimal(params.max_delta_shock),
      rates: { maintenance: factor, initial: "1" },
    },
  }
  return {
    ...deribitDocument.methodology,
    tick: "0.000000001",
    lot: EXACT_LOT,
    underlyings: null,
    termRule: {
      pivotDays: "30",
      floorDays: "0.000000000000000001",
      shortPower: decimal(params.short_term_vega_power),
      longPower: decimal(params.long_term_vega_power),
    },
    volatilityMoves: {
      up: { scale: decimal(params.volatility_range_up), minimum: decimal(params.min_volatility_for_shock_up) },
      down: { scale: decimal(-params.volatility_range_down) },
    },
    scenarios: [
      ...buckets.flatMap(bucket => {
        const price = decimal((range * bucket) / params.buckets_count)
        return [{ price, volatility: "up" }, { price }, { price, volatility: "down" }]
      }),
      ...expected.extended_perp_at.map(move => {
        const size = Math.abs(move)
        const weight = (params.extended_table_factor * (range / size) * (1 + move)) / (1 + Math.sign(move) * range)
        const dampener = (Math.max(size / range, 1) - 1) * coin.extended_dampener
        return { price: decimal(move), volatility: "up", weight: decimal(weight), dampener: decimal(dampener) }
      }),
    ],
    charges: deribitDocument.methodology.charges.map(each => ({ ...each, ...replaced[each.name] })),
    lossFactors: { maintenance: { factor }, initial: { factor: "1" } },
  }
}

const positionOf = ({ instrument, size_btc: size }: Case["inputs"]["positions"][number]): HeldPosition => ({
  instrument: parseInstrument(instrument.replace(/-PERPETUAL$/, "-PERP")),
  quantity: quantityOf(size),
  volatility: ratioOf(0),
  unsettled: usdOf(0),
})

const bookOf = (id: string, positions: readonly HeldPosition[], reserved: number): Book => ({
  id,
  cash: usdOf(0),
  collateral: [],
  positions,
  reserved: usdOf(reserved),
})

function marketOf({ timestamp_ms, inputs }: Case): BookMarket {
  const certain = { forward: ratioOf(1), rate: ratioOf(1), volatility: ratioOf(1) }
  const expiries = inputs.positions.flatMap(({ instrument, mark }): [number, ExpiryMarket][] => {
    const parsed = parseInstrument(instrument.replace(/-PERPETUAL$/, "-PERP"))
    const quoted = { forward: priceOf(mark), fixed: null, rate: ratioOf(0), confidence: certain }
    return parsed.kind === "future" ? [[parsed.expiry, quoted]] : []
  })
  const perpetual = inputs.positions.find(each => each.instrument.endsWith("-PERPETUAL"))
  return {
    valuationTime: timestamp_ms / 1000,
    cashPrice: priceOf(1),
    units: new Map([
      [
        "BTC",
        {
          spot: priceOf(inputs.index_price),
          spotConfidence: ratioOf(1),
          perpetual: perpetual ? { price: priceOf(perpetual.mark), confidence: ratioOf(1) } : null,
          expiries: new Map(expiries),
        },
      ],
    ]),
  }
}

export function coinSettledReport(given: unknown, kernel: Kernel): CaseReport {
  const printed = Case.parse(given)
  const { inputs, expected } = printed
  const methodology = loadMethodology(documentOf(printed))
  const positions = inputs.positions.map(positionOf)
  const inCoin = (value: bigint | undefined) =>
    value === undefined ? Number.NaN : toNumber(value) / inputs.index_price
  const reserved = (inputs.open_orders_margin + inputs.mmp_margin) * inputs.index_price
  const books = [bookOf("all", positions, reserved), ...positions.map((each, i) => bookOf(String(i), [each], 0))]
  const [all, ...alone] = assessBooks(kernel, methodology, books, marketOf(printed))
  const unit = all?.units[0]
  if (!all || !unit) throw new RangeError("the book has one risk unit")
  const check = (name: string, actual: number, value = Number.NaN): Check => {
    return { name, actual, expected: value, tolerance: TOLERANCE }
  }
  const everyPnl = (of: { pnlAt(scenario: number): bigint } | undefined) =>
    of ? methodology.scenarios.map((_, s) => of.pnlAt(s)) : []
  const grid = expected.price_moves.length * 3
  /** Before the dampener, which acts on the book as a whole. */
  const vectorOf = (kind: string) => {
    const place = positions.findIndex(each => each.instrument.kind === kind)
    return everyPnl(alone[place]?.units[0]?.groups[0])
  }
  const perBucket = (name: string, pnl: readonly bigint[], values: readonly number[]) =>
    values.flatMap((value, bucket) =>
      [0, 1, 2].map(volatility => {
        const s = 3 * bucket + volatility
        return check(`${name}[${s}]`, inCoin(pnl[s]), value)
      }),
    )
  const losses = everyPnl(unit).map(each => (each < 0n ? each : 0n))
  const charged = (name: string) =>
    sum(all.charges.filter(each => each.name === name).map(each => each.amounts.initial)) / inputs.index_price
  const { initial, maintenance } = all.thresholds
  return {
    id: printed.id,
    unchecked: [],
    checks: [
      ...expected.price_moves.map((move, i) =>
        check(`price_moves[${i}]`, toNumber(methodology.scenarios[3 * i]?.price ?? ratioOf(Number.NaN)), move),
      ),
      ...perBucket("risk_vector_perp", vectorOf("perpetual"), expected.risk_vector_perp_per_bucket),
      ...perBucket("risk_vector_future", vectorOf("future"), expected.risk_vector_future_per_bucket),
      ...perBucket("aggregated", losses, expected.aggregated_per_bucket),
      ...expected.extended_perp.map((value, i) =>
        check(`extended_perp[${i}]`, inCoin(vectorOf("perpetual")[grid + i]), value),
      ),
      ...expected.extended_aggregated_after_dampener.map((value, i) =>
        check(`extended_aggregated[${i}]`, inCoin(losses[grid + i]), value),
      ),
      check("worst_case", inCoin(unit.scanningLoss), expected.worst_case),
      check("roll_shock", charged("roll"), expected.roll_shock),
      check("delta_shock", charged("delta"), expected.delta_shock),
      check(
        "risk_matrix_margin",
        inCoin(unit.scanningLoss) + charged("roll") + charged("delta"),
        expected.risk_matrix_margin,
      ),
      check("initial_margin", inCoin(initial.requirement), expected.initial_margin),
      check("maintenance_margin", inCoin(maintenance.requirement), expected.maintenance_margin),
    ],
  }
}
