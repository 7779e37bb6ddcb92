import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { canonicalHash, canonicalJson, sha256Hex } from "../../../aggregator/domain/canonical.js"

describe("canonical JSON", () => {
  it("sorts members by code unit, at every depth", () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }], a: null, Z: true, é: "x", "10": 1, "9": 2 })).toBe(
      '{"10":1,"9":2,"Z":true,"a":null,"b":[{"a":2,"z":1}],"é":"x"}',
    )
  })

  it("keeps the order of lists", () => {
    expect(canonicalJson([3, 1, 2])).toBe("[3,1,2]")
  })

  it("writes bigints as integer strings and maps as objects", () => {
    expect(canonicalJson({ amount: -(10n ** 30n) })).toBe('{"amount":"-1000000000000000000000000000000"}')
    const map = new Map([
      ["b", 2n],
      ["a", 1n],
    ])
    expect(canonicalJson(map)).toBe('{"a":"1","b":"2"}')
  })

  it("leaves out what is undefined", () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  it("escapes as JSON does and never writes white space of its own", () => {
    expect(canonicalJson({ 'a"\n': "\u2028 \\" })).toBe(JSON.stringify({ 'a"\n': "\u2028 \\" }))
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("s"), undefined, [undefined]])(
    "has no form for %s",
    value => {
      expect(() => canonicalJson(value)).toThrow(TypeError)
    },
  )

  it("is hashed so that sha256sum checks it", () => {
    const digest = createHash("sha256").update('{"a":1,"b":"2"}').digest("hex")
    expect(canonicalHash({ b: 2n, a: 1 })).toBe(`0x${digest}`)
    expect(sha256Hex(new Uint8Array())).toBe(`0x${createHash("sha256").digest("hex")}`)
  })
})
