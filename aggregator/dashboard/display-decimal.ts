/**
 * Decimal strings for people: grouped, cut to a few places, rounded toward danger.
 * Exact integers all the way, so that no sign and no threshold is ever blurred by floating point.
 */
import { parseDecimal } from "../domain/decimal.js"
import { DECIMALS, divide, ONE, type Rounding } from "../domain/fixed.js"

const MINUS = "\u2212"

/**
 * Cuts a decimal string to `places` (0–18), `down` toward −∞ (what is owned or left), `up` toward +∞ (what is owed or needed):
 * "1234.567" is "1,234.56" down and "1,234.57" up; "-0.001" is "−0.01" down.
 */
export function displayDecimal(text: string, places: number, toward: Rounding): string {
  return display(parseDecimal(text), places, toward)
}

/** A ratio as per cent: "0.83334" up with one place is "83.4 %". */
export function displayPercent(ratio: string, places: number, toward: Rounding): string {
  return `${display(parseDecimal(ratio) * 100n, places, toward)}\u202f%`
}

/** A price with four places below 10 and two above: the same relative care for SOL and for BTC. */
export function displayPrice(text: string, toward: Rounding): string {
  return displayDecimal(text, parseDecimal(text) < 10n * ONE ? 4 : 2, toward)
}

/** Thousands set apart in a string of digits: block heights and gas. */
export const groupDigits = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",")

/** Exact comparison: −1, 0 or 1. */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const difference = parseDecimal(left) - parseDecimal(right)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

function display(value: bigint, places: number, toward: Rounding): string {
  const step = 10n ** BigInt(DECIMALS - places)
  const steps = divide(value, step, toward)
  const digits = (steps < 0n ? -steps : steps).toString().padStart(places + 1, "0")
  const whole = groupDigits(digits.slice(0, digits.length - places))
  const fraction = places > 0 ? `.${digits.slice(digits.length - places)}` : ""
  return `${steps < 0n ? MINUS : ""}${whole}${fraction}`
}
