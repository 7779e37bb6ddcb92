/**
 * Printed doubles as exact decimals, and results back as doubles to compare.
 */
import { parseDecimal, toNumber } from "../../../aggregator/domain/decimal.js"
import { price, quantity, ratio, usd } from "../../../aggregator/domain/fixed.js"

/** The double's own value to 18 decimals. */
export const decimal = (x: number): string => x.toFixed(18)
const exact = (x: number): bigint => parseDecimal(decimal(x))
export const priceOf = (x: number) => price(exact(x))
export const quantityOf = (x: number) => quantity(exact(x))
export const ratioOf = (x: number) => ratio(exact(x))
export const usdOf = (x: number) => usd(exact(x))

export const sum = (values: readonly bigint[]): number => toNumber(values.reduce((total, each) => total + each, 0n))

/** Quantities are not cut at all: what a methodology document says to reproduce a number to its last place. */
export const EXACT_LOT = "0.000000000000000001"
