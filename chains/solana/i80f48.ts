/**
 * I80F48: signed 128 bits of which 48 are the fraction, as Solana's lending programs store rates and shares.
 * Products and quotients of what is not negative are cut off, as the programs do it: recomputed values agree to the last bit.
 */
declare const kind: unique symbol
/** × 2^48. */
export type I80F48 = bigint & { readonly [kind]: "I80F48" }

const FRACTION_BITS = 48n

export const i80f48 = (raw: bigint): I80F48 => raw as I80F48
export const ZERO = i80f48(0n)
export const ONE = i80f48(1n << FRACTION_BITS)
export const wholeI80F48 = (value: bigint): I80F48 => i80f48(value << FRACTION_BITS)

/** Little-endian at an offset. @throws RangeError when there are fewer than 16 bytes. */
export const i80f48At = (view: DataView, offset: number): I80F48 =>
  i80f48((view.getBigInt64(offset + 8, true) << 64n) | view.getBigUint64(offset, true))

export const plus = (...terms: readonly I80F48[]): I80F48 => i80f48(terms.reduce((sum, term) => sum + term, 0n))
export const minus = (a: I80F48, b: I80F48): I80F48 => i80f48(a - b)
/** Cut off. */
export const times = (a: I80F48, b: I80F48): I80F48 => i80f48((a * b) >> FRACTION_BITS)
/** Cut off. @throws RangeError when the divisor is zero. */
export const over = (a: I80F48, b: I80F48): I80F48 => i80f48((a << FRACTION_BITS) / b)

/** The product of two as a whole number, exact before it is rounded down. */
export const wholeProductDown = (a: I80F48, b: I80F48): bigint => (a * b) >> (2n * FRACTION_BITS)
/** The product of two as a whole number, exact before it is rounded up. */
export const wholeProductUp = (a: I80F48, b: I80F48): bigint => 0n - ((0n - a * b) >> (2n * FRACTION_BITS))
