/**
 * Queries made from an ABI: the same bytes as viem's own encoding, typed answers, and faults that name the call.
 */
import { encodeFunctionData, encodeFunctionResult, getAddress, parseAbi } from "viem"
import { describe, expect, it } from "vitest"
import { viewsOf } from "../../../../chains/evm/views.js"

const abi = parseAbi([
  "function balanceOf(address owner) view returns (uint256)",
  "function pair() view returns (address first, int24 second)",
])
const TOKEN = getAddress(`0x${"a1".repeat(20)}`)
const OWNER = getAddress(`0x${"b2".repeat(20)}`)

describe("a view by its name", () => {
  const ask = viewsOf(abi)

  it("is encoded and decoded as viem does, however often it is asked", () => {
    for (const amount of [0n, 7n]) {
      const { call, decode } = ask("balanceOf", TOKEN, OWNER)
      expect(call).toEqual({ to: TOKEN, data: encodeFunctionData({ abi, functionName: "balanceOf", args: [OWNER] }) })
      expect(decode(encodeFunctionResult({ abi, functionName: "balanceOf", result: amount }))).toBe(amount)
    }
  })

  it("gives several results in their order, addresses checksummed", () => {
    const answer = encodeFunctionResult({ abi, functionName: "pair", result: [OWNER, -5] })
    expect(ask("pair", TOKEN).decode(answer)).toEqual([OWNER, -5])
  })

  it("names function, arguments and contract", () => {
    expect(ask("balanceOf", TOKEN, OWNER).what).toBe(`balanceOf(${OWNER}) of ${TOKEN}`)
  })

  it("throws on bytes that are something else", () => {
    expect(() => ask("balanceOf", TOKEN, OWNER).decode("0x01")).toThrow()
    const word = encodeFunctionResult({ abi, functionName: "balanceOf", result: 32n })
    expect(() => ask("balanceOf", TOKEN, OWNER).decode(`${word}${"00".repeat(32)}`)).toThrow(RangeError)
  })
})
