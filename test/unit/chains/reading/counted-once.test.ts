import { describe, expect, test } from "vitest"
import { address, assetId, chainId } from "../../../../aggregator/domain/caip.js"
import { quantity, usd } from "../../../../aggregator/domain/fixed.js"
import type { CollateralLeg, Leg, PerpLeg } from "../../../../aggregator/domain/leg.js"
import type { AdapterReading } from "../../../../chains/adapter.js"
import { countedOnce } from "../../../../chains/reading/counted-once.js"

const CHAIN = chainId("eip155:1")
const [ALICE, BOB] = [address("eip155:1:0xa1"), address("eip155:1:0xb2")]
const SHARE = assetId("eip155:1/erc20:0x5a")
const USDC = assetId("eip155:1/erc20:0xdc")
const WALLET = { venue: "wallet", countsTokens: true }
const VAULT = { venue: "vault" }

const held = (venue: string, asset: CollateralLeg["asset"]): CollateralLeg => ({
  kind: "collateral",
  chain: CHAIN,
  venue,
  asset,
  symbol: "USDC",
  amount: quantity(5n),
})
const perp = (positionId: string): PerpLeg => ({
  kind: "perp",
  chain: CHAIN,
  venue: "perps",
  instrument: { kind: "perpetual", underlying: "ETH" },
  quantity: quantity(1n),
  unsettled: usd(0n),
  positionId,
})
const reading = (legs: Partial<Record<typeof ALICE, readonly Leg[]>>, receipts?: readonly (typeof SHARE)[]) =>
  ({
    addresses: Object.entries(legs).map(([of, list = []]) => ({
      address: address(of),
      legs: list,
      faults: [],
      native: [],
    })),
    prices: [],
    quotes: [],
    faults: [],
    ...(receipts && { receipts }),
  }) satisfies AdapterReading
const legsOf = (readings: readonly AdapterReading[]) =>
  readings.map(({ addresses }) => addresses.map(({ legs }) => legs))

describe("a receipt token", () => {
  const wallet = reading({ [ALICE]: [held("wallet", USDC), held("wallet", SHARE)], [BOB]: [held("wallet", SHARE)] })

  test("counts as what it redeems for, never beside it, whichever adapter comes first", () => {
    const vault = reading({ [ALICE]: [held("vault", USDC)] }, [SHARE])
    const expected = [[held("wallet", USDC)], []]
    expect(legsOf(countedOnce([WALLET, VAULT], [wallet, vault]))).toEqual([expected, [[held("vault", USDC)]]])
    expect(legsOf(countedOnce([VAULT, WALLET], [vault, wallet]))[1]).toEqual(expected)
  })

  test("counts nothing when its venue could not say what it redeems for", () => {
    expect(legsOf(countedOnce([WALLET, VAULT], [wallet, reading({}, [SHARE])]))[0]?.[1]).toEqual([])
  })

  test("is an asset like any other where no venue claims it, and inside another venue", () => {
    expect(legsOf(countedOnce([WALLET], [wallet]))).toEqual(legsOf([wallet]))
    const nested = reading({ [ALICE]: [held("outer vault", SHARE)] })
    const both = countedOnce([{ venue: "outer vault" }, VAULT], [nested, reading({}, [SHARE])])
    expect(legsOf(both)[0]).toEqual([[held("outer vault", SHARE)]])
  })
})

describe("a position that is reported twice", () => {
  test.each([
    ["by two addresses", [reading({ [ALICE]: [perp("one")], [BOB]: [perp("one"), perp("two")] })]],
    ["by two adapters", [reading({ [ALICE]: [perp("one")] }), reading({ [BOB]: [perp("one"), perp("two")] })]],
  ])("%s belongs to neither, and both fail closed", (_, readings) => {
    const entries = countedOnce([VAULT, VAULT], readings).flatMap(({ addresses }) => addresses)
    expect(entries.map(({ legs }) => legs)).toEqual([[], [perp("two")]])
    for (const { faults } of entries) {
      expect(faults).toMatchObject([{ code: "DECODE", unknown: "position", venue: "perps" }])
    }
  })

  test("by one adapter for one address is no two positions", () => {
    const [only] = countedOnce([VAULT], [reading({ [ALICE]: [perp("one"), perp("one")] })])
    expect(only?.addresses[0]?.legs).toEqual([])
    expect(only?.addresses[0]?.faults).toHaveLength(2)
  })
})
