/**
 * Where the page looks along a price, and over price and volatility together.
 */
import { divide, ONE, type Price, price, ratio, type Usd } from "../../domain/fixed.js"
import { type AccountCase, healthOf } from "../../insight/account-case.js"
import { healthSurface } from "../../insight/health-curve.js"

/** Prices from half to twice the price now, evenly spaced in ratio, rounded down; the middle one is the price itself. */
export function scanPrices(now: Price, count: number): Price[] {
  return Array.from({ length: count }, (_, i) => {
    const exponent = (2 * i) / (count - 1) - 1
    return price(divide(now * BigInt(Math.round(2 ** exponent * 1e12)), 10n ** 12n, "down"))
  })
}

/** Relative price moves in per cent and volatility shifts in points: the columns and rows of the heat map. */
export const PRICE_MOVES = [-40, -30, -20, -10, -5, 0, 5, 10, 20, 30, 40] as const
export const VOLATILITY_SHIFTS = [-20, -10, 0, 10, 20, 40] as const

export interface ShockGrid {
  /** One row a volatility shift, one entry a price move: change of health against the account as it is, USD. */
  readonly rows: readonly { readonly shift: number; readonly changes: readonly (Usd | null)[] }[]
  /** Health as it is; `null` where no number can be given. */
  readonly health: Usd | null
}

/** The account at every price move × volatility shift of one underlying. */
export function shockGrid(asked: AccountCase, symbol: string): ShockGrid {
  const health = healthOf(asked).figures?.health ?? null
  const hundredths = (value: number) => ratio((BigInt(value) * ONE) / 100n)
  const surface = healthSurface(asked, symbol, PRICE_MOVES.map(hundredths), VOLATILITY_SHIFTS.map(hundredths))
  const rows = VOLATILITY_SHIFTS.map((shift, i) => ({
    shift,
    changes: (surface[i] ?? []).map(point => (point && health !== null ? ((point.health - health) as Usd) : null)),
  }))
  return { rows, health }
}
