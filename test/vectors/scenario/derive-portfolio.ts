/**
 * Derive's portfolio-margin cases: parameters as a methodology document, inputs as a book and a market, results as checks.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import { ONE, ratio } from "../../../aggregator/domain/fixed.js"
import type { OptionInstrument } from "../../../aggregator/domain/instrument.js"
import type { Book, BookMarket, HeldPosition } from "../../../aggregator/domain/margin-book.js"
import { assessBooks, type BookAssessment } from "../../../aggregator/pipeline/margin/assess-book.js"
import { loadMethodology } from "../../../aggregator/policies/methodology.js"
import pmrm1Document from "../../../aggregator/policies/pmrm-1.json" with { type: "json" }
import pmrm2Document from "../../../aggregator/policies/pmrm-2.json" with { type: "json" }
import type { Kernel } from "../../../wasm-core/kernel.js"
import type { CaseReport, Check } from "../formats/format.js"
import { decimal, EXACT_LOT, priceOf, quantityOf, ratioOf, sum, usdOf } from "./numbers.js"

const UNIT = "ETH"
/** Any day will do: only the time to expiry matters. */
export const NOW = 1_750_000_000

/** The finest tick at which three times the highest price is still a whole number that f64 holds. */
function finestTick(prices: readonly number[]): string {
  const room = Math.floor(Math.log10(Number.MAX_SAFE_INTEGER / (3 * Math.max(...prices))))
  return decimal(10 ** -Math.min(room, 12))
}

const numbers = z.array(z.number())

const Parameters2 = z.object({
  Scenarios: z.array(
    z.object({
      SpotShock: z.number(),
      VolShockDirection: z.enum(["Up", "None", "Down", "LINEAR", "ABS"]),
      DampeningFactor: z.number(),
    }),
  ),
  SkewShock: z.record(z.string(), z.number()),
  VolShock: z.record(z.string(), z.number()),
  Margin: z.record(z.string(), z.number()),
  BasisContingency: z.record(z.string(), z.number()),
  OtherContingency: z.record(z.string(), z.number()),
})

const Case2 = z.object({
  id: z.string(),
  params_ref: z.string(),
  inputs: z.object({
    cash: z.number(),
    spot: z.number(),
    spot_confidence: z.number(),
    stable_price: z.number(),
    perp: z.object({
      amount: z.number(),
      price: z.number(),
      confidence: z.number(),
      unrealised_pnl: z.number(),
      unrealised_funding: z.number(),
    }),
    collaterals: z.array(
      z.object({
        name: z.string(),
        amount: z.number(),
        price: z.number(),
        confidence: z.number(),
        risk_cancelling: z.boolean(),
        mm_haircut: z.number(),
        im_haircut_extra: z.number(),
      }),
    ),
    expiries: z.array(
      z.object({
        sec_to_expiry: z.number(),
        forward: z.number(),
        forward_confidence: z.number(),
        rate: z.number(),
        rate_confidence: z.number(),
        vol_confidence: z.number(),
      }),
    ),
    options: z.array(
      z.object({
        sec_to_expiry: z.number(),
        strike: z.number(),
        is_call: z.boolean(),
        amount: z.number(),
        mark_vol: z.number(),
      }),
    ),
  }),
  expected: z.object({
    scenario_pnl: numbers,
    vol_shock_up_mult: numbers,
    vol_shock_down_mult: numbers,
    static_discounts: z.array(numbers),
    basis_contingency: z.number(),
    option_mtm: z.number(),
    collateral_mtm: z.number(),
    portfolio_mtm: z.number(),
    mm_perp_cont: z.number(),
    im_perp_cont: z.number(),
    mm_option_cont: z.number(),
    im_option_cont: z.number(),
    mm_collateral_haircut: z.number(),
    im_collateral_haircut: z.number(),
    oracle_cont: z.number(),
    IM: z.number(),
    MM: z.number(),
  }),
})
type Case2 = z.infer<typeof Case2>

/** A parameter by its printed name; a missing one is a broken file, never a zero. */
function reader(parameters: Readonly<Record<string, number>>) {
  return (name: string): string => {
    const value = parameters[name]
    if (value === undefined) throw new RangeError(`no parameter ${name}`)
    return decimal(value)
  }
}

