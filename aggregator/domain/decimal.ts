/**
 * Decimal strings: the only form in which a number crosses the edge of the program.
 * Parsing is exact or it fails; formatting is exact.
 */
import { DECIMALS, ONE } from "./fixed.js"

/** What every amount in JSON looks like: no exponent, no plus sign, no leading dot. */
const DECIMAL = /^-?\d+(\.\d+)?$/
/** The decimal strings that have a value at our scale. */
export const EXACT_DECIMAL = new RegExp(`^-?\\d+(\\.\\d{1,${DECIMALS}})?$`)

/**
 * Parses a decimal string into the 18-decimal scale.
 *
 * @throws RangeError when the text is no decimal string or has more than 18 decimals.
 */
export function parseDecimal(text: string): bigint {
  if (!DECIMAL.test(text)) throw new RangeError(`"${text}" is not a decimal string such as "-12.5"`)
  const negative = text.startsWith("-")
  const [whole = "0", fraction = ""] = (negative ? text.slice(1) : text).split(".")
  if (fraction.length > DECIMALS) throw new RangeError(`"${text}" has more than ${DECIMALS} decimals`)
  const magnitude = BigInt(whole) * ONE + BigInt(fraction.padEnd(DECIMALS, "0"))
  return negative ? -magnitude : magnitude
}

/** Formats an 18-decimal value exactly, without trailing zeros: 1500000000000000000n is "1.5". */
export function formatDecimal(value: bigint): string {
  const magnitude = value < 0n ? -value : value
  const fraction = (magnitude % ONE).toString().padStart(DECIMALS, "0").replace(/0+$/, "")
  return `${value < 0n ? "-" : ""}${magnitude / ONE}${fraction && `.${fraction}`}`
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
