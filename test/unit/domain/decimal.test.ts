import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal, toNumber } from "../../../aggregator/domain/decimal.js"
import { ONE } from "../../../aggregator/domain/fixed.js"

describe("decimal strings", () => {
  it.each([
    ["0", 0n],
    ["1", ONE],
    ["-12.5", -125n * 10n ** 17n],
    ["0.000000000000000001", 1n],
    ["-0.000000000000000001", -1n],
    ["123456789012345678901234567890", 123456789012345678901234567890n * ONE],
  ])("%s is read and written exactly", (text, value) => {
    expect(parseDecimal(text)).toBe(value)
    expect(formatDecimal(value)).toBe(text)
  })

  it.each([
    ["-0", "0"],
    ["00012.500", "12.5"],
    ["-0.0", "0"],
  ])("%s is written as %s", (text, canonical) => {
    expect(formatDecimal(parseDecimal(text))).toBe(canonical)
  })

  it.each([
    "",
    " 1",
    "1 ",
    "1e5",
    "1E-5",
    "+1",
    ".5",
    "5.",
    "--1",
    "1,000",
    "1_000",
    "0x10",
    "NaN",
    "Infinity",
    "-",
    "1.2.3",
    "١",
    "1\n",
    "0.0000000000000000001",
  ])("refuses %j", text => {
    expect(() => parseDecimal(text)).toThrow(RangeError)
  })

  it("reads back what it writes", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 50n), max: 10n ** 50n }), value => {
        expect(parseDecimal(formatDecimal(value))).toBe(value)
      }),
    )
  })

  it("writes the whole and the rest as division has them", () => {
    const magnitude = fc.oneof(
      fc.bigInt({ min: 0n, max: 10n ** 50n }),
      fc.bigInt({ min: 0n, max: 10n ** 19n }),
      fc
        .tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.nat(30))
        .map(([digits, zeros]) => digits * 10n ** BigInt(zeros)),
    )
    fc.assert(
      fc.property(magnitude, value => {
        const rest = String(value % ONE)
          .padStart(18, "0")
          .replace(/0+$/, "")
        const text = rest === "" ? `${value / ONE}` : `${value / ONE}.${rest}`
        expect(formatDecimal(value)).toBe(text)
        expect(formatDecimal(-value)).toBe(value === 0n ? "0" : `-${text}`)
      }),
    )
  })

  it("reads every number of decimals, with leading and trailing zeros", () => {
    const digits = (minLength: number, maxLength: number) =>
      fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength })
    fc.assert(
      fc.property(fc.boolean(), digits(1, 30), digits(0, 18), (negative, whole, fraction) => {
        const magnitude = BigInt(whole) * ONE + BigInt(fraction.padEnd(18, "0"))
        const text = `${negative ? "-" : ""}${whole}${fraction && `.${fraction}`}`
        expect(parseDecimal(text)).toBe(negative ? -magnitude : magnitude)
      }),
    )
  })

  it("comes to the double that its text comes to", () => {
    const magnitude = fc.oneof(
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }).map(value => value * 10n ** 9n),
    )
    fc.assert(
      fc.property(magnitude, value => {
        expect(toNumber(value)).toBe(Number(formatDecimal(value)))
      }),
    )
  })

  it("comes to the nearest double", () => {
    expect(toNumber(parseDecimal("0.1"))).toBe(0.1)
    expect(toNumber(parseDecimal("-2999.999999999999999999"))).toBe(-3000)
    expect(toNumber(2n ** 53n * ONE)).toBe(2 ** 53)
  })
})