const MOVES = { Up: "up", Down: "down", LINEAR: "linear skew", ABS: "distance skew" } as const
const plus = (a: string, b: string) => decimal(Number(a) + Number(b))

/** The shipped document with a test case's parameters in their places. */
function document2(parameters: z.infer<typeof Parameters2>, { inputs }: Case2): unknown {
  const skewOf = reader(parameters.SkewShock)
  const volatility = reader(parameters.VolShock)
  const margin = reader(parameters.Margin)
  const basis = reader(parameters.BasisContingency)
  const other = reader(parameters.OtherContingency)
  const skew = (of: "moneyness" | "distance", prefix: "LINEAR" | "ABS") => ({
    skew: of,
    cap: { base: skewOf(`${prefix}_SCALE_CAP`), perRootYear: skewOf(`${prefix}_CBASE`) },
    reach: {
      minimum: skewOf("MIN_K_STAR"),
      width: skewOf("MIN_WIDTH_SCALE"),
      level: skewOf("VOL_PARAM_STATIC"),
      slope: skewOf("VOL_PARAM_SCALE"),
    },
  })
  const replaced: Record<string, object> = {
    basis: {
      up: plus(basis("SCENARIO_SPOT_UP"), "-1"),
      down: plus(basis("SCENARIO_SPOT_DOWN"), "-1"),
      addition: basis("BASIS_CONT_ADD_FACTOR"),
      perYear: basis("BASIS_CONT_MULT_FACTOR"),
    },
    perpetuals: {
      rates: {
        maintenance: other("MM_PERP_PERCENT"),
        initial: plus(other("MM_PERP_PERCENT"), other("IM_PERP_PERCENT")),
      },
    },
    "naked short options": {
      rates: {
        maintenance: other("MM_OPTION_PERCENT"),
        initial: plus(other("MM_OPTION_PERCENT"), other("IM_OPTION_PERCENT")),
      },
    },
    "oracle confidence": { threshold: other("CONF_THRESHOLD"), rates: { initial: other("CONF_MARGIN") } },
  }
  return {
    ...pmrm2Document.methodology,
    tick: "0.000000001",
    lot: EXACT_LOT,
    underlyings: null,
    termRule: {
      pivotDays: "30",
      floorDays: volatility("DTE_FLOOR"),
      shortPower: volatility("SHORTTERMPOWER"),
      longPower: volatility("LONGTERMPOWER"),
    },
    volatilityMoves: {
      up: { scale: volatility("VOLRANGEUP"), minimum: volatility("MIN_VOL_EVAL_SHOCKED") },
      down: { scale: decimal(-Number(volatility("VOLRANGEDOWN"))) },
      "linear skew": skew("moneyness", "LINEAR"),
      "distance skew": skew("distance", "ABS"),
    },
    scenarios: parameters.Scenarios.map(({ SpotShock, VolShockDirection: direction, DampeningFactor }) => ({
      price: decimal(SpotShock - 1),
      weight: decimal(DampeningFactor),
      ...(direction === "None" ? {} : { volatility: MOVES[direction] }),
    })),
    valueDiscounts: {
      owned: {
        base: margin("BASE_STATIC_DISCOUNT"),
        rateMultiplier: margin("LONG_RATE_MULTSCALE"),
        rateAddition: margin("LONG_RATE_ADDSCALE"),
      },
      owed: {
        base: margin("BASE_STATIC_DISCOUNT_NEG"),
        rateMultiplier: margin("SHORT_RATE_MULTSCALE"),
        rateAddition: margin("SHORT_RATE_ADDSCALE"),
      },
    },
    charges: pmrm2Document.methodology.charges.map(each => ({ ...each, ...replaced[each.name] })),
    collateral: Object.fromEntries(
      inputs.collaterals.map(each => [
        each.name,
        {
          haircuts: {
            maintenance: decimal(each.mm_haircut),
            initial: decimal(each.mm_haircut + each.im_haircut_extra),
          },
          scannedIn: each.risk_cancelling ? UNIT : null,
        },
      ]),
    ),
    lossFactors: {
      maintenance: { factor: margin("MM_LOSS_FACTOR") },
      initial: {
        factor: margin("IM_LOSS_FACTOR"),
        depeg: { threshold: other("PEG_LOSS_THRESHOLD"), factor: other("PEG_LOSS_FACTOR") },
      },
    },
  }
}

