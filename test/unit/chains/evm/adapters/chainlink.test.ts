import { encodeAbiParameters, toFunctionSelector } from "viem"
import { expect, test } from "vitest"
import type { EvmCallResult } from "../../../../../chains/evm/adapter.js"
import { chainlink } from "../../../../../chains/evm/adapters/chainlink.js"
import { drive, FACTS } from "../../../../support/drive-evm-adapter.js"
import { wordResult } from "../scripted-node.js"

const FEED = "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419"
const adapter = chainlink.create(chainlink.settings.parse({ feeds: { ETH: FEED } }), FACTS)
const DECIMALS = toFunctionSelector("decimals()")

const answering = (decimals: EvmCallResult, round: EvmCallResult) =>
  drive(adapter, [], ({ to, data }) => {
    expect(to).toBe(FEED)
    return data === DECIMALS ? decimals : round
  })

function round(answer: bigint, updatedAt: bigint): EvmCallResult {
  const types = [
    { type: "uint80" },
    { type: "int256" },
    { type: "uint256" },
    { type: "uint256" },
    { type: "uint80" },
  ] as const
  return { status: "ok", data: encodeAbiParameters(types, [77n, answer, updatedAt - 1n, updatedAt, 77n]) }
}

test.each([
  [318_412_345_678n, 8n, 318_412_345_678n * 10n ** 10n],
  [3n * 10n ** 18n, 18n, 3n * 10n ** 18n],
  [0n, 8n, 0n],
  [-5n, 8n, -5n * 10n ** 10n],
])("%i at %i decimals", (answer, decimals, price) => {
  expect(answering(wordResult(decimals), round(answer, 1_799_999_000n))).toMatchObject({
    prices: [{ symbol: "ETH", source: "chainlink@eip155:1", price, confidence: 0n, publishTime: 1_799_999_000 }],
    faults: [],
  })
})

test.each<[string, EvmCallResult, EvmCallResult, string]>([
  ["decimals beyond the scale", wordResult(19n), round(1n, 9n), "DECODE"],
  ["no decimals", { status: "reverted", data: "0x" }, round(1n, 9n), "CALL_REVERTED"],
  ["no round yet", wordResult(8n), { status: "reverted", data: "0x" }, "CALL_REVERTED"],
  ["no contract", { status: "empty" }, { status: "empty" }, "NOT_DEPLOYED"],
  ["half an answer", wordResult(8n), wordResult(1n), "DECODE"],
  ["a time that is none", wordResult(8n), round(1n, 2n ** 100n), "DECODE"],
])("%s is a fault and no price", (_, decimals, answer, code) => {
  expect(answering(decimals, answer)).toMatchObject({
    prices: [],
    faults: [{ code, venue: "chainlink", unknown: "asset" }],
  })
})
