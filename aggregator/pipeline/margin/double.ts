/**
 * From the kernel's doubles back to exact fixed point, without a rounding that nobody named.
 */
import { type Ratio, type Rounding, ratio } from "../../domain/fixed.js"

/** Every double times this power of two is exact, and below it 10^-18 cannot see anything any more. */
const SCALE_BITS = 64

/** The multiple of 10^-18 next to a finite double, below or above it. */
export function ratioFrom(x: number, rounding: Rounding): Ratio {
  const scaled = x * 2 ** SCALE_BITS
  const whole = BigInt(rounding === "down" ? Math.floor(scaled) : Math.ceil(scaled)) * 10n ** 18n
  const floor = whole >> BigInt(SCALE_BITS)
  return ratio(rounding === "up" && floor << BigInt(SCALE_BITS) !== whole ? floor + 1n : floor)
}
