/**
 * Weights, margins and health as the tests of Drift and the guide of marginfi print them.
 * An input nobody here knows makes a case inexpressible: it is never left out of the calculation in silence.
 */
import { z } from "zod"
import { formatDecimal, toNumber } from "../../../aggregator/domain/decimal.js"
import { ONE, type Price, price, quantity, ratio, usd } from "../../../aggregator/domain/fixed.js"
import type { WeightedAccount, WeightedFigures, WeightedMarket } from "../../../aggregator/domain/weighted-health.js"
import { largestBorrow } from "../../../aggregator/insight/largest-borrow.js"
import { assessWeightedHealth } from "../../../aggregator/pipeline/weighted-health/assess.js"
import { assetWeightAt, liabilityWeightAt, termsOf } from "../../../aggregator/pipeline/weighted-health/weights.js"
import { POLICY_DOCUMENTS } from "../../../aggregator/policies/shipped.js"
import { loadWeightedHealth } from "../../../aggregator/policies/weighted-health.js"
import { type CaseReport, type Check, inexpressible, type VectorFormat } from "./format.js"
import { exactly, lastPlace } from "./printed.js"

const Case = z.object({
  id: z.string(),
  venue: z.string(),
  kind: z.string(),
  inputs: z.unknown(),
  expected: z.union([z.number(), z.record(z.string(), z.number())]),
  tol: z.number().optional(),
})
type Case = z.infer<typeof Case>
const Document = z.object({ cases: z.array(Case).min(1) })

export const health: VectorFormat = {
  name: "health",
  recognises: document => Document.safeParse(document).success,
  reports: document => Document.parse(document).cases.map(reportOf),
}

type Expressed = Readonly<Record<string, number>>

const expressions: Readonly<Record<string, (inputs: unknown) => Expressed>> = {
  asset_weight_size_adj: inputs => sizeAdjusted(inputs, assetWeightAt),
  liab_weight_size_adj: inputs => sizeAdjusted(inputs, liabilityWeightAt),
  scaled_initial_asset_weight: scaledWeight,
  margin: margined,
  liquidation_buffer: margined,
  equity: margined,
  max_borrow: lent,
  maint_health: lent,
  init_health: lent,
}
/** Which of the expressed numbers a case with one expected number means. */
const SINGLE: Readonly<Record<string, string>> = {
  asset_weight_size_adj: "weight",
  liab_weight_size_adj: "weight",
  scaled_initial_asset_weight: "weight",
  equity: "equity",
  max_borrow: "max_borrow",
  maint_health: "maint_health",
  init_health: "init_health",
}

function reportOf({ id, kind, inputs, expected, tol }: Case): CaseReport {
  const express = expressions[kind]
  if (!express) return inexpressible(id, `no such kind: ${kind}`)
  let expressed: Expressed
  try {
    expressed = express(inputs)
  } catch (error) {
    if (error instanceof z.ZodError) return inexpressible(id, z.prettifyError(error).replaceAll("\n", " "))
    throw error
  }
  const fields = typeof expected === "number" ? { [SINGLE[kind] ?? kind]: expected } : expected
  const known = Object.entries(fields).filter(([field]) => field in expressed)
  return {
    id,
    checks: known.map(
      ([name, value]): Check => ({
        name,
        actual: expressed[name] ?? Number.NaN,
        expected: value,
        tolerance: tol ?? (name === "max_borrow" ? lastPlace(value) : exactness(name, value)),
      }),
    ),
    unchecked: Object.keys(fields)
      .filter(field => !(field in expressed))
      .map(field => ({ field, reason: `a case of kind ${kind} has no such figure here` })),
  }
}

/** Weights are whole numbers; of the rest, only what writing a decimal as a double costs. */
const exactness = (name: string, value: number) => (name === "weight" ? 0 : 1e-12 * Math.max(1, Math.abs(value)))

const DRIFT = POLICY_DOCUMENTS["weighted-health-drift"].methodology
const driftSteps = loadWeightedHealth(DRIFT).steps
const basisPoints = (weight: bigint) => Number((weight * 10_000n) / ONE)
const fromBasisPoints = (weight: number) => ratio((exactly(weight) * ONE) / exactly(10_000))

const SizeAdjusted = z.strictObject({
  size_tokens: z.number(),
  price: z.number(),
  imf_factor_1e6: z.number(),
  base_weight_1e4: z.number(),
})

