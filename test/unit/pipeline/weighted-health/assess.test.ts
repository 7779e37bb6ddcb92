import { describe, expect, it } from "vitest"
import { parseDecimal } from "../../../../aggregator/domain/decimal.js"
import { UnsupportedByPolicyError } from "../../../../aggregator/domain/errors.js"
import { price, quantity, usd } from "../../../../aggregator/domain/fixed.js"
import type { WeightedAccount, WeightedMarket } from "../../../../aggregator/domain/weighted-health.js"
import { largestBorrow } from "../../../../aggregator/insight/largest-borrow.js"
import { assessWeightedHealth } from "../../../../aggregator/pipeline/weighted-health/assess.js"
import { POLICY_DOCUMENTS } from "../../../../aggregator/policies/shipped.js"
import { loadWeightedHealth } from "../../../../aggregator/policies/weighted-health.js"

const policyOf = (name: `weighted-health-${"drift" | "mango" | "marginfi"}`) =>
  loadWeightedHealth(POLICY_DOCUMENTS[name].methodology)
const netted = policyOf("weighted-health-mango")
const separate = policyOf("weighted-health-drift")
const lending = policyOf("weighted-health-marginfi")

const units = (text: string) => quantity(parseDecimal(text))
const dollars = (text: string) => usd(parseDecimal(text))
const at = (text: string) => price(parseDecimal(text))
const quoted = (oracle: string | null, reference: string | null = null) => ({
  oracle: oracle === null ? null : at(oracle),
  reference: reference === null ? null : at(reference),
  deposits: units("0"),
  borrows: units("0"),
})
const market = (assets: Record<string, ReturnType<typeof quoted>>): WeightedMarket => ({
  assets: new Map(Object.entries({ USDC: quoted("1"), ETH: quoted("3000"), ...assets })),
  perpetuals: new Map([["ETH-PERP", quoted("3000")]]),
})
const holding = (balances: Record<string, string>, also: Partial<WeightedAccount> = {}): WeightedAccount => ({
  balances: Object.entries(balances).map(([symbol, amount]) => ({ symbol, amount: units(amount) })),
  spotOrders: [],
  perpetuals: [],
  ...also,
})
const perpetual = (base: string, quote: string) => ({
  market: "ETH-PERP",
  base: units(base),
  quote: units(quote),
  bids: units("0"),
  asks: units("0"),
  orders: 0,
})

describe("what has no price", () => {
  it("counts 0 as an asset, and is named", () => {
    expect(
      assessWeightedHealth(holding({ ETH: "1", USDC: "10" }), market({ ETH: quoted(null) }), lending),
    ).toMatchObject({
      status: "assessed",
      ignored: ["ETH"],
      equity: dollars("10"),
      thresholds: { maintenance: { health: dollars("9.8") } },
    })
  })

  it.each([
    ["as a debt", holding({ ETH: "-1", USDC: "10000" })],
    ["as a perpetual", holding({ USDC: "10000" }, { perpetuals: [perpetual("1", "0")] })],
  ])("leaves no number %s", (_, account) => {
    const unpriced = { ...market({ ETH: quoted(null) }), perpetuals: new Map() }
    expect(assessWeightedHealth(account, unpriced, separate)).toMatchObject({ status: "unavailable" })
  })

  it("is a price of zero or below too, and a reference of zero where both count", () => {
    for (const bad of [quoted("0"), quoted("-3000")])
      expect(assessWeightedHealth(holding({ ETH: "-1" }), market({ ETH: bad }), lending)).toEqual({
        status: "unavailable",
        missing: ["ETH"],
      })
    expect(assessWeightedHealth(holding({ ETH: "-1" }), market({ ETH: quoted("3000", "0") }), lending)).toMatchObject({
      status: "unavailable",
    })
  })

  it("leaves no number when an order could turn it into a debt", () => {
    const orders = {
      kind: "unreserved",
      base: "ETH",
      quote: "USDC",
      bids: units("0"),
      asks: units("1"),
      count: 1,
    } as const
    const account = holding({ USDC: "10000" }, { spotOrders: [orders] })
    expect(assessWeightedHealth(account, market({ ETH: quoted(null) }), separate)).toEqual({
      status: "unavailable",
      missing: ["ETH"],
    })
  })
})

