import { encodeAbiParameters } from "viem"
import { describe, expect, test } from "vitest"
import { parseDecimal } from "../../../../../aggregator/domain/decimal.js"
import { price } from "../../../../../aggregator/domain/fixed.js"
import type { PriceObservation } from "../../../../../aggregator/domain/reading.js"
import { combinePrices } from "../../../../../aggregator/pipeline/combine-prices.js"
import type { EvmCallResult } from "../../../../../chains/evm/adapter.js"
import { sequencer } from "../../../../../chains/evm/adapters/sequencer.js"
import { mergeReadings } from "../../../../../chains/reading/merge.js"
import { drive, FACTS } from "../../../../support/drive-evm-adapter.js"
import { span16 } from "../../../../support/policies.js"

const FEED = "0xBCF85224fc0756B9Fa45aA7892530B47e10b6433"
/** The time of the block that the adapter is driven at. */
const NOW = 1_800_000_000
const HOUR = 3_600
const adapter = sequencer.create(sequencer.settings.parse({ feed: FEED }), FACTS)

function round(answer: bigint, startedAt: number): EvmCallResult {
  const types = [
    { type: "uint80" },
    { type: "int256" },
    { type: "uint256" },
    { type: "uint256" },
    { type: "uint80" },
  ] as const
  return { status: "ok", data: encodeAbiParameters(types, [1n, answer, BigInt(startedAt), BigInt(startedAt), 1n]) }
}
const read = (result: EvmCallResult) => drive(adapter, [], () => result)

test("a sequencer that is up for the grace period raises no doubt", () => {
  expect(read(round(0n, NOW - HOUR)).priceDoubt).toBeUndefined()
})

const DOUBTED: readonly (readonly [string, EvmCallResult])[] = [
  ["is down", round(1n, NOW - 10 * HOUR)],
  ["is up again, but only just", round(0n, NOW - HOUR + 1)],
  ["has not been heard of", round(0n, 0)],
  ["says what no sequencer says", round(7n, NOW - HOUR)],
  ["cannot be asked", { status: "empty" }],
  ["reverts", { status: "reverted", data: "0x" }],
  ["answers nonsense", { status: "ok", data: "0x01" }],
]

describe.each(DOUBTED)("when the sequencer %s", (_, result) => {
  const observed: PriceObservation = {
    symbol: "ETH",
    source: "chainlink@eip155:1",
    price: price(parseDecimal("3000")),
    confidence: price(0n),
    publishTime: NOW - 5,
  }
  const feed = { addresses: [], prices: [observed], quotes: [], faults: [] }

  test("every price of the chain is rejected with that reason, and prices from elsewhere count", () => {
    const outcomes = [feed, read(result)].map(reading => ({ status: "read", reading }) as const)
    const { prices } = mergeReadings([], [{ venue: "chainlink" }, { venue: "sequencer" }], outcomes)
    const elsewhere = { ...observed, source: "hermes@example" }
    const context = { rules: span16.prices, valuationTime: NOW, lastAccepted: new Map() }
    expect(combinePrices(prices, context)).toMatchObject([
      { status: "unavailable", rejected: [{ code: "PRICE_SEQUENCER" }] },
    ])
    expect(combinePrices([...prices, elsewhere], context)).toMatchObject([
      { status: "ok", sources: ["hermes@example"] },
    ])
  })
})