function sizeAdjusted(inputs: unknown, weightAt: typeof liabilityWeightAt): Expressed {
  const given = SizeAdjusted.parse(inputs)
  const base = fromBasisPoints(given.base_weight_1e4)
  const terms = {
    assetWeight: base,
    liabilityWeight: base,
    sizePremium: ratio(exactly(given.imf_factor_1e6) / 1_000_000n),
    steps: driftSteps,
  }
  return { weight: basisPoints(weightAt(quantity(exactly(given.size_tokens)), terms)) }
}

const ScaledWeight = z.strictObject({
  weight: z.number(),
  start_usd: z.number(),
  price: z.number(),
  deposits: z.number(),
})

function scaledWeight(inputs: unknown): Expressed {
  const given = ScaledWeight.parse(inputs)
  const weight = fromBasisPoints(given.weight)
  const asset = {
    assetWeight: { initial: weight, maintenance: weight },
    liabilityWeight: { initial: ratio(ONE), maintenance: ratio(ONE) },
    sizePremium: ratio(0n),
    depositScaleStart: usd(exactly(given.start_usd)),
    borrowScaleStart: null,
  }
  const totals = { deposits: quantity(exactly(given.deposits)), borrows: quantity(0n) }
  return {
    weight: basisPoints(termsOf(asset, "initial", totals, price(exactly(given.price)), driftSteps).assetWeight),
  }
}

const amount = z.number().default(0)
/** `undefined` where the case is silent: then 1 for prices and weights. */
const Margined = z.strictObject({
  usdc: amount,
  usdc_deposit: amount,
  borrow_usdc: amount,
  usdc_borrow: amount,
  sol: amount,
  sol_deposit: amount,
  borrow_sol: amount,
  sol_borrow: amount,
  open_ask_sol: amount,
  open_bid_sol: amount,
  usdc_oracle: z.number().optional(),
  oracle: z.number().optional(),
  usdc_twap5m: z.number().optional(),
  twap5m: z.number().optional(),
  sol_price: z.number().optional(),
  sol_oracle: z.number().optional(),
  sol_twap5m: z.number().optional(),
  asset_w: z.number().optional(),
  liab_w: z.number().optional(),
  usdc_w: z.number().optional(),
  strict: z.boolean().default(false),
  perp_base: amount,
  perp_quote: z.number().optional(),
  perp_price: z.number().optional(),
  price: z.number().optional(),
  margin_ratio: z.number().optional(),
  buffer: amount,
  /** Says in words what the case shows. */
  worst_case: z.string().optional(),
})
type Margined = z.infer<typeof Margined>

const decimal = (number: number) => formatDecimal(exactly(number))
const both = (weight: number) => ({ initial: decimal(weight), maintenance: decimal(weight) })
const asset = (assetWeight: number, liabilityWeight: number) => ({
  assetWeight: both(assetWeight),
  liabilityWeight: both(liabilityWeight),
  sizePremium: "0",
  depositScaleStart: null,
  borrowScaleStart: null,
})

function margined(inputs: unknown): Expressed {
  const given = Margined.parse(inputs)
  const policy = loadWeightedHealth({
    ...DRIFT,
    thresholds: {
      ...DRIFT.thresholds,
      liquidationEnd: { ...DRIFT.thresholds.liquidationEnd, buffer: decimal(given.buffer) },
    },
    assets: { USDC: asset(given.usdc_w ?? 1, 1), SOL: asset(given.asset_w ?? 1, given.liab_w ?? 1) },
    perpetuals: {
      "SOL-PERP": {
        settlement: "USDC",
        longMargin: both(given.margin_ratio ?? 0),
        shortMargin: both(given.margin_ratio ?? 0),
        sizePremium: "0",
        gainWeight: both(1),
        gainSizePremium: both(0),
      },
    },
  })
  const assessed = assessWeightedHealth(driftAccount(given), driftMarket(given), policy)
  if (assessed.status !== "assessed") return { total_collateral: Number.NaN, equity: Number.NaN }
  // Only the initial threshold looks at the average; a case that is not strict has none to look at.
  const { initial, liquidationEnd } = assessed.thresholds
  const lossBuffer = requirementOf(liquidationEnd, "loss-buffer")
  return {
    total_collateral: toNumber(initial.collateral),
    margin_requirement: toNumber(initial.requirement),
    total_collateral_plus_buffer: toNumber(liquidationEnd.collateral - lossBuffer),
    margin_requirement_plus_buffer: toNumber(liquidationEnd.requirement - lossBuffer),
    equity: toNumber(assessed.equity),
  }
}

