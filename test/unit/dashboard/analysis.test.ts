/**
 * What the page works out by itself: suppositions in the address bar, health across prices, what each chain adds.
 */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { equityByChain } from "../../../aggregator/dashboard/analysis/equity-by-chain.js"
import { EvidenceError, evidenceLoader } from "../../../aggregator/dashboard/analysis/evidence.js"
import {
  PRICE_MOVES,
  scanPrices,
  shockGrid,
  VOLATILITY_SHIFTS,
} from "../../../aggregator/dashboard/analysis/price-scan.js"
import {
  changeOf,
  LIMITS,
  NOTHING_SUPPOSED,
  parametersOf,
  supposesNothing,
  suppositionOf,
  symbolsOf,
} from "../../../aggregator/dashboard/analysis/supposition.js"
import { accountHash, accountInHash, parametersInHash } from "../../../aggregator/dashboard/route.js"
import { sha256Hex } from "../../../aggregator/domain/canonical.js"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { price } from "../../../aggregator/domain/fixed.js"
import { type AccountCase, caseOf, healthOf } from "../../../aggregator/insight/account-case.js"
import { whatIf } from "../../../aggregator/insight/what-if.js"
import { encodeSnapshot } from "../../../aggregator/pipeline/snapshot-format.js"
import { shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { loadKernel } from "../../../wasm-core/kernel.js"
import { kernelBytes } from "../../support/kernel.js"
import { overview } from "../../support/page-overview.js"
import { CHAIN, collateral, debt, option, snapshotOf } from "../../support/snapshots.js"

const policy = shippedPolicy("span16")
const LEGS = [collateral("USDC", "20000"), debt("USDC", "100"), option("ETH-25DEC26-3200-C", "-10")]
const snapshot = snapshotOf(LEGS)

let wasm: Uint8Array<ArrayBuffer>
let asked: AccountCase
beforeAll(async () => {
  wasm = new Uint8Array(await kernelBytes())
  asked = caseOf(snapshot, "book", { policy: policy.policy, kernel: await loadKernel(wasm) })
})

describe("a supposition", () => {
  const suppositions = fc.record({
    prices: fc.dictionary(
      fc.constantFrom("ETH", "BTC", "WEIRD&SYMBOL="),
      fc.integer({ min: LIMITS.price.from, max: LIMITS.price.to }),
    ),
    volatility: fc.integer({ min: LIMITS.volatility.from, max: LIMITS.volatility.to }),
    days: fc.integer({ min: 0, max: 365 }),
    unreachable: fc.uniqueArray(fc.constantFrom("eip155:1", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")),
  })

  it("survives the address bar", () => {
    fc.assert(
      fc.property(suppositions, ({ prices, volatility, days, unreachable }) => {
        const moved = Object.entries(prices).filter(([, move]) => move !== 0)
        const supposed = { prices: new Map(moved), volatility, days, unreachable: new Set(unreachable) }
        const hash = accountHash("a/b?c", parametersOf(supposed))
        expect(accountInHash(hash)).toBe("a/b?c")
        expect(suppositionOf(parametersInHash(hash))).toEqual(supposed)
        expect(supposesNothing(supposed)).toBe(hash === accountHash("a/b?c"))
      }),
    )
  })

  it.each([
    ["price.ETH=-5000", -900],
    ["price.ETH=99999", 2_000],
    ["price.ETH=1e3", undefined],
    ["price.ETH=NaN", undefined],
    ["price.ETH=", undefined],
  ])("takes %s typed by hand as %s", (text, move) => {
    expect(suppositionOf(new URLSearchParams(text)).prices.get("ETH")).toBe(move)
  })

  it("moves prices by thousandths, rounded down, volatilities by points and time by days", () => {
    const supposed = { prices: new Map([["ETH", -125]]), volatility: 10, days: 2, unreachable: new Set<string>() }
    const moved = whatIf(asked, changeOf(supposed, asked)).snapshot
    expect(moved.prices.find(each => each.symbol === "ETH")).toMatchObject({ price: parseDecimal("2625") })
    expect(moved.quotes[0]?.volatility).toBe(parseDecimal("0.9"))
    expect(moved.valuationTime).toBe(snapshot.valuationTime + 172_800)
  })

  it("of nothing changes nothing", () => {
    const unchanged = healthOf(whatIf(asked, changeOf(NOTHING_SUPPOSED, asked)))
    expect(unchanged.figures).toEqual(healthOf(asked).figures)
  })

  it("of an unreachable chain with positions leaves no figures", () => {
    const supposed = { ...NOTHING_SUPPOSED, unreachable: new Set([CHAIN, "not a chain"]) }
    expect(healthOf(whatIf(asked, changeOf(supposed, asked)))).toMatchObject({ status: "UNAVAILABLE", figures: null })
  })

  it("is about the symbols that the account holds, owes or has positions on", () => {
    expect(symbolsOf(asked)).toEqual(["ETH", "USDC"])
  })
})

describe("health across prices", () => {
  const spot = price(parseDecimal("3000"))

  it("is asked from half to twice the price, through the price itself", () => {
    const prices = scanPrices(spot, 5)
    expect(prices[0]).toBe(parseDecimal("1500"))
    expect(prices[2]).toBe(spot)
    expect(prices[4]).toBe(parseDecimal("6000"))
    expect(prices).toEqual([...prices].sort((a, b) => (a < b ? -1 : 1)))
  })

  it("changes by nothing where nothing moves, and by less than nothing as a short call's underlying rises", () => {
    const grid = shockGrid(asked, "ETH")
    expect(grid.rows.map(each => each.shift)).toEqual([...VOLATILITY_SHIFTS])
    const held = grid.rows.find(each => each.shift === 0)
    expect(held?.changes[PRICE_MOVES.indexOf(0)]).toBe(0n)
    expect(held?.changes.at(-1)).toBeLessThan(0n)
    expect(
      shockGrid(asked, "DOGE")
        .rows.flatMap(each => each.changes)
        .every(each => each === null),
    ).toBe(true)
  })
})

describe("equity by chain", () => {
  it("adds up to the account's equity and scanning risk exactly", () => {
    for (const { figures, components, chains } of overview().accounts) {
      const shares = equityByChain({ components, chains })
      const sum = (values: readonly string[]) => values.reduce((total, each) => total + parseDecimal(each), 0n)
      if (figures) expect(sum(shares.map(each => each.equity))).toBe(parseDecimal(figures.equity))
      expect(sum(shares.map(each => each.worstLoss))).toBe(
        sum(components.positions.map(each => each.worstScenarioLoss)),
      )
    }
  })
})

describe("evidence", () => {
  const text = encodeSnapshot(snapshot)
  const commitments = () => ({
    epoch: "7",
    snapshotHash: sha256Hex(new TextEncoder().encode(text)),
    policyHash: policy.hash,
    wasmHash: sha256Hex(wasm),
  })
  const served = (replaced: Readonly<Record<string, string>> = {}) => {
    const asked: string[] = []
    const get = async (path: Parameters<typeof fetch>[0]) => {
      asked.push(String(path))
      const [kind = ""] = Object.keys(replaced).filter(each => String(path).includes(each))
      if (kind) return replaced[kind] ? new Response(replaced[kind]) : new Response(null, { status: 404 })
      if (String(path).includes("snapshot")) return new Response(text)
      return String(path).includes("policies") ? new Response(policy.text) : new Response(wasm)
    }
    return { get, asked }
  }

  it("is fetched, checked and opened; policy and kernel once, the snapshot every time", async () => {
    const { get, asked } = served()
    const load = evidenceLoader(loadKernel, get)
    const evidence = await load(commitments())
    await load(commitments())
    expect(evidence.snapshot).toEqual(snapshot)
    expect(evidence.policy.policy).toEqual(policy.policy)
    expect(asked.filter(path => path.includes("snapshot"))).toHaveLength(2)
    expect(asked).toHaveLength(4)
  })

  it.each([
    ["a snapshot", { snapshot: `${text} ` }],
    ["a policy", { policies: `${policy.text} ` }],
    ["a Wasm module", { wasm: "\0asm" }],
    ["a missing snapshot", { snapshot: "" }],
  ])("refuses %s other than what was attested", async (_, replaced) => {
    const load = evidenceLoader(loadKernel, served(replaced).get)
    await expect(load(commitments())).rejects.toThrow(EvidenceError)
  })
})
