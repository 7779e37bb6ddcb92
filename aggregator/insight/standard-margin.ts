/**
 * Standard margin of a short option, position by position: what it needs on its own, without any netting.
 * The usual exchange rule: a share of the index less the out-of-the-money amount, never below a lesser share.
 */
import { divide, maxOf, ONE, type Price, price, type Quantity, type Ratio, type Usd, usd } from "../domain/fixed.js"
import type { OptionRight } from "../domain/instrument.js"

/** Shares of the index price. */
export interface StandardOptionRule {
  /** Initial margin before the out-of-the-money amount is taken off … */
  readonly initial: Ratio
  /** … and the least that remains of it. */
  readonly initialFloor: Ratio
  /** Of the index or of the mark, whichever is larger. */
  readonly maintenance: Ratio
  readonly liquidationFee: Ratio
}

export interface ShortOption {
  readonly right: OptionRight
  readonly strike: Price
  /** < 0 is short; a long option needs nothing beyond its premium. */
  readonly quantity: Quantity
  readonly index: Price
  /** Value of +1 long now. */
  readonly mark: Price
  /** What it was sold for, where the sale is still open. */
  readonly orderPrice: Price | null
}

export interface StandardMargin {
  readonly initial: Usd
  readonly maintenance: Usd
}

/**
 * Both margins in USD, rounded up; 0 for a long position.
 *
 * initial = max(initial·index − otm, initialFloor·index) + max(order price, mark);
 * maintenance = maintenance·max(index, mark) + mark + liquidationFee·index; each times the units short.
 */
export function standardMargin(option: ShortOption, rule: StandardOptionRule): StandardMargin {
  const { index, mark, strike, quantity } = option
  const short = quantity < 0n ? -quantity : 0n
  const outOfTheMoney = maxOf(price(option.right === "call" ? strike - index : index - strike), price(0n)) * ONE
  // Per unit × 10^36: a product of two fixed-point numbers before its only division.
  const least = index * rule.initialFloor
  const premium = maxOf(option.orderPrice ?? mark, mark) * ONE
  const initial = maxOf(index * rule.initial - outOfTheMoney, least) + premium
  const maintenance = maxOf(index, mark) * rule.maintenance + mark * ONE + index * rule.liquidationFee
  const scale = ONE * ONE
  return {
    initial: usd(divide(short * initial, scale, "up")),
    maintenance: usd(divide(short * maintenance, scale, "up")),
  }
}