interface PrintedOption {
  readonly seconds: number
  readonly strike: number
  readonly call: boolean
  readonly amount: number
  readonly volatility: number
}

export const optionPosition = (option: PrintedOption, underlying = UNIT): HeldPosition => {
  const instrument: OptionInstrument = {
    kind: "option",
    underlying,
    expiry: NOW + option.seconds,
    strike: priceOf(option.strike),
    right: option.call ? "call" : "put",
  }
  return {
    instrument,
    quantity: quantityOf(option.amount),
    volatility: ratioOf(option.volatility),
    unsettled: usdOf(0),
  }
}

export const perpetualPosition = (amount: number, unsettled: number, underlying = UNIT): HeldPosition[] =>
  amount === 0
    ? []
    : [
        {
          instrument: { kind: "perpetual", underlying },
          quantity: quantityOf(amount),
          volatility: ratioOf(0),
          unsettled: usdOf(unsettled),
        },
      ]

function book2({ id, inputs }: Case2): Book {
  const { perp } = inputs
  return {
    id,
    cash: usdOf(inputs.cash),
    reserved: usdOf(0),
    collateral: inputs.collaterals.map(each => ({
      symbol: each.name,
      amount: quantityOf(each.amount),
      price: priceOf(each.price),
      confidence: ratioOf(each.confidence),
    })),
    positions: [
      ...perpetualPosition(perp.amount, perp.unrealised_pnl + perp.unrealised_funding),
      ...inputs.options.map(each =>
        optionPosition({
          seconds: each.sec_to_expiry,
          strike: each.strike,
          call: each.is_call,
          amount: each.amount,
          volatility: each.mark_vol,
        }),
      ),
    ],
  }
}

function market2({ inputs }: Case2): BookMarket {
  const { perp } = inputs
  return {
    valuationTime: NOW,
    cashPrice: priceOf(inputs.stable_price),
    units: new Map([
      [
        UNIT,
        {
          spot: priceOf(inputs.spot),
          spotConfidence: ratioOf(inputs.spot_confidence),
          perpetual: perp.price > 0 ? { price: priceOf(perp.price), confidence: ratioOf(perp.confidence) } : null,
          expiries: new Map(
            inputs.expiries.map(each => [
              NOW + each.sec_to_expiry,
              {
                forward: priceOf(each.forward),
                fixed: null,
                rate: ratioOf(each.rate),
                confidence: {
                  forward: ratioOf(each.forward_confidence),
                  rate: ratioOf(each.rate_confidence),
                  volatility: ratioOf(each.vol_confidence),
                },
              },
            ]),
          ),
        },
      ],
    ]),
  }
}

/** Σ |value| of everything held: what errors are relative to. */
function grossValue(result: BookAssessment, book: Book): number {
  const options = result.units.flatMap(unit =>
    unit.groups.flatMap(group =>
      group.positions.map((each, i) => Math.abs(toNumber(each.quantity) * toNumber(group.marks[i] ?? priceOf(0)))),
    ),
  )
  return [...options, Math.abs(toNumber(book.cash)), toNumber(result.collateralValue)].reduce((a, b) => a + b, 0)
}

const lines = (result: BookAssessment, name: string, threshold: "maintenance" | "initial") =>
  result.charges.filter(each => each.name === name).map(each => each.amounts[threshold])

