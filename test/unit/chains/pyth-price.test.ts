import { expect, test } from "vitest"
import { observedPrice } from "../../../chains/pyth-price.js"

const ONE = 10n ** 18n
const published = { mantissa: 5n, confidence: 2n, exponent: 0, publishTime: 1n }

test.each([
  [-18, 1n],
  [-8, 10n ** 10n],
  [0, ONE],
  [18, ONE * ONE],
])("an exponent of %i is exact", (exponent, unit) => {
  expect(observedPrice({ ...published, exponent })).toEqual({
    price: 5n * unit,
    confidence: 2n * unit,
    publishTime: 1,
  })
})

test.each([0n, -5n])("a price of %i is what the source said", mantissa => {
  expect(observedPrice({ ...published, mantissa }).price).toBe(mantissa * ONE)
})

test.each([{ exponent: -19 }, { exponent: 19 }, { publishTime: -1n }, { publishTime: 2n ** 53n }])(
  "%o is none that Pyth publishes",
  wrong => {
    expect(() => observedPrice({ ...published, ...wrong })).toThrow(RangeError)
  },
)
