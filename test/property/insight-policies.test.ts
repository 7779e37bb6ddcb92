import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { type Price, price, quantity, sumUsd } from "../../aggregator/domain/fixed.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { MarginPolicy } from "../../aggregator/domain/policy.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { type AccountCase, caseOf, healthOf, standingOfEach } from "../../aggregator/insight/account-case.js"
import { marginContributions } from "../../aggregator/insight/contributions.js"
import { explainEquity } from "../../aggregator/insight/explain-equity.js"
import { accountGreeks } from "../../aggregator/insight/greeks.js"
import { healthChanges } from "../../aggregator/insight/health-changes.js"
import { liquidationBands, type PriceRange } from "../../aggregator/insight/liquidation-bands.js"
import { planLiquidation } from "../../aggregator/insight/liquidation-plan.js"
import { riskArraysOf } from "../../aggregator/insight/risk-array.js"
import { planTopUp, usualOffers } from "../../aggregator/insight/top-up-plan.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { usualCosts } from "../../aggregator/policies/execution-costs.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../../aggregator/policies/shipped.js"
import { shippedKernel } from "../support/kernel.js"
import { accountOf, collateral, debt, option, perp, priced, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const COSTS = usualCosts()
const amount = fc.integer({ min: 1, max: 40_000 }).map(each => quantity(BigInt(each) * 10n ** 15n))
const size = fc.integer({ min: -20, max: 20 }).filter(each => each !== 0)
const asset = fc.tuple(fc.constantFrom("ETH", "USDC"), amount).map(
  ([symbol, each]): Leg => ({
    ...collateral(symbol, "0"),
    amount: quantity(symbol === "USDC" ? each * 1000n : each),
  }),
)
const owed = amount.map((each): Leg => ({ ...debt("USDC", "0"), amount: quantity(each * 100n) }))
const contract = fc
  .tuple(fc.constantFrom("6NOV26", "25DEC26"), fc.integer({ min: 20, max: 45 }), fc.constantFrom("C", "P"), size)
  .map(([expiry, strike, right, each]): Leg => option(`ETH-${expiry}-${strike * 100}-${right}`, String(each)))
const swap = size.map((each): Leg => perp("ETH", String(each)))

/** Books of what the policy margins: options by scenarios, perpetuals where it weighs those. */
const bookFor = ({ methodology }: MarginPolicy) => {
  const positions = methodology.kind === "scenarios" ? [contract] : methodology.perpetuals.size > 0 ? [swap] : []
  return fc.array(fc.oneof(asset, owed, ...positions), { minLength: 1, maxLength: 6 })
}
const caseWith = (legs: readonly Leg[], policy: MarginPolicy): AccountCase => {
  const others = accountOf([collateral("ETH", "50000"), collateral("USDC", "90000000"), debt("USDC", "60000000")], {
    id: "others",
  })
  const snapshot = { ...snapshotOf(legs), accounts: [accountOf(legs), others] }
  return caseOf(snapshot, "book", { policy, kernel })
}
const RANGE: PriceRange = { from: price(1000n * 10n ** 18n), to: price(6000n * 10n ** 18n), tick: price(10n ** 20n) }

describe.each(SHIPPED_POLICIES)("under %s", name => {
  const { policy } = shippedPolicy(name)
  const run = (check: (legs: readonly Leg[], asked: AccountCase) => void, numRuns: number) =>
    fc.assert(
      fc.property(bookFor(policy), legs => check(legs, caseWith(legs, policy))),
      { numRuns },
    )

  it("a case is margined as the account is among all others, and variants as they are alone", () => {
    run((legs, asked) => {
      const accounts = [accountOf(legs), { ...asked.others, id: "others" }]
      const [served] = assessSnapshot({ ...snapshotOf(legs), accounts }, policy, kernel).health
      expect(healthOf(asked)).toEqual(served)
      const [same, less] = standingOfEach(asked, [legs, legs.slice(1)])
      expect(same).toEqual(healthOf(asked).figures)
      expect(less).toEqual(healthOf(caseWith(legs.slice(1), policy)).figures)
    }, 12)
  })

  it("equity and margin are explained exactly", () => {
    run((_, asked) => {
      const health = healthOf(asked)
      if (!health.figures) return
      expect(explainEquity(health.breakdown).equity).toBe(health.figures.equity)
      const found = marginContributions(asked, health)
      const parts = [...(found?.positions ?? []), ...(found?.additions ?? []), ...(found?.lines ?? [])]
      expect(sumUsd(parts.map(each => each.share))).toBe(health.figures.maintenanceMargin)
    }, 20)
  })

  it("risk arrays are those that the margin comes from", () => {
    run((legs, asked) => {
      const health = healthOf(asked)
      const arrays = riskArraysOf(asked, health)
      if (!health.figures) return expect(arrays).toBeNull()
      if (policy.methodology.kind !== "scenarios") expect(arrays?.units).toEqual([])
      for (const unit of arrays?.units ?? []) {
        const margined = health.breakdown.units.find(each => each.underlying === unit.underlying)
        // A scenario of a part, such as half the loss at twice the range, is not one of the scan.
        const worstLoss = (part: string | null) =>
          unit.pnl.reduce(
            (worst, each, i) => (arrays?.scenarios[i]?.part === part && -each > worst ? -each : worst),
            0n,
          )
        expect(worstLoss(null)).toBe(margined?.scanningRisk)
        if (margined?.worstScenario) expect(unit.pnl[margined.worstScenario - 1]).toBe(-worstLoss(null))
        for (const part of margined?.parts ?? []) expect(worstLoss(part.name)).toBe(part.loss)
      }
      const positions = legs.filter(leg => leg.kind !== "collateral" && leg.kind !== "debt")
      if (policy.methodology.kind === "scenarios") expect(arrays?.instruments.map(each => each.leg)).toEqual(positions)
      expect(accountGreeks(asked, health)?.positions.map(each => each.leg)).toEqual(positions)
      return undefined
    }, 12)
  })

  it("bands are those of repricing at every tick", () => {
    run((legs, asked) => {
      const { bands, undecided } = liquidationBands(asked, "ETH", RANGE)
      expect(undecided).toEqual([])
      const inside = (at: bigint) => bands.some(band => band.from <= at && at <= band.to)
      const near = (at: bigint) => inside(at) || inside(at + RANGE.tick) || inside(at - RANGE.tick)
      for (let each: bigint = RANGE.from; each <= RANGE.to; each += RANGE.tick) {
        const prices = [{ ...priced("ETH", "1"), price: each as Price }, priced("BTC", "90000"), priced("USDC", "1")]
        const accounts = [accountOf(legs), { ...asked.others, id: "others" }]
        const [health] = assessSnapshot({ ...snapshotOf(legs, { prices }), accounts }, policy, kernel).health
        const healthy = health?.figures != null && health.figures.health >= 0n
        if (!healthy) expect([each, inside(each)]).toEqual([each, true])
        else if (!near(each)) expect(inside(each)).toBe(false)
      }
    }, 6)
  })

  it("plans restore what they say, and changes add up", () => {
    run((legs, asked) => {
      const closing = planLiquidation(asked, COSTS)
      if (closing.status === "planned") {
        expect(closing.surplus).toBeGreaterThanOrEqual(0n)
        if (closing.largestFirstCost !== null) expect(closing.cost).toBeLessThanOrEqual(closing.largestFirstCost)
      }
      const topUp = planTopUp(asked, usualOffers(asked.snapshot, asked), COSTS)
      if (topUp.status === "planned")
        expect(topUp.after.equity).toBeGreaterThanOrEqual(topUp.after.liquidationEndMargin)
      const before = { snapshot: snapshotOf(legs.slice(1)), policy }
      const after = {
        snapshot: snapshotOf(legs, { prices: [priced("ETH", "3300"), priced("BTC", "90000"), priced("USDC", "1")] }),
        policy,
      }
      const changes = healthChanges("book", before, after, kernel)
      const [from, to] = [changes.before.figures, changes.after.figures]
      if (!from || !to) return
      const moved = changes.causes?.reduce((sum, each) => sum + (each.change?.health ?? 0n), 0n)
      expect(moved).toBe(to.health - from.health)
    }, 8)
  })
})
