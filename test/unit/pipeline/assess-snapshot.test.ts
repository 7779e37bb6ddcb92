import { beforeAll, describe, expect, it } from "vitest"
import { address } from "../../../aggregator/domain/caip.js"
import { formatDecimal, parseDecimal } from "../../../aggregator/domain/decimal.js"
import { ONE, quantity, ratio, sumUsd, usd } from "../../../aggregator/domain/fixed.js"
import type { AccountHealth, MarginFigures } from "../../../aggregator/domain/health.js"
import type { Leg } from "../../../aggregator/domain/leg.js"
import type { MarginPolicy } from "../../../aggregator/domain/policy.js"
import type { RiskKernel } from "../../../aggregator/domain/ports.js"
import type { Snapshot } from "../../../aggregator/domain/snapshot.js"
import { assessSnapshot } from "../../../aggregator/pipeline/assess-snapshot.js"
import { shippedKernel } from "../../support/kernel.js"
import { span16, span16Scanning } from "../../support/policies.js"
import {
  accountOf,
  CHAIN,
  collateral,
  debt,
  NOW,
  option,
  perp,
  pinAt,
  priced,
  snapshotOf,
} from "../../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const CALL = "ETH-25DEC26-3200-C"
const HOLDER = address(`${CHAIN}:0x0000000000000000000000000000000000000001`)

function healthOf(snapshot: Snapshot, policy: MarginPolicy = span16): AccountHealth {
  const [health] = assessSnapshot(snapshot, policy, kernel).health
  if (!health) throw new Error("no account was assessed")
  return health
}

function figuresOf(legs: readonly Leg[], policy: MarginPolicy = span16): MarginFigures {
  const { figures, reasons } = healthOf(snapshotOf(legs), policy)
  if (!figures) throw new Error(JSON.stringify(reasons))
  return figures
}

describe("collateral and debts", () => {
  it("counts collateral after the tiers of its size, each step visible", () => {
    const health = healthOf(snapshotOf([collateral("ETH", "400")]))
    // 1,000,000 at 10 % and 200,000 at 20 %.
    expect(health.breakdown.collateral[0]).toMatchObject({
      marketValue: usd(1_200_000n * ONE),
      haircuts: [{ name: "asset", amount: usd(140_000n * ONE) }],
      collateralValue: usd(1_060_000n * ONE),
    })
    expect(health).toMatchObject({ status: "NORMAL", figures: { healthFactor: null, maintenanceMargin: 0n } })
  })

  it("lets two legs of one asset share its tiers", () => {
    expect(figuresOf([collateral("ETH", "200"), collateral("ETH", "200")]).equity).toBe(
      figuresOf([collateral("ETH", "400")]).equity,
    )
  })

  it("takes a source's confidence from assets and adds it to debts", () => {
    const prices = [priced("ETH", "3000", "30"), priced("USDC", "1")]
    const [asset] = healthOf(snapshotOf([collateral("ETH", "1")], { prices })).breakdown.collateral
    expect(asset?.collateralValue).toBe(usd(2673n * ONE))
    const [owed] = healthOf(snapshotOf([debt("ETH", "1")], { prices })).breakdown.debts
    expect(owed?.liabilityValue).toBe(usd(parseDecimal("3272.4")))
  })

  it.each([
    [60, "2700"],
    [61, "2565"],
    [301, "2025"],
    [901, "1080"],
    [3601, "0"],
  ])("counts collateral read at a block %i s old as %s", (age, value) => {
    const fresh = { status: "ok", chain: CHAIN, pin: pinAt(NOW - age), faults: [] } as const
    expect(healthOf(snapshotOf([collateral("ETH", "1")], { chains: [fresh] })).figures?.equity).toBe(
      usd(parseDecimal(value)),
    )
  })

  it("gives no value to what the policy does not know, and says so", () => {
    const health = healthOf(snapshotOf([collateral("DOGE", "5")], { prices: [priced("DOGE", "1")] }))
    expect(health.figures?.equity).toBe(0n)
    expect(health.reasons).toMatchObject([{ code: "NOT_COLLATERAL", chain: CHAIN }])
  })

  it("gives no value without a price, and no figures to a debt without one", () => {
    const dead = { status: "unavailable", symbol: "ETH", rejected: [] } as const
    expect(healthOf(snapshotOf([collateral("ETH", "1")], { prices: [dead] }))).toMatchObject({
      figures: { equity: 0n },
      reasons: [{ code: "PRICE_MISSING" }],
    })
    expect(healthOf(snapshotOf([debt("ETH", "1")], { prices: [dead] }))).toMatchObject({
      status: "UNAVAILABLE",
      figures: null,
      reasons: [{ code: "PRICE_MISSING" }],
    })
  })
})

