import { describe, expect, test } from "vitest"
import { address, assetId, chainId } from "../../../../aggregator/domain/caip.js"
import { price, quantity, usd } from "../../../../aggregator/domain/fixed.js"
import type { CollateralLeg } from "../../../../aggregator/domain/leg.js"
import type { AddressReading } from "../../../../aggregator/domain/reading.js"
import type { AdapterReading } from "../../../../chains/adapter.js"
import { holderIn } from "../../../../chains/evm/holder.js"
import { mergeReadings } from "../../../../chains/reading/merge.js"
import { requestsOn } from "../../../../chains/reading/requested.js"

const CHAIN = chainId("eip155:1")
const ALICE = address("eip155:1:0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
const BOB = address("eip155:1:0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")
const AB = [{ venue: "a" }, { venue: "b" }]
const { requested } = requestsOn(CHAIN, [ALICE, BOB], holderIn)

const leg = (venue: string): CollateralLeg => ({
  kind: "collateral",
  chain: CHAIN,
  venue,
  asset: assetId("eip155:1/slip44:60"),
  symbol: "ETH",
  amount: quantity(1n),
})
const entry = (of: typeof ALICE, venue: string): AddressReading => ({
  address: of,
  legs: [leg(venue)],
  faults: [{ code: "CALL_REVERTED", venue, unknown: "asset", detail: venue }],
  native: [{ venue, name: "total", native: usd(1n), recomputed: usd(1n) }],
})
const found = (...addresses: AddressReading[]): AdapterReading => ({
  addresses,
  prices: [{ symbol: "ETH", source: "test", price: price(1n), confidence: price(0n), publishTime: 1 }],
  quotes: [],
  faults: [{ code: "PRICE_MISSING", venue: "feed", unknown: "asset", detail: "" }],
})
const read = (...addresses: AddressReading[]) => ({ status: "read", reading: found(...addresses) }) as const

test("every requested address has one reading, its parts in the order of the adapters", () => {
  const merged = mergeReadings(requested, AB, [read(entry(BOB, "a")), read(entry(ALICE, "b"), entry(BOB, "b"))])
  expect(merged.addresses.map(({ address: of, legs }) => [of, legs.map(({ venue }) => venue)])).toEqual([
    [ALICE, ["b"]],
    [BOB, ["a", "b"]],
  ])
  expect(merged.addresses[1]?.faults.map(({ venue }) => venue)).toEqual(["a", "b"])
  expect(merged.addresses[1]?.native.map(({ venue }) => venue)).toEqual(["a", "b"])
  expect(merged.prices).toHaveLength(2)
  expect(merged.faults).toHaveLength(2)
})

test("an address without anything is there and empty", () => {
  const { addresses } = mergeReadings(requested, [{ venue: "a" }], [read()])
  expect(addresses).toEqual([ALICE, BOB].map(of => ({ address: of, legs: [], faults: [], native: [] })))
})

describe("an adapter that breaks its contract leaves an unknown liability with everybody", () => {
  const stranger = address(ALICE.toLowerCase())
  test.each([
    ["it threw", { status: "failed", reason: "TypeError: broken" } as const],
    ["it reported on an address that nobody asked for", read(entry(stranger, "b"))],
    ["it reported on one address twice", read(entry(BOB, "b"), entry(BOB, "b"))],
  ])("%s", (_, outcome) => {
    const { addresses, prices } = mergeReadings(requested, AB, [read(entry(ALICE, "a")), outcome])
    for (const { faults } of addresses) {
      expect(faults).toContainEqual(expect.objectContaining({ venue: "b", unknown: "liability", code: "DECODE" }))
    }
    expect(addresses[0]?.legs).toEqual([leg("a")])
    expect(prices).toHaveLength(1)
  })
})
