/** What must hold under every policy that ships: order is irrelevant, collateral never hurts, lines add up. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { ONE, quantity, ratio, sumUsd, usd } from "../../aggregator/domain/fixed.js"
import type { MarginBreakdown, MarginFigures } from "../../aggregator/domain/health.js"
import type { CollateralLeg, Leg } from "../../aggregator/domain/leg.js"
import type { MarginPolicy } from "../../aggregator/domain/policy.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../../aggregator/policies/shipped.js"
import { shippedKernel } from "../support/kernel.js"
import { CHAIN, collateral, debt, NOW, option, perp, pinAt, priced, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const amount = fc.bigInt({ min: 1n, max: 10n ** 22n }).map(quantity)
const signed = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).filter(each => each !== 0n)
const asset = fc
  .record({ symbol: fc.constantFrom("ETH", "USDC"), amount, venue: fc.constantFrom("wallet", "aave-v3") })
  .map((each): CollateralLeg => ({ ...collateral(each.symbol, "0"), ...each }))
const owed = fc
  .record({ symbol: fc.constantFrom("ETH", "USDC"), amount })
  .map(each => ({ ...debt("ETH", "0"), ...each }))
const contract = fc
  .record({
    underlying: fc.constantFrom("ETH", "BTC"),
    expiry: fc.constantFrom("6NOV26", "25DEC26", "26MAR27"),
    moneyness: fc.integer({ min: 40, max: 250 }),
    right: fc.constantFrom("C", "P"),
    amount: signed,
  })
  .map(({ underlying, expiry, moneyness, right, amount }) => ({
    ...option(`${underlying}-${expiry}-${(underlying === "ETH" ? 30 : 900) * moneyness}-${right}`, "1"),
    quantity: quantity(amount),
    positionId: String(amount),
  }))
const perpetual = fc
  .record({
    underlying: fc.constantFrom("ETH", "BTC"),
    amount: signed,
    unsettled: fc.bigInt(-(10n ** 21n), 10n ** 21n),
  })
  .map(each => ({ ...perp(each.underlying, "1"), quantity: quantity(each.amount), unsettled: usd(each.unsettled) }))

/** What a policy can margin at all. */
function bookOf({ methodology }: MarginPolicy): fc.Arbitrary<Leg[]> {
  const held: fc.Arbitrary<Leg>[] = [asset, owed]
  if (methodology.kind === "scenarios") held.push(contract, contract, perpetual)
  else if (methodology.perpetuals.size > 0) held.push(perpetual)
  return fc.array(fc.oneof(...held), { minLength: 1, maxLength: 9 })
}

interface Assessed {
  readonly figures: MarginFigures
  readonly breakdown: MarginBreakdown
}

function healthOf(legs: readonly Leg[], policy: MarginPolicy): Assessed {
  const chains = [{ status: "ok", chain: CHAIN, pin: pinAt(NOW - 100, "latest"), faults: [] } as const]
  const prices = [priced("ETH", "3000", "3.3"), priced("BTC", "90000", "7"), priced("USDC", "0.9998", "0.0001")]
  const [health] = assessSnapshot(snapshotOf(legs, { chains, prices }), policy, kernel).health
  if (!health?.figures) throw new Error(JSON.stringify(health?.reasons))
  return { figures: health.figures, breakdown: health.breakdown }
}

/** Steps are each rounded against the account, ratios to 10^-18, shortfalls beyond a double: of large values that is more. */
const roundingOf = (legs: readonly Leg[], size: bigint) => BigInt(legs.length + 1) * (100n + size / 10n ** 14n)

/** What a policy's coarse steps may take from a weight when a holding grows, over everything that is weighed. */
function stepsOf({ methodology }: MarginPolicy, { collateral, debts }: MarginBreakdown): bigint {
  if (methodology.kind === "scenarios" || !methodology.steps) return 0n
  const weighed = sumUsd([...collateral, ...debts].map(each => each.marketValue))
  return (2n * weighed * methodology.steps.weight) / ONE
}

const THRESHOLDS = {
  maintenance: "maintenanceMargin",
  liquidationEnd: "liquidationEndMargin",
  initial: "initialMargin",
} as const

/** The policy with another haircut, in each of the places where it has some. */
function haircutsOf(policy: MarginPolicy, symbol: string): ((haircut: bigint) => MarginPolicy)[] {
  const { methodology } = policy
  const places = [
    (haircut: bigint) => ({
      ...policy,
      collateral: new Map([...policy.collateral, [symbol, [{ upTo: null, haircut: ratio(haircut) }]]]),
    }),
    (haircut: bigint) => ({ ...policy, venues: new Map([...policy.venues, ["wallet", ratio(haircut)]]) }),
  ]
  const rule = methodology.kind === "scenarios" && methodology.collateral.get(symbol)
  if (methodology.kind !== "scenarios" || !rule) return places
  const cutting = (haircut: bigint) => {
    const haircuts = { maintenance: ratio(haircut), liquidationEnd: ratio(haircut), initial: ratio(haircut) }
    return {
      ...policy,
      methodology: {
        ...methodology,
        collateral: new Map([...methodology.collateral, [symbol, { ...rule, haircuts }]]),
      },
    }
  }
  return [...places, cutting]
}

