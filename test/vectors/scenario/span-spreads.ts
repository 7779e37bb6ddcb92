/**
 * Spread and option arithmetic of futures clearing: outright margins and rates as a methodology document over futures
 * whose scan ranges are those margins.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import { price } from "../../../aggregator/domain/fixed.js"
import type { Book, BookMarket, ExpiryMarket, HeldPosition } from "../../../aggregator/domain/margin-book.js"
import { assessBooks, type BookAssessment } from "../../../aggregator/pipeline/margin/assess-book.js"
import { loadMethodology } from "../../../aggregator/policies/methodology.js"
import type { Kernel } from "../../../wasm-core/kernel.js"
import type { CaseReport, Check } from "../formats/format.js"
import { decimal, EXACT_LOT, priceOf, quantityOf, ratioOf, sum, usdOf } from "./numbers.js"

const InterSpread = z.object({
  id: z.string(),
  inputs: z.looseObject({ ratio: z.string().regex(/^\d+(:\d+)+$/), credit: z.number() }),
  expected: z.object({ outright: z.number(), credit: z.number(), requirement: z.number() }),
})
const IntraSpread = z.object({
  id: z.string(),
  inputs: z.object({ leg1: z.number(), leg2: z.number(), charge: z.number() }),
  expected: z.number(),
})
const ShortOption = z.object({
  id: z.string().regex(/_\d+[cp]_short$/),
  source: z.string(),
  inputs: z.object({ settlement: z.number(), cvf: z.number(), implied_vol: z.number(), som_rate: z.number() }),
  expected: z.object({
    scan_risk: z.number(),
    active_scenario: z.number(),
    som: z.number(),
    span_requirement: z.number(),
    short_option_value: z.number(),
    total: z.number(),
  }),
})
/** What the option's underlying is scanned by; printed with the future's own case. */
const ScannedFuture = z.object({
  inputs: z.object({
    psr: z.number(),
    cvf: z.number(),
    extreme_multiplier: z.number(),
    extreme_cover: z.number(),
    settlement: z.number(),
  }),
})

/** A tenth of the price: its size does not matter to a future, only the product with the price does. */
const RANGE = 0.1
const VALUATION = Date.UTC(2025, 8, 12, 18, 30) / 1000
/** December gold options end four business days before the end of November; Thanksgiving is the 27th. */
const GOLD_EXPIRY = Date.UTC(2025, 10, 24, 18, 30) / 1000

const base = {
  kind: "scenarios",
  lot: EXACT_LOT,
  tick: "0.000001",
  lossFactors: { maintenance: { factor: "1" }, initial: { factor: "1" } },
}
const bothWays = [{ price: "1" }, { price: "-1" }]

const certain = { forward: ratioOf(1), rate: ratioOf(1), volatility: ratioOf(1) }
const expiryMarket = (forward: number): ExpiryMarket => {
  return { forward: priceOf(forward), fixed: null, rate: ratioOf(0), confidence: certain }
}
const future = (underlying: string, expiry: number, contracts: number): HeldPosition => ({
  instrument: { kind: "future", underlying, expiry },
  quantity: quantityOf(contracts),
  volatility: ratioOf(0),
  unsettled: usdOf(0),
})
const bookOf = (id: string, positions: readonly HeldPosition[]): Book => {
  return { id, cash: usdOf(0), collateral: [], positions, reserved: usdOf(0) }
}
const marketOf = (units: readonly { unit: string; expiries: readonly [number, number][] }[]): BookMarket => ({
  valuationTime: VALUATION,
  cashPrice: priceOf(1),
  units: new Map(
    units.map(({ unit, expiries }) => [
      unit,
      {
        spot: priceOf(expiries[0]?.[1] ?? Number.NaN),
        spotConfidence: ratioOf(1),
        perpetual: null,
        expiries: new Map(expiries.map(([expiry, forward]) => [expiry, expiryMarket(forward)])),
      },
    ]),
  ),
})

