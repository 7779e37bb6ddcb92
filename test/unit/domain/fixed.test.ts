import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import {
  abs,
  divide,
  maxOf,
  minOf,
  ONE,
  price,
  quantity,
  quantityFromRaw,
  ratio,
  sumUsd,
  timesDown,
  timesUp,
  usd,
  valueDown,
  valueUp,
} from "../../../aggregator/domain/fixed.js"

describe("divide", () => {
  it.each([
    [7n, 2n, 3n, 4n],
    [-7n, 2n, -4n, -3n],
    [7n, -2n, -4n, -3n],
    [-7n, -2n, 3n, 4n],
    [6n, 2n, 3n, 3n],
    [-6n, 2n, -3n, -3n],
    [6n, -2n, -3n, -3n],
    [-6n, -2n, 3n, 3n],
    [0n, -5n, 0n, 0n],
    [1n, 10n ** 30n, 0n, 1n],
    [-1n, 10n ** 30n, -1n, 0n],
  ])("%s / %s is %s down and %s up", (dividend, divisor, down, up) => {
    expect(divide(dividend, divisor, "down")).toBe(down)
    expect(divide(dividend, divisor, "up")).toBe(up)
  })

  it("brackets the exact quotient, whatever the signs", () => {
    const divisor = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).filter(value => value !== 0n)
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), divisor, (a, b) => {
        const down = divide(a, b, "down")
        const up = divide(a, b, "up")
        // down ≤ a / b ≤ up, multiplied out: a negative divisor turns the order.
        const sign = b < 0n ? -1n : 1n
        expect(down * b * sign <= a * sign && a * sign <= up * b * sign).toBe(true)
        expect(up - down).toBe(a % b === 0n ? 0n : 1n)
      }),
    )
  })

  it("refuses to divide by zero", () => {
    expect(() => divide(1n, 0n, "down")).toThrow(RangeError)
  })
})

describe("products", () => {
  const third = ratio(parseDecimal("0.333333333333333333"))

  it.each([
    [1n, 0n, 1n],
    [-1n, -1n, 0n],
  ])("%s × 10^-18 dollars by a third: %s down, %s up", (raw, down, up) => {
    expect(timesDown(usd(raw), third)).toBe(down)
    expect(timesUp(usd(raw), third)).toBe(up)
  })

  it("values what is owned down and what is owed up, short quantities included", () => {
    const at = price(1n)
    expect([valueDown(quantity(1n), at), valueUp(quantity(1n), at)]).toEqual([0n, 1n])
    expect([valueDown(quantity(-1n), at), valueUp(quantity(-1n), at)]).toEqual([-1n, 0n])
    expect(valueDown(quantity(-2n * ONE), price(3n * ONE))).toBe(-6n * ONE)
  })
})

describe("quantityFromRaw", () => {
  it("is exact up to 18 decimals", () => {
    expect(quantityFromRaw(1n, 0, "down")).toBe(ONE)
    expect(quantityFromRaw(1_500_000n, 6, "up")).toBe(parseDecimal("1.5"))
    expect(quantityFromRaw(1n, 18, "up")).toBe(1n)
  })

  it("rounds as told beyond", () => {
    expect(quantityFromRaw(19n, 19, "down")).toBe(1n)
    expect(quantityFromRaw(11n, 19, "up")).toBe(2n)
    expect(quantityFromRaw(1n, 36, "down")).toBe(0n)
    expect(quantityFromRaw(1n, 36, "up")).toBe(1n)
  })
})

describe("sums and bounds", () => {
  it("add exactly and pick by value", () => {
    expect(sumUsd([])).toBe(0n)
    expect(sumUsd([usd(1n), usd(-3n), usd(10n ** 40n)])).toBe(10n ** 40n - 2n)
    expect([maxOf(1n, -2n, 3n), minOf(1n, -2n, 3n), maxOf(5n)]).toEqual([3n, -2n, 5n])
    expect([abs(-7n), abs(7n), abs(0n)]).toEqual([7n, 7n, 0n])
  })
})
