/**
 * Numbers of a file as they were printed: exactly as decimals, and how far a printed number may be from the true one.
 */
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { DECIMALS } from "../../../aggregator/domain/fixed.js"

/** The shortest decimal that reads back as the same number, at 18 decimals; digits beyond are cut. */
export function exactly(number: number): bigint {
  const [mantissa = "", exponent] = String(Math.abs(number)).split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const shift = fraction.length - Number(exponent ?? 0)
  const digits = whole + fraction + "0".repeat(Math.max(0, -shift))
  const padded = digits.padStart(Math.max(shift, 0) + 1, "0")
  const split = padded.length - Math.max(shift, 0)
  const kept = padded.slice(split, split + DECIMALS)
  const magnitude = parseDecimal(kept ? `${padded.slice(0, split)}.${kept}` : padded.slice(0, split))
  return number < 0 ? -magnitude : magnitude
}

/** Half of the last printed place; 0 for a whole number. */
export function lastPlace(printed: number): number {
  const [, fraction = ""] = String(printed).split(".")
  // A hair more than a half: both sides of the comparison are doubles.
  return fraction ? 0.5000001 * 10 ** -fraction.length : 0
}
