/**
 * Stage one of the hot loop: every listed instrument repriced once under every scenario, whoever holds it.
 */
import { toNumber } from "../domain/decimal.js"
import { divide, ONE, type Price, price } from "../domain/fixed.js"
import type { MarginPolicy, RiskUnitParameters } from "../domain/policy.js"
import type { InstrumentColumns, InstrumentRefusal, RiskArrays, RiskKernel, ScenarioColumns } from "../domain/ports.js"
import { type Listing, listingKey, type Market } from "./market.js"

/** The risk arrays of all listings, instrument-major, and where each listing stands in them. */
export interface RiskTable {
  readonly scenarioCount: number
  /** listings × scenarios: weighted P&L of +1 long in whole ticks. */
  readonly pnl: Float64Array
  readonly index: ReadonlyMap<string, number>
  /** Listings that the kernel cannot price, and its code for why. */
  readonly refused: ReadonlyMap<string, string>
  /** Value of +1 long now, cut to whole ticks: down for what is owned, up for what is owed. */
  mark(listing: number, side: "long" | "short"): Price
}

const SECONDS_PER_YEAR = 365 * 24 * 3600
const OPTION_KIND = { call: 1, put: 2 } as const

/**
 * Reprices the listings, one kernel call a risk unit. All must have a spot price and parameters in the policy.
 * A listing that the kernel refuses is left out with the reason, so that it troubles only who holds it.
 *
 * @throws KernelError when the kernel refuses a scenario or the size of the call.
 */
export function buildRiskTable(
  kernel: RiskKernel,
  listings: readonly Listing[],
  market: Market,
  policy: MarginPolicy,
): RiskTable {
  const scenarioCount = policy.scenarios.length
  const tick = toNumber(policy.ticks.price)
  const distinct = [...new Map(listings.map(each => [listingKey(each), each])).values()]
  const pnl = new Float64Array(distinct.length * scenarioCount)
  const value = new Float64Array(distinct.length)
  const index = new Map<string, number>()
  const refused = new Map<string, string>()
  for (const [underlying, unit] of policy.riskUnits) {
    const members = distinct.filter(each => each.instrument.underlying === underlying)
    const scenarios = scenarioColumns(policy, unit)
    while (members.length > 0) {
      const arrays = repriced(() => kernel.riskArrays(instrumentColumns(members, market), scenarios, tick))
      if ("pnl" in arrays) {
        pnl.set(arrays.pnl, index.size * scenarioCount)
        value.set(arrays.value, index.size)
        for (const each of members) index.set(listingKey(each), index.size)
        break
      }
      const [stranger] = members.splice(arrays.instrument, 1)
      if (stranger) refused.set(listingKey(stranger), arrays.code)
    }
  }
  const mark = (listing: number, side: "long" | "short") => {
    const ticks = (value[listing] ?? Number.NaN) / tick
    return price(BigInt(side === "long" ? Math.floor(ticks) : Math.ceil(ticks)) * policy.ticks.price)
  }
  return { scenarioCount, pnl, index, refused, mark }
}

/** The arrays, or which instrument stands in their way. */
function repriced(compute: () => RiskArrays): RiskArrays | InstrumentRefusal {
  try {
    return compute()
  } catch (error) {
    if (isRefusal(error)) return { code: error.code, instrument: error.instrument }
    throw error
  }
}

const isRefusal = (error: unknown): error is InstrumentRefusal =>
  error instanceof Error && "code" in error && "instrument" in error && typeof error.instrument === "number"

function instrumentColumns(listings: readonly Listing[], market: Market): InstrumentColumns {
  const years = listings.map(
    ({ instrument }) => Math.max(0, instrument.expiry - market.valuationTime) / SECONDS_PER_YEAR,
  )
  const rates = listings.map(each => Math.max(0, toNumber(market.rate(each))))
  return {
    kind: Uint8Array.from(listings, ({ instrument }) => OPTION_KIND[instrument.right]),
    spot: Float64Array.from(listings, ({ instrument }) => toNumber(market.spot(instrument.underlying) ?? price(0n))),
    strike: Float64Array.from(listings, ({ instrument }) => toNumber(instrument.strike)),
    volatility: Float64Array.from(listings, each => toNumber(market.volatility(each) ?? price(0n))),
    timeToExpiry: Float64Array.from(years),
    rate: Float64Array.from(rates),
    carry: Float64Array.from(rates),
  }
}

/** A policy's fractions become moves of this unit: exact products, then the nearest double. */
function scenarioColumns(policy: MarginPolicy, unit: RiskUnitParameters): ScenarioColumns {
  const { scenarios } = policy
  const move = (fraction: bigint, range: bigint) => toNumber(divide(fraction * range, ONE, "down"))
  return {
    priceMove: Float64Array.from(scenarios, each => move(each.price, unit.priceScanRange)),
    volatilityFactor: new Float64Array(scenarios.length).fill(1),
    volatilityShift: Float64Array.from(scenarios, each => move(each.volatility, unit.volatilityScanRange)),
    timeRoll: new Float64Array(scenarios.length),
    weight: Float64Array.from(scenarios, each => toNumber(each.weight)),
  }
}
