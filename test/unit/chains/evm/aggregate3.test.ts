import fc from "fast-check"
import { encodeFunctionData, encodeFunctionResult, type Hex, parseAbi } from "viem"
import { expect, test } from "vitest"
import { ChainFault } from "../../../../chains/chain-fault.js"
import type { EvmCall } from "../../../../chains/evm/adapter.js"
import { decodeAggregate3, encodeAggregate3 } from "../../../../chains/evm/aggregate3.js"

const ABI = parseAbi([
  "struct Call3 { address target; bool allowFailure; bytes callData; }",
  "struct Result { bool success; bytes returnData; }",
  "function aggregate3(Call3[] calls) payable returns (Result[])",
])

const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`
const bytes = fc.uint8Array({ maxLength: 100 }).map(hex)
const holder = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hex)
const call: fc.Arbitrary<EvmCall> = fc.record({ to: holder, data: bytes })
const result = fc.record({ success: fc.boolean(), returnData: bytes })

test("encodes as viem does", () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 12 }), calls => {
      const args = [calls.map(({ to, data }) => ({ target: to, allowFailure: true, callData: data }))] as const
      expect(encodeAggregate3(calls)).toBe(encodeFunctionData({ abi: ABI, functionName: "aggregate3", args }))
    }),
  )
})

test("decodes what viem encodes, and tells no code from a revert", () => {
  fc.assert(
    fc.property(fc.array(result, { maxLength: 12 }), results => {
      const output = encodeFunctionResult({ abi: ABI, functionName: "aggregate3", result: results })
      const expected = results.map(({ success, returnData }) => {
        if (!success) return { status: "reverted", data: returnData }
        return returnData === "0x" ? { status: "empty" } : { status: "ok", data: returnData }
      })
      expect(decodeAggregate3(output, results.length)).toEqual(expected)
    }),
  )
})

test("refuses bytes that are not the announced results, and never throws anything else", () => {
  const output = encodeFunctionResult({
    abi: ABI,
    functionName: "aggregate3",
    result: [{ success: true, returnData: "0x1234" }],
  })
  expect(() => decodeAggregate3(output, 2)).toThrow(ChainFault)
  fc.assert(
    fc.property(fc.integer({ min: 2, max: output.length - 65 }), length => {
      expect(() => decodeAggregate3(output.slice(0, length) as Hex, 1)).toThrow(ChainFault)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 9 }), (noise, count) => {
      expect(() => decodeAggregate3(hex(noise), count)).toThrow(ChainFault)
    }),
  )
})