const requirementOf = ({ lines }: WeightedFigures, kind: string) =>
  lines.filter(line => line.kind === kind).reduce((sum, line) => sum + line.requirement, 0n)

function driftAccount(given: Margined): WeightedAccount {
  const usdc = given.usdc + given.usdc_deposit - given.borrow_usdc - given.usdc_borrow
  const sol = given.sol + given.sol_deposit - given.borrow_sol - given.sol_borrow
  const [bids, asks] = [given.open_bid_sol, given.open_ask_sol]
  const perpPrice = given.perp_price ?? given.price ?? 0
  // Without a quote amount the position was entered at today's price.
  const quote = given.perp_quote ?? -given.perp_base * perpPrice
  const none = quantity(0n)
  return {
    balances: [
      { symbol: "USDC", amount: quantity(exactly(usdc)) },
      { symbol: "SOL", amount: quantity(exactly(sol)) },
    ],
    spotOrders: [
      {
        kind: "unreserved",
        base: "SOL",
        quote: "USDC",
        bids: quantity(exactly(bids)),
        asks: quantity(exactly(asks)),
        count: Number(bids > 0) + Number(asks > 0),
      },
    ],
    perpetuals:
      given.perp_base === 0 && quote === 0
        ? []
        : [
            {
              market: "SOL-PERP",
              base: quantity(exactly(given.perp_base)),
              quote: quantity(exactly(quote)),
              bids: none,
              asks: none,
              orders: 0,
            },
          ],
  }
}

function driftMarket(given: Margined): WeightedMarket {
  const priceOr = (number: number | undefined, otherwise: Price | null) =>
    number === undefined ? otherwise : price(exactly(number))
  const totals = { deposits: quantity(0n), borrows: quantity(0n) }
  const average = (number: number | undefined) => (given.strict ? priceOr(number, null) : null)
  return {
    assets: new Map([
      [
        "USDC",
        {
          ...totals,
          oracle: priceOr(given.usdc_oracle ?? given.oracle, price(ONE)),
          reference: average(given.usdc_twap5m ?? given.twap5m),
        },
      ],
      [
        "SOL",
        {
          ...totals,
          oracle: priceOr(given.sol_price ?? given.sol_oracle, null),
          reference: average(given.sol_twap5m),
        },
      ],
    ]),
    // A position that is only a quote amount has a price that does not matter.
    perpetuals: new Map([
      ["SOL-PERP", { oracle: priceOr(given.perp_price ?? given.price, price(ONE)), reference: null }],
    ]),
  }
}

const Lent = z.strictObject({
  A: amount,
  B: amount,
  deposit_A: amount,
  borrow_B: amount,
  price_A: z.number().default(1),
  price_B: z.number().default(1),
  init_asset: z.number(),
  init_liab: z.number(),
  maint_asset: z.number(),
  maint_liab: z.number(),
})

function lent(inputs: unknown): Expressed {
  const given = Lent.parse(inputs)
  const rules = {
    assetWeight: { initial: decimal(given.init_asset), maintenance: decimal(given.maint_asset) },
    liabilityWeight: { initial: decimal(given.init_liab), maintenance: decimal(given.maint_liab) },
    sizePremium: "0",
    depositScaleStart: null,
    borrowScaleStart: null,
  }
  const policy = loadWeightedHealth({
    ...POLICY_DOCUMENTS["weighted-health-marginfi"].methodology,
    assets: { A: rules, B: rules },
  })
  const account: WeightedAccount = {
    balances: [
      { symbol: "A", amount: quantity(exactly(given.A + given.deposit_A)) },
      { symbol: "B", amount: quantity(-exactly(given.B + given.borrow_B)) },
    ],
    spotOrders: [],
    perpetuals: [],
  }
  const quoted = (number: number) => ({
    oracle: price(exactly(number)),
    reference: null,
    deposits: quantity(0n),
    borrows: quantity(0n),
  })
  const market: WeightedMarket = {
    assets: new Map([
      ["A", quoted(given.price_A)],
      ["B", quoted(given.price_B)],
    ]),
    perpetuals: new Map(),
  }
  const assessed = assessWeightedHealth(account, market, policy)
  if (assessed.status !== "assessed") return { maint_health: Number.NaN }
  return {
    max_borrow: toNumber(largestBorrow(account, market, policy, "B") ?? 0n),
    init_health: toNumber(assessed.thresholds.initial.health),
    maint_health: toNumber(assessed.thresholds.maintenance.health),
  }
}
