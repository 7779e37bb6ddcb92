/**
 * The kernel's keccak256 is everybody's keccak256: held against another implementation, for any messages, either width.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PORTABLE_HASHING } from "../../aggregator/domain/hashing.js"
import { attestationTree } from "../../aggregator/domain/merkle.js"
import { KernelError } from "../../wasm-core/kernel.js"
import { headerOf, leaves } from "../support/attestation.js"
import { shippedKernel } from "../support/kernel.js"

describe.each(["simd", "scalar"] as const)("the %s kernel", lanes => {
  it("hashes messages as the plain implementation does", async () => {
    const kernel = await shippedKernel(lanes)
    const messages = fc
      .record({ words: fc.integer({ min: 1, max: 128 }), count: fc.nat({ max: 9 }) })
      .chain(({ words, count }) => {
        const length = 8 * words * count
        return fc.tuple(fc.constant(8 * words), fc.uint8Array({ minLength: length, maxLength: length }))
      })
    fc.assert(
      fc.property(messages, ([bytes, all]) => {
        expect(kernel.keccakEach(all, bytes)).toEqual(PORTABLE_HASHING.keccakEach(all, bytes))
      }),
    )
  })

  it("hashes pairs in their order, equal beginnings included, and leaves what it was given as it is", async () => {
    const kernel = await shippedKernel(lanes)
    const digest = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc
        .tuple(fc.nat({ max: 31 }), fc.nat({ max: 255 }))
        .map(([at, byte]) => new Uint8Array(32).fill(byte, at, at + 1)),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(digest, digest), { maxLength: 9 }), list => {
        const pairs = Uint8Array.from(list.flat().flatMap(each => [...each]))
        const given = pairs.slice()
        expect(kernel.keccakPairs(pairs)).toEqual(PORTABLE_HASHING.keccakPairs(pairs))
        expect(pairs).toEqual(given)
      }),
    )
  })

  it("builds and changes the very tree, over more leaves than go into one call", async () => {
    const kernel = await shippedKernel(lanes)
    const count = 2_100
    const before = leaves(count)
    const changed = before.filter(leaf => leaf.index % 97 === 0).map(leaf => ({ ...leaf, asOf: leaf.asOf + 1 }))
    const [fast, plain] = [kernel, PORTABLE_HASHING].map(keccak => attestationTree(headerOf(count), before, keccak))
    expect(fast?.root).toBe(plain?.root)
    expect(fast?.with(headerOf(count), changed).root).toBe(plain?.with(headerOf(count), changed).root)
    expect(fast?.with(headerOf(count), changed).root).not.toBe(fast?.root)
  })

  it.each([
    ["no whole messages", 40, 24, "COLUMN_LENGTH_MISMATCH"],
    ["messages of no length", 40, 0, "SIZE_OUT_OF_RANGE"],
    ["messages that are no whole words", 36, 12, "SIZE_OUT_OF_RANGE"],
    ["messages that are too long", 1_032, 1_032, "SIZE_OUT_OF_RANGE"],
  ])("refuses %s", async (_, length, bytes, code) => {
    const kernel = await shippedKernel(lanes)
    expect(() => kernel.keccakEach(new Uint8Array(length), bytes)).toThrow(KernelError)
    expect(() => kernel.keccakEach(new Uint8Array(length), bytes)).toThrow(expect.objectContaining({ code }))
  })
})