describe("positions", () => {
  it("margins a naked short call by its worst scenario, which the position explains", () => {
    const { breakdown, figures } = healthOf(snapshotOf([option(CALL, "-10")]))
    const [unit] = breakdown.units
    expect(unit?.scanningRisk).toBeGreaterThan(0n)
    expect(sumUsd(breakdown.positions.map(each => each.worstScenarioLoss))).toBe(unit?.scanningRisk)
    expect(figures?.maintenanceMargin).toBe(unit?.requirement)
    expect(figures?.initialMargin).toBe(((unit?.requirement ?? 0n) * 5n) / 4n)
    expect(breakdown.positions[0]?.markToMarket).toBeLessThan(0n)
  })

  it("needs less for a spread than for its legs one by one", () => {
    const figures = figuresOf([option(CALL, "-10"), option("ETH-25DEC26-3400-C", "10")])
    expect(figures.maintenanceMargin * 2n).toBeLessThan(figures.standaloneMargin)
  })

  it("margins legs one by one only when asked, and then the same whoever is asked first", () => {
    let passes = 0
    const counting: RiskKernel = {
      ...kernel,
      stress: (...columns) => {
        passes++
        return kernel.stress(...columns)
      },
    }
    const accounts = Array.from({ length: 9 }, (_, i) => ({
      ...accountOf([option(CALL, `-${i + 1}`), option("ETH-25DEC26-3400-C", "1")]),
      id: String(i),
    }))
    const assess = () =>
      assessSnapshot(
        { ...snapshotOf([option(CALL, "1"), option("ETH-25DEC26-3400-C", "1")]), accounts },
        span16,
        counting,
      )
    const alone = ({ figures }: AccountHealth) => figures?.standaloneMargin
    const { health } = assess()
    expect(passes).toBe(1)
    const forward = health.map(alone)
    expect(passes).toBe(5)
    expect(health.map(alone)).toEqual(forward)
    expect(passes).toBe(5)
    expect(assess().health.toReversed().map(alone).toReversed()).toEqual(forward)
    const single = accounts.map(each => figuresOf(each.legs).standaloneMargin)
    expect(forward).toEqual(single)
  })

  it("explains a spread's scanning risk exactly by its positions", () => {
    const { breakdown } = healthOf(snapshotOf([option(CALL, "-10"), option("ETH-25DEC26-3400-C", "7.3")]))
    expect(sumUsd(breakdown.positions.map(each => each.worstScenarioLoss))).toBe(breakdown.units[0]?.scanningRisk)
  })

  it("holds the short option minimum where the scan asks for less", () => {
    const far = figuresOf([option("ETH-25DEC26-30000-C", "-10")])
    expect(far.maintenanceMargin).toBe(usd(300n * ONE))
  })

  it("charges what lies below one lot at its worst", () => {
    const coarse = span16Scanning({ lot: quantity(ONE) })
    const [unit] = healthOf(snapshotOf([option(CALL, "-10.5")]), coarse).breakdown.units
    const [exact] = healthOf(snapshotOf([option(CALL, "-10.5")])).breakdown.units
    expect(unit?.lotRemainder).toBeGreaterThan(0n)
    expect(unit?.requirement).toBeGreaterThanOrEqual(exact?.requirement ?? 0n)
  })

  it("adds units up without credit between them", () => {
    const quotes = snapshotOf([option(CALL, "-1"), option("BTC-25DEC26-100000-C", "1")])
    const { units } = healthOf(quotes).breakdown
    expect(units.map(unit => unit.underlying)).toEqual(["BTC", "ETH"])
    expect(healthOf(quotes).figures?.maintenanceMargin).toBe(sumUsd(units.map(unit => unit.requirement)))
  })

  it("blocks an account whose option nobody quotes, and no other", () => {
    const snapshot = snapshotOf([option(CALL, "1")], { quotes: [] })
    const other = accountOf([collateral("ETH", "1")], { id: "other" })
    const [blocked, fine] = assessSnapshot(
      { ...snapshot, accounts: [...snapshot.accounts, other] },
      span16,
      kernel,
    ).health
    expect(blocked).toMatchObject({ status: "UNAVAILABLE", figures: null, reasons: [{ code: "VOLATILITY_MISSING" }] })
    expect(fine).toMatchObject({ id: "other", status: "NORMAL" })
  })

  it("blocks a book too large for exact sums, and no other", () => {
    const snapshot = snapshotOf([option(CALL, "-1000000000000")])
    const other = accountOf([option(CALL, "-1")], { id: "other" })
    const [blocked, fine] = assessSnapshot(
      { ...snapshot, accounts: [...snapshot.accounts, other] },
      span16,
      kernel,
    ).health
    expect(blocked).toMatchObject({ status: "UNAVAILABLE", reasons: [{ code: "QUANTITY_OVERFLOW" }] })
    expect(fine?.figures?.maintenanceMargin).toBe(figuresOf([option(CALL, "-1")]).maintenanceMargin)
  })

  it("blocks an account whose option cannot be priced, and no other", () => {
    const quoted = snapshotOf([option(CALL, "-1"), option("ETH-25DEC26-1000000000000000000000000-C", "-1")])
    const [absurd, sound] = [...quoted.quotes].reverse()
    if (!absurd || !sound) throw new Error("two options are quoted")
    const [first, second] = quoted.accounts[0]?.legs ?? []
    const accounts = [accountOf(second ? [second] : []), accountOf(first ? [first] : [], { id: "other" })]
    const quotes = [{ ...absurd, rate: ratio(parseDecimal("10000")) }, sound]
    const [blocked, fine] = assessSnapshot({ ...quoted, accounts, quotes }, span16, kernel).health
    expect(blocked).toMatchObject({ status: "UNAVAILABLE", figures: null, reasons: [{ code: "RATE_OUT_OF_RANGE" }] })
    expect(fine?.figures?.maintenanceMargin).toBe(figuresOf([option(CALL, "-1")]).maintenanceMargin)
  })

  it("values an expired, unsettled option at intrinsic without a quote", () => {
    const snapshot = snapshotOf([option("ETH-30OCT26-2800-C", "2")], { quotes: [] })
    expect(healthOf(snapshot).breakdown.positions[0]?.markToMarket).toBe(usd(400n * ONE))
  })
})

