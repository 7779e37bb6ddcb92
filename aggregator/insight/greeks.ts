/**
 * Greeks of an account: by position, by expiry, by underlying, and in cash; what it holds and owes of an asset has delta too.
 */
import { toNumber } from "../domain/decimal.js"
import { divide, ONE, type Price, price, type Quantity, quantity, ratio, type Usd, usd } from "../domain/fixed.js"
import { instrumentName } from "../domain/instrument.js"
import { isPosition, type OptionLeg, type PositionLeg } from "../domain/leg.js"
import type { InstrumentColumns } from "../domain/ports.js"
import { ratioFrom } from "../pipeline/margin/double.js"
import { type Market, marketOf } from "../pipeline/market.js"
import { type AccountCase, healthOf } from "./account-case.js"

/**
 * Derivatives of value at base, volatilities held, by the spot price S of the underlying. The kernel's doubles cut to whole
 * 10^-18 (towards −∞) per unit of instrument, then exact; sums do not depend on order.
 */
export interface Greeks {
  /** dV/dS, units of the underlying. */
  readonly delta: Quantity
  /** d²V/dS²: units of delta per USD. */
  readonly gamma: Quantity
  /** USD per 1.00 of volatility. */
  readonly vega: Usd
  /** USD per day that passes. */
  readonly theta: Usd
  /** delta · S: USD per 100 % move of the price. */
  readonly cashDelta: Usd
  /** gamma · S² / 100: change of cash delta per 1 % move. */
  readonly cashGamma: Usd
  /** vega / 100: USD per volatility point. */
  readonly cashVega: Usd
}

export interface PositionGreeks {
  readonly leg: PositionLeg
  readonly instrument: string
  readonly greeks: Greeks
}

export interface GreeksOf {
  readonly underlying: string
  /** Unix seconds; `null` for what never expires (assets, debts, perpetuals), and in sums over all expiries. */
  readonly expiry: number | null
  readonly greeks: Greeks
}

export interface AccountGreeks {
  readonly positions: readonly PositionGreeks[]
  /** Sorted by underlying, what never expires first, then by expiry. */
  readonly byExpiry: readonly GreeksOf[]
  readonly byUnderlying: readonly GreeksOf[]
  /** Over all underlyings only cash adds up. */
  readonly total: Pick<Greeks, "cashDelta" | "cashGamma" | "cashVega" | "theta">
}

/** Greeks of everything an account holds and owes; `null` for one without figures. */
export function accountGreeks(asked: AccountCase, health = healthOf(asked)): AccountGreeks | null {
  if (!health.figures) return null
  const market = marketOf(asked.snapshot)
  const legs = asked.account.legs.filter(isPosition)
  const perUnit = optionGreeks(asked, legs.filter(isLive(market)), market)
  const positions = legs.map((leg): PositionGreeks => {
    const spot = market.spot(leg.instrument.underlying) ?? price(0n)
    const unit = perUnit.get(leg) ?? linear(leg, market)
    return { leg, instrument: instrumentName(leg.instrument), greeks: scaled(unit, leg.quantity, spot) }
  })
  const rows = [
    ...positions.map(({ leg: { instrument }, greeks }): GreeksOf => {
      const expiry = "expiry" in instrument ? instrument.expiry : null
      return { underlying: instrument.underlying, expiry, greeks }
    }),
    ...asked.account.legs.flatMap((leg): GreeksOf[] => {
      if (isPosition(leg)) return []
      const held = leg.kind === "debt" ? quantity(-leg.amount) : leg.amount
      const spot = market.spot(leg.symbol)
      return spot === undefined ? [] : [{ underlying: leg.symbol, expiry: null, greeks: scaled(ONE_UNIT, held, spot) }]
    }),
  ]
  const total = rows.reduce((sum, each) => added(sum, each.greeks), NONE)
  return {
    positions,
    byExpiry: grouped(rows, each => each.expiry),
    byUnderlying: grouped(rows, () => null),
    total: { cashDelta: total.cashDelta, cashGamma: total.cashGamma, cashVega: total.cashVega, theta: total.theta },
  }
}

/** Of +1 long, by the spot price, × 10^18. */
interface UnitGreeks {
  readonly delta: bigint
  readonly gamma: bigint
  readonly vega: bigint
  readonly theta: bigint
}

const ONE_UNIT: UnitGreeks = { delta: ONE, gamma: 0n, vega: 0n, theta: 0n }
const SECONDS_PER_YEAR = 365 * 24 * 3600
const OPTION_KIND = { call: 1, put: 2 } as const

