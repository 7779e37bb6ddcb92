/**
 * Decimal strings: the only form in which a number crosses the edge of the program.
 * Parsing is exact or it fails; formatting is exact.
 */
import { DECIMALS, ONE } from "./fixed.js"

/** What every amount in JSON looks like: no exponent, no plus sign, no leading dot. */
const DECIMAL = /^-?\d+(\.\d+)?$/
/** The decimal strings that have a value at our scale. */
export const EXACT_DECIMAL = new RegExp(`^-?\\d+(\\.\\d{1,${DECIMALS}})?$`)

/** 10^i, for texts with 18 − i decimals. */
const POWERS = Array.from({ length: DECIMALS + 1 }, (_, i) => 10n ** BigInt(i))

/**
 * Parses a decimal string into the 18-decimal scale.
 *
 * @throws RangeError when the text is no decimal string or has more than 18 decimals.
 */
export function parseDecimal(text: string): bigint {
  if (!DECIMAL.test(text)) throw new RangeError(`"${text}" is not a decimal string such as "-12.5"`)
  const point = text.indexOf(".")
  if (point < 0) return BigInt(text) * ONE
  const missing = POWERS[DECIMALS - (text.length - point - 1)]
  if (missing === undefined) throw new RangeError(`"${text}" has more than ${DECIMALS} decimals`)
  return BigInt(text.slice(0, point) + text.slice(point + 1)) * missing
}

const ZERO_DIGIT = 48

/** Formats an 18-decimal value exactly, without trailing zeros: 1500000000000000000n is "1.5". */
export function formatDecimal(value: bigint): string {
  if (value === 0n) return "0"
  const negative = value < 0n
  // One conversion and slices of it: an answer has a hundred numbers, and each bigint operation allocates.
  const digits = (negative ? -value : value).toString().padStart(DECIMALS + 1, "0")
  const point = digits.length - DECIMALS
  let end = digits.length
  while (end > point && digits.charCodeAt(end - 1) === ZERO_DIGIT) end--
  const text = end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`
  return negative ? `-${text}` : text
}

const BILLIONTH = 10n ** 9n
const LARGEST_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/** The double nearest to an 18-decimal value: the only road from exact money into the kernel. */
export function toNumber(value: bigint): number {
  // Both are exact as doubles, so their quotient is rounded once: the same bits as by way of the text, far sooner.
  const billionths = value / BILLIONTH
  if (billionths * BILLIONTH === value && billionths <= LARGEST_EXACT && billionths >= -LARGEST_EXACT)
    return Number(billionths) / 1e9
  return Number(formatDecimal(value))
}
