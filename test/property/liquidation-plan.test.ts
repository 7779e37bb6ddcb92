import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal } from "../../aggregator/domain/decimal.js"
import { quantity } from "../../aggregator/domain/fixed.js"
import type { Leg, OptionLeg } from "../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { type AccountCase, caseOf } from "../../aggregator/insight/account-case.js"
import { type LiquidationPlan, planLiquidation } from "../../aggregator/insight/liquidation-plan.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { usualCosts } from "../../aggregator/policies/execution-costs.js"
import costsDocument from "../../aggregator/policies/execution-costs.json" with { type: "json" }
import { shippedKernel } from "../support/kernel.js"
import { span16 } from "../support/policies.js"
import { collateral, debt, option, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const COSTS = usualCosts()
const ETH_OPTIONS = costsDocument.options.rows.ETH
const caseWith = (legs: readonly Leg[]): AccountCase => caseOf(snapshotOf(legs), "book", { policy: span16, kernel })
const planned = (plan: LiquidationPlan) => {
  if (plan.status !== "planned") throw new Error(plan.status)
  return plan
}
const dollars = (value: bigint) => Number(formatDecimal(value))

/** The market of the hand-made snapshots stays; only legs change. */
function figuresOf(all: readonly Leg[], legs: readonly Leg[]) {
  const market = snapshotOf(all)
  const accounts = market.accounts.map(each => ({ ...each, legs }))
  const [health] = assessSnapshot({ ...market, accounts }, span16, kernel).health
  if (!health?.figures) throw new Error("no figures")
  return { figures: health.figures, positions: health.breakdown.positions }
}

interface Tried {
  readonly cost: number
  readonly deficit: number
}

/** Closes these shares of the options: cost and deficit in floating point, by the formulas as they are documented. */
function closing(legs: readonly Leg[], shares: readonly number[]): Tried {
  const options = legs.filter((leg): leg is OptionLeg => leg.kind === "option")
  const { positions } = figuresOf(legs, legs)
  const { order, spread, premiumSpread, impact, depth } = ETH_OPTIONS
  let [cost, cash] = [0, 0]
  const left = options.flatMap((leg, i): Leg[] => {
    const share = shares[i] ?? 0
    const closed = (leg.quantity * BigInt(Math.round(share * 1000))) / 1000n
    const units = Math.abs(dollars(closed))
    const mark = dollars(positions.find(each => each.leg.positionId === leg.positionId)?.mark ?? 0n)
    if (units > 0) {
      cost += Number(order) + units * (3000 * Number(spread) + mark * Number(premiumSpread))
      cost += (3000 * Number(impact) * units ** 2) / Number(depth)
      cash += dollars(closed) * mark
    }
    return closed === leg.quantity ? [] : [{ ...leg, quantity: quantity(leg.quantity - closed) }]
  })
  const { figures } = figuresOf(legs, [...legs.filter(leg => leg.kind !== "option"), ...left])
  return { cost, deficit: dollars(figures.liquidationEndMargin) - dollars(figures.equity) - cash + cost }
}

/** Each closing 0, ¼, ½, ¾ or whole: the cheapest that restores. */
function cheapestByBruteForce(legs: readonly Leg[], count: number): number {
  let cheapest = Number.POSITIVE_INFINITY
  for (let code = 0; code < 5 ** count; code++) {
    const shares = Array.from({ length: count }, (_, i) => (Math.floor(code / 5 ** i) % 5) / 4)
    const { cost, deficit } = closing(legs, shares)
    if (deficit <= 0) cheapest = Math.min(cheapest, cost)
  }
  return cheapest
}

/** Largest notional first, each whole; of the last as few thousandths as restore. */
function largestFirst(legs: readonly Leg[], count: number): number {
  const sizes = legs.slice(0, count).map(leg => (leg.kind === "option" ? Math.abs(dollars(leg.quantity)) : 0))
  if (
    closing(
      legs,
      sizes.map(() => 0),
    ).deficit <= 0
  )
    return 0
  const order = sizes.map((_, i) => i).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0))
  const shares = sizes.map(() => 0)
  for (const i of order) {
    shares[i] = 1
    if (closing(legs, shares).deficit > 0) continue
    let [few, enough] = [0, 1000]
    while (enough - few > 1) {
      const middle = (few + enough) >> 1
      shares[i] = middle / 1000
      if (closing(legs, shares).deficit <= 0) enough = middle
      else few = middle
    }
    shares[i] = enough / 1000
    return closing(legs, shares).cost
  }
  return Number.POSITIVE_INFINITY
}

const contract = fc
  .record({
    expiry: fc.constantFrom("6NOV26", "25DEC26"),
    strike: fc.integer({ min: 20, max: 45 }),
    right: fc.constantFrom("C", "P"),
    amount: fc.integer({ min: -400, max: 400 }).filter(value => value !== 0),
  })
  .map(({ expiry, strike, right, amount }) => option(`ETH-${expiry}-${strike * 100}-${right}`, String(amount / 10)))

/** Books of `least` to `most` options in sizes of their own, with cash that falls short by a little or a lot. */
const shortOfMargin = (least: number, most: number) =>
  fc
    .record({
      options: fc.uniqueArray(contract, { minLength: least, maxLength: most, selector: leg => leg.quantity }),
      lacking: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    })
    .map(({ options, lacking }) => {
      const { figures } = figuresOf(options, options)
      const needed = dollars(figures.liquidationEndMargin) - dollars(figures.equity)
      const cash = Math.max(0, needed - lacking * dollars(figures.liquidationEndMargin)) / 0.99
      return [...options, collateral("USDC", cash.toFixed(6))] as Leg[]
    })