export function portfolioReport2(
  given: unknown,
  allParameters: Readonly<Record<string, unknown>>,
  kernel: Kernel,
): CaseReport {
  const printed = Case2.parse(given)
  const methodology = loadMethodology(document2(Parameters2.parse(allParameters[printed.params_ref]), printed))
  const book = book2(printed)
  const [result] = assessBooks(kernel, methodology, [book], market2(printed))
  if (!result) throw new RangeError("one book has one result")
  const tolerance = 1e-8 * Math.max(1, grossValue(result, book))
  const unit = result.units[0]
  const { expected } = printed
  const check = (name: string, actual: number, value: number, within = tolerance): Check => {
    return { name, actual, expected: value, tolerance: within }
  }
  const charge = (name: string, actual: number, value: number) => check(name, -actual, value)
  const more = (name: string) => sum(lines(result, name, "initial")) - sum(lines(result, name, "maintenance"))
  const cut = (threshold: "maintenance" | "initial") => sum(result.haircuts.map(each => each.amounts[threshold]))
  const termsAt = (seconds: number | undefined) =>
    unit?.groups.find(group => group.expiry === NOW + (seconds ?? Number.NaN))?.terms
  const multiplier = (direction: 1 | -1, range: bigint, term: number) =>
    Math.max(0, 1 + direction * toNumber(ratio(range)) * term)
  const scale = (name: "VOLRANGEUP" | "VOLRANGEDOWN") => {
    const parameters = Parameters2.parse(allParameters[printed.params_ref])
    return ratioOf(parameters.VolShock[name] ?? Number.NaN)
  }
  const perOption = (
    name: string,
    values: readonly number[],
    direction: 1 | -1,
    range: "VOLRANGEUP" | "VOLRANGEDOWN",
  ) =>
    values.map((value, i) => {
      const term = termsAt(printed.inputs.options[i]?.sec_to_expiry)?.volatilityTerm ?? Number.NaN
      return check(
        `${name}[${i}]`,
        multiplier(direction, scale(range), term),
        value,
        1e-8 * Math.max(1, Math.abs(value)),
      )
    })
  return {
    id: printed.id,
    unchecked: [],
    checks: [
      ...expected.scenario_pnl.map((value, s) =>
        check(`scenario_pnl[${s}]`, toNumber(unit?.pnlAt(s) ?? usdOf(0)), value),
      ),
      check("basis_contingency", -sum(unit ? [unit.basisLoss] : []), expected.basis_contingency),
      check("option_mtm", toNumber(result.optionValue), expected.option_mtm),
      check("collateral_mtm", toNumber(result.collateralValue), expected.collateral_mtm),
      check("portfolio_mtm", toNumber(result.markToMarket), expected.portfolio_mtm),
      charge("mm_perp_cont", sum(lines(result, "perpetuals", "maintenance")), expected.mm_perp_cont),
      charge("im_perp_cont", more("perpetuals"), expected.im_perp_cont),
      charge("mm_option_cont", sum(lines(result, "naked short options", "maintenance")), expected.mm_option_cont),
      charge("im_option_cont", more("naked short options"), expected.im_option_cont),
      charge("mm_collateral_haircut", cut("maintenance"), expected.mm_collateral_haircut),
      charge("im_collateral_haircut", cut("initial") - cut("maintenance"), expected.im_collateral_haircut),
      charge("oracle_cont", sum(lines(result, "oracle confidence", "initial")), expected.oracle_cont),
      ...perOption("vol_shock_up_mult", expected.vol_shock_up_mult, 1, "VOLRANGEUP"),
      ...perOption("vol_shock_down_mult", expected.vol_shock_down_mult, -1, "VOLRANGEDOWN"),
      ...expected.static_discounts.flatMap(([owned = Number.NaN, owed = Number.NaN], i) => {
        const terms = termsAt(printed.inputs.expiries[i]?.sec_to_expiry)
        return [
          check(`static_discounts[${i}].owned`, toNumber(terms?.ownedFactor ?? ratio(ONE)), owned, 1e-8),
          check(
            `static_discounts[${i}].owed`,
            toNumber(terms?.owedFactor ?? ratio(ONE)),
            owed,
            1e-8 * Math.max(1, owed),
          ),
        ]
      }),
      check("IM", toNumber(result.thresholds.initial.balance), expected.IM),
      check("MM", toNumber(result.thresholds.maintenance.balance), expected.MM),
    ],
  }
}

