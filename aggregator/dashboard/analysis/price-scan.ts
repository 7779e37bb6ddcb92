/**
 * Health along the price of one symbol, and over price and volatility together: the account repriced at every point.
 */
import { divide, ONE, type Price, price, type Ratio, ratio, type Usd } from "../../domain/fixed.js"
import { type AccountCase, healthOf, recast } from "../../insight/account-case.js"
import { withPrices, withVolatilityShifts } from "../../insight/change-market.js"

export interface ScanPoint {
  readonly price: Price
  /** `null` where no number can be given. */
  readonly health: Usd | null
}

/** Prices from half to twice the price now, evenly spaced in ratio, rounded down; the middle one is the price itself. */
export function scanPrices(now: Price, count: number): Price[] {
  return Array.from({ length: count }, (_, i) => {
    const exponent = (2 * i) / (count - 1) - 1
    return price(divide(now * BigInt(Math.round(2 ** exponent * 1e12)), 10n ** 12n, "down"))
  })
}

export function healthAlong(asked: AccountCase, symbol: string, prices: readonly Price[]): ScanPoint[] {
  return prices.map(at => ({ price: at, health: healthAt(asked, symbol, at) }))
}

const healthAt = (asked: AccountCase, symbol: string, at: Price): Usd | null => {
  const moved = withPrices(asked.snapshot, new Map([[symbol, at]]))
  return healthOf(recast(asked, moved)).figures?.health ?? null
}

/** Relative price moves in per cent and volatility shifts in points: the rows and columns of the heat map. */
export const PRICE_MOVES = [-40, -30, -20, -10, -5, 0, 5, 10, 20, 30, 40] as const
export const VOLATILITY_SHIFTS = [-20, -10, 0, 10, 20, 40] as const

export interface ShockGrid {
  readonly symbol: string
  /** One row a volatility shift, one entry a price move: change of health against the account as it is, USD. */
  readonly rows: readonly { readonly shift: number; readonly changes: readonly (Usd | null)[] }[]
  /** Health as it is; `null` where no number can be given. */
  readonly health: Usd | null
}

/** Reprices the account at every price move × volatility shift of one underlying; `undefined` without a price. */
export function shockGrid(asked: AccountCase, symbol: string): ShockGrid | undefined {
  const quoted = asked.snapshot.prices.find(each => each.symbol === symbol)
  if (quoted?.status !== "ok") return undefined
  const health = healthOf(asked).figures?.health ?? null
  const rows = VOLATILITY_SHIFTS.map(shift => {
    const shifts = new Map<string, Ratio>([[symbol, ratio((BigInt(shift) * ONE) / 100n)]])
    const shifted = shift === 0 ? asked.snapshot : withVolatilityShifts(asked.snapshot, shifts)
    const changes = PRICE_MOVES.map(move => {
      const at = price(divide(quoted.price * BigInt(100 + move), 100n, "down"))
      const moved = healthAt(recast(asked, shifted), symbol, at)
      return moved === null || health === null ? null : ((moved - health) as Usd)
    })
    return { shift, changes }
  })
  return { symbol, rows, health }
}
