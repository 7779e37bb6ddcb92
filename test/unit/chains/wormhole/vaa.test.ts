import { describe, expect, it } from "vitest"
import { DEV_GUARDIANS } from "../../../../chains/devnet/guardian-keys.js"
import { signersOf, signMessage } from "../../../../chains/devnet/guardian-signing.js"
import {
  InvalidVaaError,
  MalformedVaaError,
  parseVaa,
  quorumOf,
  requireQuorum,
} from "../../../../chains/wormhole/vaa.js"

const set = { index: 0, guardians: DEV_GUARDIANS.map(({ account }) => account.address.toLowerCase()) }
const message = {
  emitterChain: 2,
  emitter: `0x${"ab".repeat(32)}`,
  sequence: 7n,
  timestamp: 1_760_000_000,
  nonce: 3,
  consistencyLevel: 1,
  payload: Uint8Array.of(1, 2, 3),
} as const

describe("VAA", () => {
  it.each([
    [1, 1],
    [3, 3],
    [4, 3],
    [19, 13],
  ])("of %i guardians needs %i signatures", (guardians, quorum) => {
    expect(quorumOf(guardians)).toBe(quorum)
  })

  it("is accepted from any thirteen of nineteen", () => {
    for (const sequence of [0n, 7n, 18n]) {
      const signers = signersOf(sequence)
      expect(signers).toHaveLength(13)
      const vaa = parseVaa(signMessage(message, signers))
      expect(() => requireQuorum(vaa, set)).not.toThrow()
      expect(vaa).toMatchObject({ sequence: 7n, nonce: 3, consistencyLevel: 1, timestamp: 1_760_000_000 })
    }
  })

  const [first, second, ...rest] = DEV_GUARDIANS.slice(0, 13)
  if (!first || !second) throw new Error("no guardians")
  it.each([
    ["twelve signatures", DEV_GUARDIANS.slice(0, 12)],
    ["none", []],
    ["a signature by another key", [first, { ...second, privateKey: first.privateKey }, ...rest]],
    ["a guardian outside the set", [...DEV_GUARDIANS.slice(0, 12), { ...first, index: 19 }]],
  ])("is refused with %s", (_, signers) => {
    const vaa = parseVaa(signMessage(message, signers))
    expect(() => requireQuorum(vaa, set)).toThrow(InvalidVaaError)
  })

  it("is refused when one bit of the body differs from what was signed", () => {
    const bytes = signMessage(message, signersOf(0n))
    const changed = bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
    expect(() => requireQuorum(parseVaa(changed), set)).toThrow(InvalidVaaError)
  })

  it("is refused from another guardian set", () => {
    const vaa = parseVaa(signMessage(message, signersOf(0n)))
    expect(() => requireQuorum(vaa, { ...set, index: 1 })).toThrow(InvalidVaaError)
  })

  it("is refused when its signatures are unordered, or it is no VAA at all", () => {
    expect(() => parseVaa(signMessage(message, [second, first, ...rest]))).toThrow(MalformedVaaError)
    expect(() => parseVaa(new Uint8Array(3))).toThrow(MalformedVaaError)
    expect(() => parseVaa(signMessage(message, signersOf(0n)).subarray(0, 900))).toThrow(MalformedVaaError)
  })
})
