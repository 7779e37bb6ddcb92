import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { canonicalJson } from "../../../aggregator/domain/canonical.js"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { loadPolicy } from "../../../aggregator/policies/load.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { span16Document } from "../../support/policies.js"

type Document = typeof span16Document

function pointersOf(document: unknown): string[] {
  try {
    loadPolicy(document)
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return error.issues.map(issue => issue.pointer)
  }
}

/** The fields that the loader refuses in the shipped policy after a change. */
function refused(change: (document: Document) => void): string[] {
  const document = structuredClone(span16Document)
  change(document)
  return pointersOf(document)
}

const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index]
  if (item === undefined) throw new RangeError(`the policy has no item ${index}`)
  return item
}

describe("a policy document", () => {
  it("is accepted as shipped, every number exact", () => {
    const { policy, hash } = loadPolicy(span16Document)
    const { methodology } = policy
    if (methodology.kind !== "scenarios") throw new TypeError("span16 is made of scenarios")
    expect(methodology.scenarios).toHaveLength(16)
    expect(methodology.scenarios[14]).toMatchObject({
      price: parseDecimal("3"),
      volatility: null,
      weight: parseDecimal("0.33"),
    })
    expect(methodology.scanRanges.get("ETH")?.price).toBe(parseDecimal("0.15"))
    expect(policy.collateral.get("USDC")?.at(-1)).toEqual({ upTo: null, haircut: parseDecimal("0.03") })
    expect(hash).toBe(`0x${createHash("sha256").update(canonicalJson(span16Document)).digest("hex")}`)
  })

  it.each(SHIPPED_POLICIES)("%s ships under its own name", name => {
    expect(shippedPolicy(name).policy.name).toBe(name)
  })

  it("has one hash however it is sorted, and another for any other number", () => {
    const reversed = Object.fromEntries(Object.entries(span16Document).reverse())
    expect(loadPolicy(reversed).hash).toBe(loadPolicy(span16Document).hash)
    expect(loadPolicy({ ...span16Document, version: 9 }).hash).not.toBe(loadPolicy(span16Document).hash)
  })

  it.each<[string, string, (document: Document) => void]>([
    ["an unknown field", "/leverage", d => Object.assign(d, { leverage: "10" })],
    [
      "an unknown field of a scenario",
      "/methodology/scenarios/2/skew",
      d => Object.assign(at(d.methodology.scenarios, 2), { skew: "0" }),
    ],
    ["a missing field", "/staleness", d => Object.assign(d, { staleness: undefined })],
    ["a name that is no name", "/name", d => Object.assign(d, { name: "SPAN 16" })],
    ["a version that is none", "/version", d => Object.assign(d, { version: 0 })],
    [
      "a number where a decimal string belongs",
      "/methodology/scenarios/0/weight",
      d => Object.assign(at(d.methodology.scenarios, 0), { weight: 1 }),
    ],
    [
      "an exponent",
      "/methodology/scanRanges/ETH/price",
      d => Object.assign(d.methodology.scanRanges.ETH, { price: "1e-1" }),
    ],
    [
      "more than 18 decimals",
      "/methodology/lossFactors/initial/factor",
      d => Object.assign(d.methodology.lossFactors.initial, { factor: `1.${"0".repeat(18)}1` }),
    ],
    [
      "a weight above 1",
      "/methodology/scenarios/0/weight",
      d => Object.assign(at(d.methodology.scenarios, 0), { weight: "1.000000000000000001" }),
    ],
    [
      "a weight below 0",
      "/methodology/scenarios/0/weight",
      d => Object.assign(at(d.methodology.scenarios, 0), { weight: "-0.1" }),
    ],
    ["no scenario at all", "/methodology/scenarios", d => Object.assign(d.methodology, { scenarios: [] })],
    [
      "a scenario at −100 %",
      "/methodology/scenarios/15/price",
      d => Object.assign(d.methodology.scanRanges.SOL, { price: "0.333333333333333334" }),
    ],
    [
      "a scenario beyond −100 %",
      "/methodology/scenarios/13/price",
      d => Object.assign(at(d.methodology.scenarios, 13), { price: "-9" }),
    ],
    [
      "a scan range of 100 %",
      "/methodology/scanRanges/BTC/price",
      d => Object.assign(d.methodology.scanRanges.BTC, { price: "1" }),
    ],
    [
      "a scan range of 0",
      "/methodology/scanRanges/BTC/price",
      d => Object.assign(d.methodology.scanRanges.BTC, { price: "0" }),
    ],
    [
      "a short option minimum above 1",
      "/methodology/floors/0/rates/BTC",
      d => Object.assign(at(d.methodology.floors, 0).rates, { BTC: "1.1" }),
    ],
    [
      "a rule nobody knows",
      "/methodology/floors/0/count",
      d => Object.assign(at(d.methodology.floors, 0), { count: "net" }),
    ],
    [
      "a haircut above 1",
      "/collateral/ETH/0/haircut",
      d => Object.assign(at(d.collateral.ETH, 0), { haircut: "1.01" }),
    ],
    ["tiers that do not rise", "/collateral/ETH", d => Object.assign(at(d.collateral.ETH, 1), { upTo: "1000000" })],
    [
      "a haircut that falls with size",
      "/collateral/ETH",
      d => Object.assign(at(d.collateral.ETH, 1), { haircut: "0.05" }),
    ],
    ["a last tier with an end", "/collateral/USDC", d => Object.assign(at(d.collateral.USDC, 1), { upTo: "2000000" })],
    [
      "an endless tier before the last",
      "/collateral/USDC",
      d => Object.assign(at(d.collateral.USDC, 0), { upTo: null }),
    ],
    ["no tier", "/collateral/USDC", d => Object.assign(d.collateral, { USDC: [] })],
    ["a liability haircut below 0", "/liabilities/ETH", d => Object.assign(d.liabilities, { ETH: "-0.08" })],
    ["a symbol that is none", "/liabilities/ET~1H", d => Object.assign(d.liabilities, { "ET/H": "0.1" })],
    ["ages that do not rise", "/staleness", d => Object.assign(at(d.staleness, 1), { maxAge: 60 })],
    [
      "a staleness haircut that falls with age",
      "/staleness",
      d => Object.assign(at(d.staleness, 2), { haircut: "0.01" }),
    ],
    ["an age of 0", "/staleness/0/maxAge", d => Object.assign(at(d.staleness, 0), { maxAge: 0 })],
    [
      "thresholds out of order",
      "/methodology/lossFactors",
      d => Object.assign(d.methodology.lossFactors.liquidationEnd, { factor: "1.3" }),
    ],
    [
      "a loss factor below 0",
      "/methodology/lossFactors/maintenance/factor",
      d => Object.assign(d.methodology.lossFactors.maintenance, { factor: "-1" }),
    ],
    [
      "a missing finality",
      "/finality/confirmed",
      d => Object.assign(d, { finality: { ...d.finality, confirmed: undefined } }),
    ],
    ["a venue's haircut above 1", "/venues/spl", d => Object.assign(d.venues, { spl: "2" })],
    ["a tick of 0", "/methodology/tick", d => Object.assign(d.methodology, { tick: "0" })],
    ["a lot of 0", "/methodology/lot", d => Object.assign(d.methodology, { lot: "0" })],
    ["a kind nobody knows", "/methodology/kind", d => Object.assign(d.methodology, { kind: "oracle" })],
    [
      "an asset that is haircut twice",
      "/collateral/ETH",
      d =>
        Object.assign(d.methodology, {
          collateral: { ETH: { haircuts: { maintenance: "0.1", initial: "0.2" }, scannedIn: "ETH" } },
        }),
    ],
    ["a price age of half a second", "/prices/maxAge", d => Object.assign(d.prices, { maxAge: 0.5 })],
    ["a velocity bound above 1", "/prices/maxMovePerMinute", d => Object.assign(d.prices, { maxMovePerMinute: "1.5" })],
  ])("with %s is refused at %s", (_, pointer, change) => {
    const pointers = refused(change)
    expect([...new Set(pointers)]).toEqual([pointer])
  })

  it("names every wrong field at once", () => {
    const pointers = refused(d => {
      d.version = -1
      d.methodology.lossFactors.maintenance.factor = "x"
    })
    expect(pointers).toEqual(["/version", "/methodology/lossFactors/maintenance/factor"])
  })

  it.each(["span16", null, [], 1])("is refused as a whole when it is %j", document => {
    expect(pointersOf(document)).toEqual([""])
  })
})
