import fc from "fast-check"
import { expect, test } from "vitest"
import { LayoutError } from "../../../../chains/solana/layout.js"
import { decodePriceUpdate } from "../../../../chains/solana/price-update.js"
import { encodePriceUpdate } from "../../../support/price-update.js"

const update = fc.record({
  verification: fc.oneof(fc.constant("full" as const), fc.nat(255)),
  feedId: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => `0x${Buffer.from(bytes).toString("hex")}`),
  price: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  confidence: fc.bigInt(0n, 2n ** 64n - 1n),
  exponent: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  publishTime: fc.bigInt(0n, 2n ** 40n),
})

test("what was encoded is decoded, however it was verified", () => {
  fc.assert(
    fc.property(update, published => {
      const { price, ...same } = published
      expect(decodePriceUpdate(encodePriceUpdate(published))).toEqual({ ...same, mantissa: price })
    }),
  )
})

test("a cut or altered update is none", () => {
  fc.assert(
    fc.property(update, fc.nat(132), (published, length) => {
      expect(() => decodePriceUpdate(encodePriceUpdate(published).subarray(0, length))).toThrow(LayoutError)
    }),
  )
  const data = encodePriceUpdate({
    verification: "full",
    feedId: `0x${"ab".repeat(32)}`,
    price: 1n,
    confidence: 1n,
    exponent: -8,
    publishTime: 1n,
  })
  for (const at of [0, 7]) expect(() => decodePriceUpdate(data.with(at, 0))).toThrow(LayoutError)
  expect(() => decodePriceUpdate(data.with(40, 2))).toThrow(LayoutError)
})

test("random bytes are an update or a LayoutError", () => {
  const start = Buffer.from("22f123639d7ef4cd", "hex")
  fc.assert(
    fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), (begins, bytes) => {
      try {
        decodePriceUpdate(begins ? Uint8Array.from([...start, ...bytes]) : bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(LayoutError)
      }
    }),
  )
})
