/**
 * Health along a price, and over price × volatility: what a page draws and a slider moves through.
 */
import { divide, ONE, type Price, price, type Ratio, type Usd } from "../domain/fixed.js"
import { type AccountCase, recast, standingOf } from "./account-case.js"
import { withPrices, withVolatilityShifts } from "./change-market.js"

/** Equity and margin at one point; `null` where no number can be given. */
export type CurvePoint = { readonly equity: Usd; readonly maintenanceMargin: Usd; readonly health: Usd } | null

/** One point a price of the symbol, everything else as it is; by the full pipeline. */
export const healthCurve = (asked: AccountCase, symbol: string, prices: readonly Price[]): CurvePoint[] =>
  prices.map(at => pointOf(recast(asked, withPrices(asked.snapshot, new Map([[symbol, at]])))))

/**
 * One row a volatility shift (added to every volatility quoted for the underlying), one column a relative price move.
 *
 * @param moves > −1; the moved price is rounded down.
 */
export function healthSurface(
  asked: AccountCase,
  underlying: string,
  moves: readonly Ratio[],
  shifts: readonly Ratio[],
): CurvePoint[][] {
  const now = asked.snapshot.prices.find(each => each.symbol === underlying)
  if (now?.status !== "ok") return shifts.map(() => moves.map(() => null))
  const prices = moves.map(move => price(divide(now.price * (ONE + move), ONE, "down")))
  return shifts.map(shift => {
    const shifted = withVolatilityShifts(asked.snapshot, new Map([[underlying, shift]]))
    return healthCurve(recast(asked, shifted), underlying, prices)
  })
}

function pointOf(asked: AccountCase): CurvePoint {
  const standing = standingOf(asked)
  if (!standing) return null
  const { equity, maintenanceMargin, health } = standing
  return { equity, maintenanceMargin, health }
}