describe("what the policy does not know", () => {
  it("counts 0 as an asset", () => {
    expect(assessWeightedHealth(holding({ DOGE: "5" }), market({ DOGE: quoted("1") }), lending)).toMatchObject({
      ignored: ["DOGE"],
      thresholds: { maintenance: { health: 0n } },
    })
  })

  it.each([
    ["debt", holding({ DOGE: "-5" })],
    ["perpetual", holding({}, { perpetuals: [perpetual("1", "0")] })],
  ])("is refused as a %s", (_, account) => {
    expect(() => assessWeightedHealth(account, market({}), lending)).toThrow(UnsupportedByPolicyError)
  })
})

describe("thresholds", () => {
  it("look at the worse price only initially", () => {
    const assessed = assessWeightedHealth(
      holding({ ETH: "1", USDC: "-1000" }),
      market({ ETH: quoted("3000", "2800") }),
      netted,
    )
    expect(assessed).toMatchObject({
      equity: dollars("2000"),
      thresholds: {
        // 0.8 · 2,800, 0.8 · 3,000 and 0.9 · 3,000, less the debt of 1,000 that counts once.
        initial: { health: dollars("1240") },
        liquidationEnd: { health: dollars("1400") },
        maintenance: { health: dollars("1700") },
      },
    })
  })

  it("end a liquidation with a buffer of debts, exposures and losses where the policy has one", () => {
    const account = holding({ USDC: "1000", ETH: "-0.1" }, { perpetuals: [perpetual("1", "-3050")] })
    const assessed = assessWeightedHealth(account, market({}), { ...separate, steps: null })
    if (assessed.status !== "assessed") throw new Error("every price is known")
    const { maintenance, liquidationEnd } = assessed.thresholds
    // 2 % of a debt of 300, an exposure of 3,000 and a loss of 50.
    expect(maintenance.health - liquidationEnd.health).toBe(dollars("67"))
  })
})

describe("perpetuals", () => {
  it("net into the balance they settle in, or stand beside it", () => {
    const account = holding({ USDC: "-100" }, { perpetuals: [perpetual("1", "-2900")] })
    const health = (policy: typeof netted) => {
      const assessed = assessWeightedHealth(account, market({}), { ...policy, steps: null })
      return assessed.status === "assessed" ? assessed.thresholds.maintenance.health : undefined
    }
    // 5 % of 3,000 exceeds the gain of 100: a debt of 100 + 50.
    expect(health(netted)).toBe(dollars("-150"))
    // The gain of 100 is collateral; the debt of 100 and the margin of 150 are required.
    expect(health(separate)).toBe(dollars("-150"))
    expect(assessWeightedHealth(account, market({}), { ...separate, steps: null })).toMatchObject({
      thresholds: { maintenance: { collateral: dollars("100"), requirement: dollars("250") } },
    })
  })
})

describe("the largest borrow", () => {
  it("leaves exactly no initial health, and one unit more is too much", () => {
    const account = holding({ ETH: "1" })
    const most = largestBorrow(account, market({}), lending, "USDC")
    if (most === null) throw new Error("it has a limit")
    const healthWith = (extra: bigint) => {
      const assessed = assessWeightedHealth(
        { ...account, balances: [...account.balances, { symbol: "USDC", amount: quantity(-most - extra) }] },
        market({}),
        lending,
      )
      return assessed.status === "assessed" ? assessed.thresholds.initial.health : undefined
    }
    expect(healthWith(0n)).toBeGreaterThanOrEqual(0n)
    expect(healthWith(1n)).toBeLessThan(0n)
  })

  it("is nothing for an account below its threshold, and unknown without a price", () => {
    expect(largestBorrow(holding({ USDC: "-1" }), market({}), lending, "ETH")).toBe(0n)
    expect(largestBorrow(holding({ USDC: "1" }), market({ ETH: quoted(null) }), lending, "ETH")).toBeNull()
  })
})
