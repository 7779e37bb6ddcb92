/**
 * The two shapes that nearly every question about a holder has, written out by hand: an address in, a number out.
 * They run once a holder and asset; a general coder takes ten times as long for the same bytes.
 */
import type { Hex, Address as Holder } from "viem"

const WORD_DIGITS = 64

/** Calldata of a function of one address. @param selector `0x` and 8 hex digits. */
export const withAddress = (selector: Hex, address: Holder): Hex =>
  `${selector}${address.slice(2).toLowerCase().padStart(WORD_DIGITS, "0")}`

/** The first word of an answer as a number. @throws RangeError when there is none. */
export function uintIn(answer: Hex): bigint {
  const word = answer.slice(0, 2 + WORD_DIGITS)
  if (word.length < 2 + WORD_DIGITS) throw new RangeError(`${answer} is shorter than a word`)
  return BigInt(word)
}