describe.each(SHIPPED_POLICIES)("policy %s", name => {
  const { policy } = shippedPolicy(name)
  const books = bookOf(policy)

  it("does not depend on the order of legs", () => {
    const shuffled = books.chain(legs =>
      fc.tuple(fc.constant(legs), fc.shuffledSubarray(legs, { minLength: legs.length })),
    )
    fc.assert(
      fc.property(shuffled, ([legs, otherwise]) => {
        expect(healthOf(otherwise, policy).figures).toEqual(healthOf(legs, policy).figures)
      }),
      { numRuns: 15 },
    )
  })

  it("is never made poorer by more collateral", () => {
    fc.assert(
      fc.property(books, asset, (legs, more) => {
        const { figures: before } = healthOf(legs, policy)
        const { figures: after, breakdown } = healthOf([...legs, more], policy)
        if (!before || !after) throw new RangeError("figures exist")
        const size = after.rawEquity < 0n ? -after.rawEquity : after.rawEquity
        const rounding = roundingOf(legs, size) + stepsOf(policy, breakdown)
        expect(after.health + rounding).toBeGreaterThanOrEqual(before.health)
        expect(after.initialHealth + rounding).toBeGreaterThanOrEqual(before.initialHealth)
      }),
      { numRuns: 20 },
    )
  })

  it("is never improved by a larger haircut, of the house or of the methodology", () => {
    const share = fc.bigInt({ min: 0n, max: ONE })
    fc.assert(
      fc.property(books, fc.constantFrom("ETH", "USDC"), share, share, (legs, symbol, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        for (const haircut of haircutsOf(policy, symbol)) {
          const { figures: less } = healthOf(legs, haircut(low))
          const { figures: more, breakdown } = healthOf(legs, haircut(high))
          if (!less || !more) throw new RangeError("figures exist")
          const size = more.rawEquity < 0n ? -more.rawEquity : more.rawEquity
          const rounding = roundingOf(legs, size) + stepsOf(policy, breakdown)
          expect(more.health).toBeLessThanOrEqual(less.health + rounding)
          expect(more.initialHealth).toBeLessThanOrEqual(less.initialHealth + rounding)
        }
      }),
      { numRuns: 15 },
    )
  })

  it("adds up, and asks for more the earlier the threshold", () => {
    fc.assert(
      fc.property(books, legs => {
        const { figures, breakdown } = healthOf(legs, policy)
        if (!figures) throw new RangeError("figures exist")
        for (const [threshold, figure] of Object.entries(THRESHOLDS) as [keyof typeof THRESHOLDS, "initialMargin"][])
          expect(sumUsd(breakdown.charges.map(each => each.amounts[threshold]))).toBe(figures[figure])
        expect(figures.maintenanceMargin).toBeGreaterThanOrEqual(0n)
        expect(figures.liquidationEndMargin).toBeGreaterThanOrEqual(figures.maintenanceMargin)
        expect(figures.initialMargin).toBeGreaterThanOrEqual(figures.liquidationEndMargin)
        for (const { underlying, scanningRisk, collateralLoss, otherLoss } of breakdown.units) {
          const own = breakdown.positions.filter(each => each.leg.instrument.underlying === underlying)
          const losses = own.map(each => each.worstScenarioLoss)
          expect(sumUsd([...losses, collateralLoss, otherLoss])).toBe(scanningRisk)
        }
      }),
      { numRuns: 15 },
    )
  })
})

describe("parts of a requirement", () => {
  const { policy } = shippedPolicy("okx")

  it("with scenarios of their own are added to the scan, or are the least a unit needs", () => {
    const near = healthOf([option("ETH-6NOV26-3000-C", "10"), option("ETH-6NOV26-3000-P", "10")], policy).breakdown
      .units[0]
    const decay = near?.parts.find(each => each.name === "theta decay")
    expect(decay?.loss).toBeGreaterThan(0n)
    const far = healthOf([option("ETH-6NOV26-3700-C", "-10")], policy).breakdown.units[0]
    for (const unit of [near, far]) {
      const loss = (rule: string) =>
        sumUsd((unit?.parts ?? []).filter(each => each.rule === rule).map(each => each.loss))
      const scanned = (unit?.scanningRisk ?? 0n) + (unit?.lotRemainder ?? 0n) + loss("charge")
      const floors = [loss("floor"), unit?.shortOptionMinimum ?? 0n]
      expect(unit?.requirement).toBe([scanned, ...floors].reduce((a, b) => (b > a ? b : a)))
    }
    expect(far?.parts.find(each => each.name === "extreme move")?.loss).toBeGreaterThan(0n)
  })
})