const only = (results: readonly BookAssessment[]): BookAssessment => {
  const [result] = results
  if (!result) throw new RangeError("one book has one result")
  return result
}
const requirementOf = (result: BookAssessment) => toNumber(result.thresholds.maintenance.requirement)
const check = (name: string, actual: number, expected: number, tolerance = 0): Check => {
  return { name, actual, expected, tolerance }
}

function interReport({ id, inputs, expected }: z.infer<typeof InterSpread>, kernel: Kernel): CaseReport {
  const ratios = inputs.ratio.split(":").map(Number)
  const outrights = Object.entries(inputs).flatMap(([name, value]) =>
    name.endsWith("_outright") && typeof value === "number" ? [value] : [],
  )
  if (outrights.length !== ratios.length)
    throw new RangeError(`${id}: ${outrights.length} outrights for ${inputs.ratio}`)
  const unitOf = (i: number) => `U${i}`
  // The first leg is bought, the others are sold against it.
  const sides = ratios.map((_, i): 1 | -1 => (i === 0 ? 1 : -1))
  const methodology = loadMethodology({
    ...base,
    scenarios: bothWays,
    scanRanges: Object.fromEntries(ratios.map((_, i) => [unitOf(i), { price: decimal(RANGE), volatility: "0" }])),
    combination: {
      spreads: [
        {
          name: "spread",
          rate: decimal(inputs.credit),
          legs: Object.fromEntries(
            ratios.map((ratio, i) => [unitOf(i), { deltaPerSpread: decimal(ratio), side: sides[i] }]),
          ),
        },
      ],
    },
  })
  const expiry = VALUATION + 86_400
  const positions = ratios.map((ratio, i) => future(unitOf(i), expiry, ratio * (sides[i] ?? 1)))
  const market = marketOf(outrights.map((outright, i) => ({ unit: unitOf(i), expiries: [[expiry, outright / RANGE]] })))
  const result = only(assessBooks(kernel, methodology, [bookOf(id, positions)], market))
  return {
    id,
    unchecked: [],
    checks: [
      check("outright", sum(result.units.map(each => each.scanningLoss)), expected.outright, 1e-9),
      check("credit", sum(result.spreads.map(each => each.credit)), expected.credit, 1e-9),
      check("requirement", requirementOf(result), expected.requirement, 1e-9),
    ],
  }
}

function intraReport({ id, inputs, expected }: z.infer<typeof IntraSpread>, kernel: Kernel): CaseReport {
  const methodology = loadMethodology({
    ...base,
    scenarios: bothWays,
    scanRanges: { U0: { price: decimal(RANGE), volatility: "0" } },
    charges: [
      { kind: "calendar", name: "calendar", amount: decimal(inputs.charge), rates: { maintenance: "1", initial: "1" } },
    ],
  })
  const [near, far] = [VALUATION + 86_400, VALUATION + 2 * 86_400]
  const market = marketOf([
    {
      unit: "U0",
      expiries: [
        [near, inputs.leg1 / RANGE],
        [far, inputs.leg2 / RANGE],
      ],
    },
  ])
  const book = bookOf(id, [future("U0", near, 1), future("U0", far, -1)])
  const result = only(assessBooks(kernel, methodology, [book], market))
  return { id, unchecked: [], checks: [check("requirement", requirementOf(result), expected, 1e-9)] }
}

/** SPAN's sixteen points; the volatility range is not printed, and the extremes hold volatility anyway. */
const sixteen = (multiple: number, cover: number) => {
  const third = decimal(1 / 3)
  const twoThirds = decimal(2 / 3)
  const points = ["0", third, `-${third}`, twoThirds, `-${twoThirds}`, "1", "-1"]
  return [
    ...points.flatMap(point => [{ price: point }, { price: point }]),
    ...[multiple, -multiple].map(extreme => ({ price: decimal(extreme), weight: decimal(cover) })),
  ]
}

