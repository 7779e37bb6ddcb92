/**
 * Derive's standard-margin cases: plain or 18-decimal inputs as books and markets, two underlyings in one account.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import type { Book, BookMarket, ExpiryMarket, UnitMarket } from "../../../aggregator/domain/margin-book.js"
import { assessBooks } from "../../../aggregator/pipeline/margin/assess-book.js"
import { loadMethodology } from "../../../aggregator/policies/methodology.js"
import srmDocument from "../../../aggregator/policies/srm.json" with { type: "json" }
import type { Kernel } from "../../../wasm-core/kernel.js"
import type { CaseReport } from "../formats/format.js"
import { NOW, optionPosition, perpetualPosition } from "./derive-portfolio.js"
import { decimal, EXACT_LOT, priceOf, quantityOf, ratioOf, usdOf } from "./numbers.js"

const UNITS = ["ETH", "BTC"] as const

const Printed = z.object({
  markets: z.array(
    z.object({
      spot: z.number(),
      spotConf: z.number(),
      perp: z.number(),
      perpPrice: z.number(),
      perpConf: z.number(),
      perpPnl: z.number(),
      base: z.number(),
      expiries: z.array(
        z.object({
          t: z.number(),
          F: z.number(),
          fConf: z.number(),
          vConf: z.number(),
          opts: z.array(z.tuple([z.number(), z.boolean(), z.number(), z.number(), z.number()])),
        }),
      ),
    }),
  ),
  cash: z.number(),
  stable: z.number(),
})
type Printed = z.infer<typeof Printed>

const Truncated = z.object({
  id: z.string(),
  inputs: Printed,
  expected: z.object({ im_trunc: z.number(), mm_trunc: z.number() }),
})

/** 18-decimal integers that JSON has read as doubles already. */
const wad = z.number().transform(raw => raw / 1e18)
const wads = z.array(wad)
const optional = z
  .number()
  .nullable()
  .transform(x => x ?? 0)

const Scaled = z.object({
  id: z.string(),
  params_ref: z.string(),
  inputs_1e18: z.object({
    OptionUnderlying: z.array(z.enum(UNITS)),
    OptionExpiries: z.array(z.number()),
    OptionStrikes: wads,
    OptionIsCall: z.array(z.number()),
    OptionAmounts: wads,
    OptionVols: wads,
    OptionVolConfidences: wads,
    Cash: wad,
    Perps_ETH: wad,
    Perps_BTC: wad,
    wETH: wad,
    wBTC: wad,
    ETHSpotPrice: wad,
    BTCSpotPrice: wad,
    SpotPerpConfidences: z.array(z.tuple([wad, wad])),
    Forwards: wads,
    ForwardConfidences: wads,
    USDCValue: wad,
    PerpPrice: wads,
    PercentFixedETH: optional,
    PercentFixedBTC: optional,
    TWAP_ETH: optional,
    TWAP_BTC: optional,
    LastEntryETH: optional,
    LastEntryBTC: optional,
    ETHGlobalFundingIndex: optional,
    BTCGlobalFundingIndex: optional,
    AccountETHFundingIndex: optional,
    AccountBTCFundingIndex: optional,
  }),
  expected: z.object({ IM: z.number(), MM: z.number(), mtm: z.number() }),
})
type Scaled = z.infer<typeof Scaled>

const SETTLEMENT_WINDOW = 1800

/** Expiries of one underlying with the part of the forward that the running average has fixed. */
function printedOf({ inputs_1e18: given }: Scaled): Printed {
  const markets = UNITS.map((unit, place) => {
    const [spotConf = Number.NaN, perpConf = Number.NaN] = given.SpotPerpConfidences[place] ?? []
    const own = given.OptionUnderlying.flatMap((each, i) => (each === unit ? [i] : []))
    const expiries = [...new Set(own.map(i => given.OptionExpiries[i] ?? Number.NaN))].map(t => {
      const members = own.filter(i => given.OptionExpiries[i] === t)
      const [first = 0] = members
      const fixed = t < SETTLEMENT_WINDOW ? given[`PercentFixed${unit}`] : 0
      return {
        t,
        F: fixed * (given[`TWAP_${unit}`] / 1e18) + (1 - fixed) * (given.Forwards[first] ?? Number.NaN),
        fConf: given.ForwardConfidences[first] ?? Number.NaN,
        vConf: Math.min(...members.map(i => given.OptionVolConfidences[i] ?? Number.NaN)),
        opts: members.map((i): Printed["markets"][number]["expiries"][number]["opts"][number] => [
          given.OptionStrikes[i] ?? Number.NaN,
          given.OptionIsCall[i] === 1,
          given.OptionAmounts[i] ?? Number.NaN,
          given.OptionVols[i] ?? Number.NaN,
          1,
        ]),
      }
    })
    return {
      spot: given[`${unit}SpotPrice`],
      spotConf,
      perp: given[`Perps_${unit}`],
      perpPrice: given.PerpPrice[place] ?? Number.NaN,
      perpConf,
      perpPnl: unsettledOf(given, unit, place),
      base: given[`w${unit}`],
      expiries,
    }
  })
  return { markets, cash: given.Cash, stable: given.USDCValue }
}