const isLive =
  ({ valuationTime }: Market) =>
  (leg: PositionLeg): leg is OptionLeg =>
    leg.kind === "option" && leg.instrument.expiry > valuationTime

/** A perpetual or future moves with the price one to one; an expired option by its intrinsic value. */
function linear(leg: PositionLeg, market: Market): UnitGreeks {
  if (leg.kind !== "option") return ONE_UNIT
  const { right, strike, underlying } = leg.instrument
  const spot = market.spot(underlying) ?? 0n
  const pays = right === "call" ? spot > strike : spot < strike
  return { ...ONE_UNIT, delta: pays ? (right === "call" ? ONE : -ONE) : 0n }
}

/**
 * The kernel derives by the forward F = S · e^(rT); by the spot, delta is F/S and gamma (F/S)² times that.
 * Rate and carry are one, as in the risk arrays.
 */
function optionGreeks(
  { kernel }: AccountCase,
  legs: readonly OptionLeg[],
  market: Market,
): ReadonlyMap<PositionLeg, UnitGreeks> {
  if (legs.length === 0) return new Map()
  const columns = columnsOf(legs, market)
  const found = kernel.greeks(columns)
  return new Map(
    legs.map((leg, i): [PositionLeg, UnitGreeks] => {
      const growth = kernel.exp((columns.carry[i] ?? 0) * (columns.timeToExpiry[i] ?? 0))
      const fixed = (column: Float64Array, by = 1) => ratioFrom((column[i] ?? Number.NaN) * by, "down")
      return [
        leg,
        {
          delta: fixed(found.delta, growth),
          gamma: fixed(found.gamma, growth * growth),
          vega: fixed(found.vega),
          theta: fixed(found.theta),
        },
      ]
    }),
  )
}

function columnsOf(legs: readonly OptionLeg[], market: Market): InstrumentColumns {
  const column = (of: (leg: OptionLeg) => number) => Float64Array.from(legs, of)
  const rates = column(leg => Math.max(0, toNumber(market.rate(leg))))
  return {
    kind: Uint8Array.from(legs, ({ instrument }) => OPTION_KIND[instrument.right]),
    spot: column(({ instrument }) => toNumber(market.spot(instrument.underlying) ?? price(0n))),
    strike: column(({ instrument }) => toNumber(instrument.strike)),
    volatility: column(leg => toNumber(market.volatility(leg) ?? ratio(0n))),
    timeToExpiry: column(({ instrument }) => (instrument.expiry - market.valuationTime) / SECONDS_PER_YEAR),
    rate: rates,
    carry: rates,
  }
}

/** Products cut towards −∞. */
function scaled(unit: UnitGreeks, held: Quantity, spot: Price): Greeks {
  const times = (value: bigint) => divide(value * held, ONE, "down")
  const delta = times(unit.delta)
  const vega = times(unit.vega)
  return {
    delta: quantity(delta),
    gamma: quantity(times(unit.gamma)),
    vega: usd(vega),
    theta: usd(times(unit.theta)),
    cashDelta: usd(divide(unit.delta * held * spot, ONE * ONE, "down")),
    cashGamma: usd(divide(unit.gamma * held * spot * spot, 100n * ONE * ONE * ONE, "down")),
    cashVega: usd(divide(vega, 100n, "down")),
  }
}

const NONE = scaled({ delta: 0n, gamma: 0n, vega: 0n, theta: 0n }, quantity(0n), price(0n))

const added = (a: Greeks, b: Greeks): Greeks => ({
  delta: quantity(a.delta + b.delta),
  gamma: quantity(a.gamma + b.gamma),
  vega: usd(a.vega + b.vega),
  theta: usd(a.theta + b.theta),
  cashDelta: usd(a.cashDelta + b.cashDelta),
  cashGamma: usd(a.cashGamma + b.cashGamma),
  cashVega: usd(a.cashVega + b.cashVega),
})

function grouped(rows: readonly GreeksOf[], expiryOf: (row: GreeksOf) => number | null): GreeksOf[] {
  const sums = new Map<string, GreeksOf>()
  for (const row of rows) {
    const expiry = expiryOf(row)
    const key = `${row.underlying} ${expiry}`
    const before = sums.get(key)?.greeks ?? NONE
    sums.set(key, { underlying: row.underlying, expiry, greeks: added(before, row.greeks) })
  }
  return [...sums.values()].sort((a, b) => {
    if (a.underlying !== b.underlying) return a.underlying < b.underlying ? -1 : 1
    return (a.expiry ?? 0) - (b.expiry ?? 0)
  })
}
