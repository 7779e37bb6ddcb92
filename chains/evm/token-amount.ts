/**
 * Amounts of tokens as contracts answer them: what no token can have is an answer of something else.
 */

/** Far beyond any real token: the whole supply of SHIB, in the smallest units, is below 2^110. */
const ABSURD_AMOUNT = 2n ** 128n

/** The amount itself. @throws RangeError when no token has so many units. */
export function tokenAmount(units: bigint): bigint {
  if (units >= ABSURD_AMOUNT) throw new RangeError(`${units} units are no amount of a token`)
  return units
}
