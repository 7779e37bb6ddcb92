import { PublicKey } from "@solana/web3.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import { base58Bytes32, chainBytes32, evmBytes32 } from "../../../aggregator/domain/chain-bytes.js"
import { InvalidIdError } from "../../../aggregator/domain/errors.js"

describe("addresses and hashes as 32 bytes", () => {
  it("pads EVM's on the left, lower case", () => {
    expect(evmBytes32("0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B")).toBe(
      "0x000000000000000000000000ab5801a7d398351b8be11c439e05c5b3259aec9b",
    )
  })

  it("reads base58 as Solana's own library does, leading zeros included", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const zeros = fc.nat(32).map(count => new Uint8Array(32).fill(7, count))
    fc.assert(
      fc.property(fc.oneof(key, zeros), bytes => {
        expect(base58Bytes32(new PublicKey(bytes).toBase58())).toBe(`0x${Buffer.from(bytes).toString("hex")}`)
      }),
    )
  })

  it("tells the family by the chain", () => {
    expect(chainBytes32(chainId("eip155:1"), "0x01")).toMatch(/01$/)
    expect(chainBytes32(chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"), "1".repeat(32))).toBe(`0x${"0".repeat(64)}`)
    expect(() => chainBytes32(chainId("cosmos:hub"), "0x01")).toThrow(InvalidIdError)
  })

  it.each(["", "01", "0xzz", `0x${"1".repeat(65)}`])("refuses %j as hex", text => {
    expect(() => evmBytes32(text)).toThrow(InvalidIdError)
  })

  it.each(["", "1".repeat(31), "1".repeat(33), "0".repeat(32), "z".repeat(50)])("refuses %j as base58", text => {
    expect(() => base58Bytes32(text)).toThrow(InvalidIdError)
  })
})
