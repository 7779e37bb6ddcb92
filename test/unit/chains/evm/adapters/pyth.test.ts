import { encodeAbiParameters, type Hex } from "viem"
import { expect, test } from "vitest"
import type { EvmCallResult } from "../../../../../chains/evm/adapter.js"
import { pyth } from "../../../../../chains/evm/adapters/pyth.js"
import { drive, FACTS } from "../../../../support/drive-evm-adapter.js"

const CONTRACT = "0x4305FB66699C3B2702D4d05CF36551390A4c69C6"
const ETH_ID = "0xff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace"

const adapter = pyth.create(pyth.settings.parse({ contract: CONTRACT, feeds: { ETH: ETH_ID } }), FACTS)
const answering = (answer: EvmCallResult) => drive(adapter, [], () => answer)

function published(price: bigint, conf: bigint, expo: number, publishTime: bigint): EvmCallResult {
  const types = [{ type: "int64" }, { type: "uint64" }, { type: "int32" }, { type: "uint256" }] as const
  return { status: "ok", data: encodeAbiParameters(types, [price, conf, expo, publishTime]) }
}

test("asks the contract for the feed", () => {
  const asked: { to: string; data: Hex }[] = []
  drive(adapter, [], call => {
    asked.push(call)
    return { status: "empty" }
  })
  // 0x96834ad3 is getPriceUnsafe(bytes32).
  expect(asked).toEqual([{ to: CONTRACT, data: `0x96834ad3${ETH_ID.slice(2)}` }])
})

test.each([
  [318_412_345_678n, 91_234_567n, -8, 3_184_12345678n * 10n ** 10n, 91234567n * 10n ** 10n],
  [5n, 1n, 0, 5n * 10n ** 18n, 10n ** 18n],
  [5n, 1n, 2, 500n * 10n ** 18n, 100n * 10n ** 18n],
  [5n, 1n, -18, 5n, 1n],
])("%i ± %i × 10^%i is exact at 18 decimals", (mantissa, conf, expo, price, confidence) => {
  expect(answering(published(mantissa, conf, expo, 1_799_999_990n))).toMatchObject({
    prices: [{ symbol: "ETH", source: "pyth@eip155:1", price, confidence, publishTime: 1_799_999_990 }],
    faults: [],
  })
})

test.each([0n, -1n])("a price of %i is reported as the source says it", mantissa => {
  expect(answering(published(mantissa, 0n, -8, 1n)).prices).toMatchObject([{ price: mantissa * 10n ** 10n }])
})

test.each<[string, EvmCallResult, string]>([
  ["an exponent that no price has", published(1n, 0n, 2_147_483_647, 1n), "DECODE"],
  ["an exponent below the scale", published(1n, 0n, -19, 1n), "DECODE"],
  ["a time that is none", published(1n, 0n, -8, 2n ** 200n), "DECODE"],
  ["half an answer", { status: "ok", data: "0x00" }, "DECODE"],
  ["an unknown feed", { status: "reverted", data: "0x14aebe68" }, "CALL_REVERTED"],
  ["no contract", { status: "empty" }, "NOT_DEPLOYED"],
])("%s is a fault and no price", (_, answer, code) => {
  expect(answering(answer)).toMatchObject({ prices: [], faults: [{ code, venue: "pyth", unknown: "asset" }] })
})