describe("what cannot be read", () => {
  const unreadChain = { status: "unavailable", chain: CHAIN, code: "RPC_UNAVAILABLE", detail: "timeout" } as const
  const unread = (lastSeen: "assets" | "liabilities" | "never") =>
    snapshotOf([], {
      chains: [unreadChain],
      accounts: [accountOf([], { addresses: [HOLDER], unread: [{ address: HOLDER, lastSeen }] })],
    })

  it("counts collateral on an unavailable chain 0 when only assets were seen there", () => {
    expect(healthOf(unread("assets"))).toMatchObject({
      status: "NORMAL",
      figures: { equity: 0n },
      reasons: [{ code: "CHAIN_UNAVAILABLE" }],
    })
  })

  it.each(["liabilities", "never"] as const)("publishes no number when %s was seen there", lastSeen => {
    expect(healthOf(unread(lastSeen))).toMatchObject({
      status: "UNAVAILABLE",
      figures: null,
      reasons: [{ code: "CHAIN_UNAVAILABLE" }],
    })
  })

  it.each(["liability", "position"] as const)("publishes no number when a %s could not be read", unknown => {
    const faults = [{ code: "CALL_REVERTED", venue: "aave-v3", unknown, detail: "…" }] as const
    const snapshot = snapshotOf([], { accounts: [accountOf([collateral("ETH", "9")], { faults })] })
    expect(healthOf(snapshot)).toMatchObject({ status: "UNAVAILABLE", figures: null })
  })

  it("publishes no number for a position in what the policy has no parameters for", () => {
    expect(healthOf(snapshotOf([perp("DOGE", "1", "12"), collateral("USDC", "100000")]))).toMatchObject({
      status: "UNAVAILABLE",
      figures: null,
      reasons: [{ code: "UNSUPPORTED_BY_POLICY", chain: CHAIN }],
    })
  })

  it("leaves an unreadable asset out and says so", () => {
    const faults = [{ code: "CALL_REVERTED", venue: "wallet", unknown: "asset", detail: "…" }] as const
    const snapshot = snapshotOf([], { accounts: [accountOf([collateral("USDC", "100")], { faults })] })
    expect(healthOf(snapshot)).toMatchObject({ status: "NORMAL", reasons: [{ code: "CALL_REVERTED" }] })
  })

  it("is STALE when debts were read too long ago", () => {
    const old = { status: "ok", chain: CHAIN, pin: pinAt(NOW - 301), faults: [] } as const
    expect(healthOf(snapshotOf([debt("USDC", "1")], { chains: [old] }))).toMatchObject({
      status: "STALE",
      figures: null,
    })
  })
})

describe("the status ladder", () => {
  const withCash = (amount: bigint) =>
    healthOf(snapshotOf([option(CALL, "-10"), collateral("USDC", formatDecimal(amount))])).status

  it("descends as equity falls through the margins", () => {
    const { maintenanceMargin: margin, equity } = figuresOf([option(CALL, "-10")])
    // USDC keeps 99 % of its value under this policy.
    const cashFor = (target: bigint) => ((target - equity) * 100n) / 99n + 2n
    expect(withCash(cashFor((margin * 126n) / 100n))).toBe("NORMAL")
    expect(withCash(cashFor((margin * 124n) / 100n))).toBe("MARGIN_CALL")
    expect(withCash(cashFor((margin * 109n) / 100n))).toBe("REDUCE_ONLY")
    expect(withCash(cashFor((margin * 99n) / 100n))).toBe("LIQUIDATABLE")
    expect(withCash(1n)).toBe("BANKRUPT")
  })
})