/** Price gained since the entry, less the funding that has accrued per unit since. */
function unsettledOf(given: Scaled["inputs_1e18"], unit: (typeof UNITS)[number], place: number): number {
  const size = given[`Perps_${unit}`]
  const gained = (given.PerpPrice[place] ?? Number.NaN) - given[`LastEntry${unit}`] / 1e18
  const funding = (given[`${unit}GlobalFundingIndex`] - given[`Account${unit}FundingIndex`]) / 1e18
  return size === 0 ? 0 : size * (gained - funding)
}

function bookOf(id: string, { markets, cash }: Printed): Book {
  return {
    id,
    cash: usdOf(cash),
    reserved: usdOf(0),
    collateral: markets.map(({ base, spot, spotConf }, i) => ({
      symbol: UNITS[i] ?? "",
      amount: quantityOf(base),
      price: priceOf(spot),
      confidence: ratioOf(spotConf),
    })),
    positions: markets.flatMap(({ perp, perpPnl, expiries }, i) => [
      ...perpetualPosition(perp, perpPnl, UNITS[i]),
      ...expiries.flatMap(({ t, opts }) =>
        opts.map(([strike, call, amount, volatility]) =>
          optionPosition({ seconds: t, strike, call, amount, volatility }, UNITS[i]),
        ),
      ),
    ]),
  }
}

function marketOf({ markets, stable }: Printed): BookMarket {
  const units = markets.map((market, i): [string, UnitMarket] => {
    const expiries = market.expiries.map(({ t, F, fConf, vConf }): [number, ExpiryMarket] => {
      const confidence = { forward: ratioOf(fConf), rate: ratioOf(1), volatility: ratioOf(vConf) }
      return [NOW + t, { forward: priceOf(F), fixed: null, rate: ratioOf(0), confidence }]
    })
    return [
      UNITS[i] ?? "",
      {
        spot: priceOf(market.spot),
        spotConfidence: ratioOf(market.spotConf),
        perpetual: { price: priceOf(market.perpPrice), confidence: ratioOf(market.perpConf) },
        expiries: new Map(expiries),
      },
    ]
  })
  return { valuationTime: NOW, cashPrice: priceOf(stable), units: new Map(units) }
}

/** `override base.marginFactor=.1,IMScale=1` is the weight of collateral: a haircut of what is left. */
function methodologyFor(reference: string) {
  const weight = Number(/marginFactor=(\d*\.?\d+)/.exec(reference)?.[1] ?? "0.8")
  const initialScale = Number(/IMScale=(\d*\.?\d+)/.exec(reference)?.[1] ?? "1")
  const haircuts = { maintenance: decimal(1 - weight), initial: decimal(1 - weight * initialScale) }
  const collateral = Object.fromEntries(UNITS.map(unit => [unit, { haircuts, scannedIn: unit }]))
  return loadMethodology({ ...srmDocument.methodology, lot: EXACT_LOT, underlyings: null, tick: "0.0000000001", collateral })
}

export function standardReport(given: unknown, kernel: Kernel): CaseReport {
  const scaled = Scaled.safeParse(given)
  if (scaled.success) {
    const { id, params_ref, expected } = scaled.data
    const printed = printedOf(scaled.data)
    const { initial, maintenance, markToMarket } = figuresOf(id, printed, params_ref, kernel)
    const check = (name: string, actual: number, value: number) => {
      return { name, actual, expected: value, tolerance: 1e-8 * Math.max(1, Math.abs(value)) }
    }
    return {
      id,
      unchecked: [],
      checks: [
        check("IM", initial, expected.IM),
        check("MM", maintenance, expected.MM),
        check("mtm", markToMarket, expected.mtm),
      ],
    }
  }
  const { id, inputs, expected } = Truncated.parse(given)
  const { initial, maintenance } = figuresOf(id, inputs, "", kernel)
  const check = (name: string, actual: number, value: number) => {
    return { name, actual: truncate(actual), expected: value, tolerance: 0 }
  }
  return {
    id,
    unchecked: [],
    checks: [check("im_trunc", initial, expected.im_trunc), check("mm_trunc", maintenance, expected.mm_trunc)],
  }
}

/** Towards zero, as printed; + 0 turns −0 into 0. */
const truncate = (x: number) => Math.trunc(x) + 0

function figuresOf(id: string, printed: Printed, reference: string, kernel: Kernel) {
  const [result] = assessBooks(kernel, methodologyFor(reference), [bookOf(id, printed)], marketOf(printed))
  if (!result) throw new RangeError("one book has one result")
  return {
    initial: toNumber(result.thresholds.initial.balance),
    maintenance: toNumber(result.thresholds.maintenance.balance),
    markToMarket: toNumber(result.markToMarket),
  }
}