const Case1 = z.object({
  id: z.string(),
  inputs: z.object({
    spot: z.number(),
    spotConf: z.number(),
    stable: z.number(),
    cash: z.number(),
    base: z.number(),
    perp: z.number(),
    perpPrice: z.number(),
    perpConf: z.number(),
    perpValue: z.number(),
    expiries: z.array(
      z.object({
        t: z.number(),
        fwdVar: z.number(),
        fwdFix: z.number(),
        fwdConf: z.number(),
        rate: z.number(),
        rateConf: z.number(),
        options: z.array(
          z.object({ K: z.number(), call: z.boolean(), amt: z.number(), vol: z.number(), conf: z.number() }),
        ),
      }),
    ),
  }),
  expected: z.object({
    IM: z.number(),
    MM: z.number(),
    basis_contingency: z.number(),
    option_cont: z.number(),
    perp_cont: z.number(),
    base_cont: z.number(),
    portfolio_mtm: z.number(),
    loss_factor: z.number(),
  }),
})

const pricesOf = ({ spot, stable, expiries }: z.infer<typeof Case1>["inputs"]) => [
  spot / stable,
  ...expiries.flatMap(({ fwdVar, fwdFix, options }) => [fwdVar + fwdFix, ...options.map(({ K }) => K)]),
]

export function portfolioReport1(given: unknown, kernel: Kernel): CaseReport {
  const { id, inputs, expected } = Case1.parse(given)
  const methodology = loadMethodology({
    ...pmrm1Document.methodology,
    lot: EXACT_LOT,
    underlyings: null,
    tick: finestTick(pricesOf(inputs)),
  })
  const book: Book = {
    id,
    cash: usdOf(inputs.cash),
    reserved: usdOf(0),
    collateral: [
      {
        symbol: UNIT,
        amount: quantityOf(inputs.base),
        price: priceOf(inputs.spot),
        confidence: ratioOf(inputs.spotConf),
      },
    ],
    positions: [
      ...perpetualPosition(inputs.perp, inputs.perpValue),
      ...inputs.expiries.flatMap(({ t, options }) =>
        options.map(each =>
          optionPosition({ seconds: t, strike: each.K, call: each.call, amount: each.amt, volatility: each.vol }),
        ),
      ),
    ],
  }
  const market: BookMarket = {
    valuationTime: NOW,
    cashPrice: priceOf(inputs.stable),
    units: new Map([
      [
        UNIT,
        {
          spot: priceOf(inputs.spot),
          spotConfidence: ratioOf(inputs.spotConf),
          perpetual: { price: priceOf(inputs.perpPrice), confidence: ratioOf(inputs.perpConf) },
          expiries: new Map(
            inputs.expiries.map(each => [
              NOW + each.t,
              {
                forward: priceOf(each.fwdVar + each.fwdFix),
                fixed: priceOf(each.fwdFix),
                rate: ratioOf(each.rate),
                confidence: {
                  forward: ratioOf(each.fwdConf),
                  rate: ratioOf(each.rateConf),
                  volatility: ratioOf(Math.min(1, ...each.options.map(option => option.conf))),
                },
              },
            ]),
          ),
        },
      ],
    ]),
  }
  const [result] = assessBooks(kernel, methodology, [book], market)
  if (!result) throw new RangeError("one book has one result")
  const check = (name: string, actual: number, value: number): Check => {
    return { name, actual, expected: value, tolerance: 1e-10 }
  }
  return {
    id,
    unchecked: [],
    checks: [
      check("IM", toNumber(result.thresholds.initial.balance), expected.IM),
      check("MM", toNumber(result.thresholds.maintenance.balance), expected.MM),
      check("basis_contingency", -sum(result.units.map(each => each.basisLoss)), expected.basis_contingency),
      check("option_cont", -sum(lines(result, "naked short options", "maintenance")), expected.option_cont),
      check("perp_cont", -sum(lines(result, "perpetuals", "maintenance")), expected.perp_cont),
      check("base_cont", -sum(lines(result, "base", "maintenance")), expected.base_cont),
      check("portfolio_mtm", toNumber(result.markToMarket), expected.portfolio_mtm),
      check("loss_factor", toNumber(result.thresholds.initial.lossFactor), expected.loss_factor),
    ],
  }
}
