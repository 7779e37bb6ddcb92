/**
 * What a scenario that skews does to one option's volatility: each strike moves by its own amount.
 */
import { toNumber } from "../../domain/decimal.js"
import type { SkewMove } from "../../domain/methodology.js"
import type { RiskKernel } from "../../domain/ports.js"

/** @param forward and @param strike USD; @param years to expiry */
export function skewedVolatility(
  kernel: RiskKernel,
  move: SkewMove,
  option: { readonly volatility: number; readonly forward: number; readonly strike: number; readonly years: number },
): number {
  const root = Math.sqrt(option.years)
  const cap = toNumber(move.cap.base) + toNumber(move.cap.perRootYear) * root
  const { minimum, width, level, slope } = move.reach
  const reach = Math.max(toNumber(minimum), root * toNumber(width) * (toNumber(level) + root * toNumber(slope)))
  const moneyness = kernel.log(option.strike / option.forward)
  const k = move.of === "distance" ? Math.abs(moneyness) : moneyness
  // At expiry the reach can be 0: then every strike but the forward itself is at the cap.
  const slid = k * cap === 0 ? 0 : (k * cap) / reach
  // A cap below zero turns the skew around: what bounds it is still its size on the side of the strike.
  const bounded = k >= 0 ? Math.min(cap, slid) : Math.max(-cap, slid)
  return option.volatility * Math.max(0, 1 + bounded)
}
