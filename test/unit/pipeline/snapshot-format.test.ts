import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson } from "../../../aggregator/domain/canonical.js"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { quantity, usd } from "../../../aggregator/domain/fixed.js"
import type { Snapshot } from "../../../aggregator/domain/snapshot.js"
import { decodeSnapshot, encodeSnapshot } from "../../../aggregator/pipeline/snapshot-format.js"
import { snapshotHash } from "../../../aggregator/pipeline/written-snapshot.js"
import { shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { randomSnapshots } from "../../support/random-snapshots.js"
import { accountOf, CHAIN, collateral, debt, option, snapshotOf } from "../../support/snapshots.js"

const rules = shippedPolicy("span16").policy.prices
const held = { chain: CHAIN, venue: "venue", quantity: quantity(-5n), unsettled: usd(-7n), positionId: "1" } as const
const EXAMPLE = snapshotOf([], {
  accounts: [
    accountOf([
      collateral("ETH", "1.5"),
      debt("USDC", "0.000000000000000001"),
      option("ETH-25DEC26-3200-C", "-2"),
      { kind: "perp", ...held, instrument: { kind: "perpetual", underlying: "ETH" } },
      { kind: "future", ...held, instrument: { kind: "future", underlying: "ETH", expiry: 1_798_185_600 } },
    ]),
  ],
})

function refusalOf(text: string): { pointer: string; code: string }[] {
  try {
    decodeSnapshot(text)
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues.map(({ pointer, code }) => ({ pointer, code }))
    throw error
  }
  return []
}

describe("the snapshot format", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(randomSnapshots(rules), snapshot => {
        const text = encodeSnapshot(snapshot)
        expect(decodeSnapshot(text)).toEqual(snapshot)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
      { numRuns: 100 },
    )
    expect(decodeSnapshot(encodeSnapshot(EXAMPLE))).toEqual(EXAMPLE)
  })

  it("writes money as decimal strings, keys sorted, and names itself", () => {
    const text = encodeSnapshot(snapshotOf([collateral("ETH", "1.50")], { quotes: [] }))
    expect(text).toContain('"amount":"1.5","asset":"eip155:1337/slip44:60","chain":"eip155:1337","kind":"collateral"')
    expect(text).toContain('"format":"plimsoll/snapshot/1"')
  })

  it("hashes the published bytes, as sha256sum would", () => {
    const digest = createHash("sha256").update(encodeSnapshot(EXAMPLE), "utf8").digest("hex")
    expect(snapshotHash(EXAMPLE)).toBe(`0x${digest}`)
  })

  it("does not write fields that it does not name", () => {
    const leg = { ...collateral("ETH", "1"), note: "private" }
    expect(encodeSnapshot(snapshotOf([leg]))).toBe(encodeSnapshot(snapshotOf([collateral("ETH", "1")])))
  })

  it.each([
    ["a time that is no number", { valuationTime: Number.NaN }],
    ["a list that is none", { quotes: {} }],
    ["a member that is missing", { lastPrices: [{ symbol: "ETH", price: 1n }] }],
    ["a variant that nobody knows", { prices: [{ ...EXAMPLE.prices[0], status: "guessed" }] }],
    [
      "a choice that there is not",
      { accounts: [accountOf([{ ...option("ETH-25DEC26-3200-C", "1"), state: "lost" as "active" }])] },
    ],
    ["an amount that is no integer", { lastPrices: [{ symbol: "ETH", price: 1.5, publishTime: 1 }] }],
  ])("writes nothing for %s", (_, wrong) => {
    expect(() => encodeSnapshot({ ...EXAMPLE, ...wrong } as Snapshot)).toThrow(TypeError)
  })

  const text = encodeSnapshot(EXAMPLE)
  it.each([
    ["white space", text.replace(",", ", "), "", "NOT_CANONICAL"],
    ["trailing zeros", text.replace('"1.5"', '"1.50"'), "", "NOT_CANONICAL"],
    ["a further field", text.replace('"format"', '"fee":1,"format"'), "", "NOT_CANONICAL"],
    ["a key twice", text.replace('"format"', '"format":"plimsoll/snapshot/1","format"'), "", "NOT_CANONICAL"],
    ["another format", text.replace("snapshot/1", "snapshot/2"), "/format", "INVALID_VALUE"],
    ["a number for money", text.replace('"1.5"', "1.5"), "/accounts/0/legs/0/amount", "INVALID_VALUE"],
    ["a malformed id", text.replace('"asset":"eip155:1337/', '"asset":"'), "/accounts/0/legs/0/asset", "INVALID_VALUE"],
    ["no JSON", text.slice(1), "", "MALFORMED_JSON"],
  ])("refuses %s", (_, changed, pointer, code) => {
    expect(changed).not.toBe(text)
    expect(refusalOf(changed)).toEqual([{ pointer, code }])
  })
})
