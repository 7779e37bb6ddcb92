/**
 * Exact fixed-point numbers: bigint at 18 decimals, branded by what they count.
 * `number` never holds money; every division names its direction.
 */

/** 1.0 at the scale of every `Fixed`. */
export const ONE = 10n ** 18n
export const DECIMALS = 18

declare const unit: unique symbol
type Fixed<Unit extends string> = bigint & { readonly [unit]: Unit }

/** US dollars × 10^18, signed. */
export type Usd = Fixed<"usd">
/** Units of an asset or an underlying × 10^18, signed: + long, − short. */
export type Quantity = Fixed<"quantity">
/** US dollars per unit × 10^18. */
export type Price = Fixed<"price">
/** A plain ratio × 10^18: weights, haircuts, factors, volatilities. */
export type Ratio = Fixed<"ratio">

export const usd = (raw: bigint): Usd => raw as Usd
export const quantity = (raw: bigint): Quantity => raw as Quantity
export const price = (raw: bigint): Price => raw as Price
export const ratio = (raw: bigint): Ratio => raw as Ratio

export type Rounding = "down" | "up"

/**
 * Divides towards −∞ (`down`) or +∞ (`up`), also for negative operands:
 * `divide(-7n, 2n, "down")` is −4, `divide(-7n, 2n, "up")` is −3.
 *
 * @throws RangeError when the divisor is zero (bigint division).
 */
export function divide(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = dividend / divisor
  const remainder = dividend - quotient * divisor
  if (remainder === 0n) return quotient
  const negative = remainder < 0n !== divisor < 0n
  if (rounding === "down") return negative ? quotient - 1n : quotient
  return negative ? quotient : quotient + 1n
}

const scaled = (a: bigint, b: bigint, rounding: Rounding) => divide(a * b, ONE, rounding)

/** Quantity × price, rounded down: for what the account owns. */
export const valueDown = (amount: Quantity, at: Price): Usd => usd(scaled(amount, at, "down"))
/** Quantity × price, rounded up: for what the account owes. */
export const valueUp = (amount: Quantity, at: Price): Usd => usd(scaled(amount, at, "up"))
/** Dollars × ratio, rounded down. */
export const timesDown = (value: Usd, by: Ratio): Usd => usd(scaled(value, by, "down"))
/** Dollars × ratio, rounded up. */
export const timesUp = (value: Usd, by: Ratio): Usd => usd(scaled(value, by, "up"))

export const sumUsd = (values: Iterable<Usd>): Usd => {
  let total = 0n
  for (const value of values) total += value
  return usd(total)
}

export const abs = <T extends bigint>(value: T): T => (value < 0n ? ((0n - value) as T) : value)
export function maxOf<T extends bigint>(first: T, ...rest: T[]): T {
  let best = first
  for (const value of rest) if (value > best) best = value
  return best
}
export function minOf<T extends bigint>(first: T, ...rest: T[]): T {
  let best = first
  for (const value of rest) if (value < best) best = value
  return best
}

/**
 * An on-chain integer amount at the token's own decimals as a `Quantity`.
 * Exact up to 18 decimals; beyond, rounded as the caller says (assets down, debts up).
 */
export function quantityFromRaw(raw: bigint, decimals: number, rounding: Rounding): Quantity {
  return quantity(
    decimals <= DECIMALS
      ? raw * 10n ** BigInt(DECIMALS - decimals)
      : divide(raw, 10n ** BigInt(decimals - DECIMALS), rounding),
  )
}
