import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { rowOf } from "../../../aggregator/domain/execution-costs.js"
import { price, quantity } from "../../../aggregator/domain/fixed.js"
import { tradingCost } from "../../../aggregator/insight/trading-cost.js"
import { loadExecutionCosts, usualCosts } from "../../../aggregator/policies/execution-costs.js"
import document from "../../../aggregator/policies/execution-costs.json" with { type: "json" }

const costs = usualCosts()
const units = (text: string) => quantity(parseDecimal(text))
const at = (text: string) => price(parseDecimal(text))

/** Pointers of the fields that are wrong. */
function faultsOf(changed: unknown): string[] {
  try {
    loadExecutionCosts(changed)
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues.map(each => each.pointer)
    throw error
  }
  return []
}

describe("execution costs", () => {
  it("name every field that is wrong", () => {
    const row = document.spot.other
    expect(faultsOf(document)).toEqual([])
    expect(faultsOf({ ...document, spot: { ...document.spot, other: { ...row, depth: "0" } } })).toEqual([
      "/spot/other/depth",
    ])
    expect(faultsOf({ ...document, spot: { ...document.spot, other: { ...row, spread: "1.1" } } })).toEqual([
      "/spot/other/spread",
    ])
    expect(faultsOf({ ...document, chains: { rows: {}, other: { gas: "-1", minimum: 5 } } })).toEqual([
      "/chains/other/gas",
      "/chains/other/minimum",
    ])
    expect(faultsOf({ ...document, fees: {} })).toEqual(["/fees"])
  })

  it("are those of the chain, else of its family, else the dearest", () => {
    const gas = (chain: string) => rowOf(costs.chains, chain, chain.slice(0, chain.indexOf(":"))).gas
    expect(["eip155:1", "eip155:10", "solana:x", "cosmos:y"].map(gas)).toEqual(
      ["6", "0.5", "0.02", "10"].map(parseDecimal),
    )
  })
})

describe("the cost of a trade", () => {
  const row = rowOf(costs.options, "ETH")

  it("is order, half spreads and impact, by hand", () => {
    // 1 + 100 · (3000 · 0.0006 + 150 · 0.02) + 3000 · 0.01 · 100² / 2000
    expect(tradingCost(units("100"), at("3000"), at("150"), row)).toBe(parseDecimal("631"))
    expect(tradingCost(units("0"), at("3000"), at("150"), row)).toBe(0n)
  })

  it("is rounded up, and more for more", () => {
    expect(tradingCost(quantity(1n), at("3000"), at("150"), row)).toBe(parseDecimal("1") + 5n)
    const size = fc.bigInt({ min: 1n, max: 10n ** 24n })
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        const cost = (each: bigint) => tradingCost(quantity(each), at("3000"), at("150"), row)
        expect(cost(high)).toBeGreaterThanOrEqual(cost(low))
        // Impact is convex: one large trade costs no less than two smaller, but for the order and rounding.
        expect(cost(a + b) + row.order + 1n).toBeGreaterThanOrEqual(cost(a) + cost(b) - 1n)
      }),
    )
  })
})