function optionReport(
  { id, inputs, expected }: z.infer<typeof ShortOption>,
  future: z.infer<typeof ScannedFuture>["inputs"],
  kernel: Kernel,
): CaseReport {
  const [, strike = "", right = ""] = /_(\d+)([cp])_short$/.exec(id) ?? []
  const option = {
    kind: right === "c" ? 1 : 2,
    strike: Number(strike),
    volatility: inputs.implied_vol,
    years: (GOLD_EXPIRY - VALUATION) / (365 * 86_400),
  }
  const forward = impliedForward(kernel, option, inputs.settlement)
  const methodology = loadMethodology({
    ...base,
    scenarios: sixteen(future.extreme_multiplier, future.extreme_cover),
    scanRanges: { GC: { price: decimal(future.psr / future.cvf / forward), volatility: "0" } },
    floors: [
      {
        kind: "perUnit",
        name: "short option minimum",
        of: "shortOptions",
        amount: decimal(inputs.som_rate / inputs.cvf),
      },
    ],
  })
  const position: HeldPosition = {
    instrument: {
      kind: "option",
      underlying: "GC",
      expiry: GOLD_EXPIRY,
      strike: price(priceOf(option.strike)),
      right: right === "c" ? "call" : "put",
    },
    quantity: quantityOf(-inputs.cvf),
    volatility: ratioOf(inputs.implied_vol),
    unsettled: usdOf(0),
  }
  const market = marketOf([{ unit: "GC", expiries: [[GOLD_EXPIRY, forward]] }])
  const result = only(assessBooks(kernel, methodology, [bookOf(id, [position])], market))
  const unit = result.units[0]
  const near = (name: string, actual: number, value: number) => check(name, actual, value, 0.02 * value)
  return {
    id,
    unchecked: [],
    checks: [
      near("scan_risk", toNumber(unit?.scanningLoss ?? usdOf(Number.NaN)), expected.scan_risk),
      check("active_scenario", (unit?.worstScenario ?? Number.NaN) + 1, expected.active_scenario),
      check("som", sum(unit?.floors.map(each => each.amount) ?? []), expected.som, 1e-9),
      near("span_requirement", requirementOf(result), expected.span_requirement),
      // Follows from the implied forward: what it checks is the sign, the contract size and the mark's rounding.
      check("short_option_value", -toNumber(result.optionValue), expected.short_option_value, 0.01),
      near("total", -toNumber(result.thresholds.maintenance.balance), expected.total),
    ],
  }
}

interface PrintedOption {
  readonly kind: number
  readonly strike: number
  readonly volatility: number
  readonly years: number
}

/** The underlying's price is not printed with the option, but the option's own price is: the forward that gives it. */
function impliedForward(kernel: Kernel, option: PrintedOption, target: number): number {
  const one = (x: number) => Float64Array.of(x)
  const scenario = {
    priceMove: one(0),
    volatilityFactor: one(1),
    volatilityShift: one(0),
    timeRoll: one(0),
    weight: one(1),
  }
  const valueAt = (forward: number) =>
    kernel.riskArrays(
      {
        kind: Uint8Array.of(option.kind),
        spot: one(forward),
        carry: one(0),
        rate: one(0),
        strike: one(option.strike),
        volatility: one(option.volatility),
        timeToExpiry: one(option.years),
      },
      scenario,
      0.01,
    ).value[0] ?? Number.NaN
  let [low, high] = [option.strike / 2, option.strike * 2]
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2
    const aboveTarget = valueAt(middle) > target
    // A call gains with its forward, a put loses.
    if (aboveTarget === (option.kind === 1)) high = middle
    else low = middle
  }
  return low
}

/** `undefined` for what is no spread and no option of this file. */
export function spreadReport(given: unknown, cases: readonly unknown[], kernel: Kernel): CaseReport | undefined {
  const inter = InterSpread.safeParse(given)
  if (inter.success) return interReport(inter.data, kernel)
  const intra = IntraSpread.safeParse(given)
  if (intra.success) return intraReport(intra.data, kernel)
  const option = ShortOption.safeParse(given)
  const scanned = cases.map(each => ScannedFuture.safeParse(each)).find(each => each.success)
  if (option.success && scanned?.success) return optionReport(option.data, scanned.data.inputs, kernel)
  return undefined
}