describe("a liquidation plan", () => {
  it("of a small book costs no more than the cheapest combination of quarters, and restores", () => {
    let plans = 0
    fc.assert(
      fc.property(shortOfMargin(1, 3), legs => {
        const plan = planLiquidation(caseWith(legs), COSTS)
        const cheapest = cheapestByBruteForce(legs, legs.length - 1)
        if (plan.status !== "planned") {
          expect(plan.status === "none-needed" ? 0 : Number.POSITIVE_INFINITY).toBe(cheapest)
          return
        }
        plans++
        const shares = legs.slice(0, -1).map(leg => {
          const step = plan.steps.find(({ closing }) => closing.kind === "close" && closing.leg === leg)
          return (step?.part ?? 0) / 1000
        })
        const again = closing(legs, shares)
        expect(again.deficit).toBeLessThan(1e-6)
        expect(again.cost).toBeCloseTo(dollars(plan.cost), 6)
        expect(dollars(plan.cost)).toBeLessThanOrEqual(cheapest + 1e-6)
      }),
      { numRuns: 40 },
    )
    expect(plans).toBeGreaterThan(0)
  })

  it("of a single position closes the fewest thousandths that restore", () => {
    const legs = [option("ETH-25DEC26-3200-C", "-10"), collateral("USDC", "6200")]
    const { steps } = planned(planLiquidation(caseWith(legs), COSTS))
    const part = steps[0]?.part ?? 0
    expect(part).toBeGreaterThan(1)
    expect(closing(legs, [part / 1000]).deficit).toBeLessThanOrEqual(0)
    expect(closing(legs, [(part - 1) / 1000]).deficit).toBeGreaterThan(0)
  })

  it("is never dearer than the largest first", () => {
    // Counted over a fixed sample, so that chance decides nothing about the last line.
    let cheaper = 0
    fc.assert(
      fc.property(shortOfMargin(6, 9), legs => {
        const naive = largestFirst(legs, legs.length - 1)
        const plan = planLiquidation(caseWith(legs), COSTS)
        if (plan.status !== "planned") {
          expect(plan.status === "none-needed" ? 0 : Number.POSITIVE_INFINITY).toBe(naive)
          return
        }
        expect(dollars(plan.cost)).toBeLessThanOrEqual(naive + 1e-6)
        if (dollars(plan.cost) < naive / 2) cheaper++
      }),
      { numRuns: 20, seed: 1 },
    )
    expect(cheaper).toBeGreaterThan(0)
  })

  it("closes both sides of a straddle where neither alone helps", () => {
    const wings = ["3000-C", "3000-P"].map(name => option(`ETH-25DEC26-${name}`, "-10"))
    const others = ["20000-C", "21000-C", "22000-C", "23000-C"].map(name => option(`ETH-25DEC26-${name}`, "1"))
    const legs = [...wings, ...others]
    const { figures } = figuresOf(legs, legs)
    const cash = (dollars(figures.liquidationEndMargin) - dollars(figures.equity)) * 0.8
    const { steps } = planned(planLiquidation(caseWith([...legs, collateral("USDC", cash.toFixed(2))]), COSTS))
    const closed = steps.map(({ closing: each }) => each.kind === "close" && each.leg)
    expect(closed).toEqual(expect.arrayContaining(wings))
  })

  it("repays debts with collateral on the same chain where there are no positions", () => {
    const legs = [collateral("ETH", "10"), debt("USDC", "27500")]
    const plan = planned(planLiquidation(caseWith(legs), COSTS))
    expect(plan.steps.map(({ closing: { kind } }) => kind)).toEqual(["repay"])
    expect(plan.after?.equity).toBeGreaterThanOrEqual(0n)
    expect(planLiquidation(caseWith([collateral("ETH", "10"), debt("USDC", "29900")]), COSTS).status).toBe("planned")
    const bankrupt = planLiquidation(caseWith([collateral("ETH", "10"), debt("USDC", "31000")]), COSTS)
    expect(bankrupt).toMatchObject({ status: "insufficient" })
    expect(bankrupt.status === "insufficient" && bankrupt.shortfall > 1000n * 10n ** 18n).toBe(true)
  })

  it("is not needed by a healthy account and not given to one without figures", () => {
    expect(planLiquidation(caseWith([collateral("USDC", "10")]), COSTS)).toEqual({ status: "none-needed" })
    expect(planLiquidation(caseWith([debt("DOGE", "1")]), COSTS)).toEqual({ status: "unavailable" })
  })

  it("costs what its steps cost", () => {
    const legs = [option("ETH-25DEC26-3200-C", "-10"), option("ETH-25DEC26-2600-P", "-8"), collateral("USDC", "7500")]
    const { steps, cost, surplus, largestFirstCost } = planned(planLiquidation(caseWith(legs), COSTS))
    expect(steps.reduce((sum, step) => sum + step.cost, 0n)).toBe(cost)
    expect(surplus).toBeGreaterThanOrEqual(0n)
    expect(largestFirstCost).toBeGreaterThanOrEqual(cost)
    expect(surplus).toBeLessThan(parseDecimal("50"))
  })
})
