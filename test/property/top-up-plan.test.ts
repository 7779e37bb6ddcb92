import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { address, assetId, chainId } from "../../aggregator/domain/caip.js"
import { formatDecimal, parseDecimal } from "../../aggregator/domain/decimal.js"
import type { ExecutionCosts } from "../../aggregator/domain/execution-costs.js"
import { quantity } from "../../aggregator/domain/fixed.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import type { Snapshot } from "../../aggregator/domain/snapshot.js"
import { caseOf } from "../../aggregator/insight/account-case.js"
import { type Offer, planTopUp, type TopUpPlan, usualOffers } from "../../aggregator/insight/top-up-plan.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { usualCosts } from "../../aggregator/policies/execution-costs.js"
import { shippedKernel } from "../support/kernel.js"
import { span16 } from "../support/policies.js"
import { accountOf, CHAIN, collateral, debt, NOW, option, pinAt, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const STALE = chainId("eip155:10")
const COSTS = usualCosts()
const elsewhere = <Each extends Leg>(leg: Each): Each =>
  ({ ...leg, chain: STALE, asset: assetId(`${STALE}/slip44:60`) }) as Each

/** A second chain, read 200 s ago: what lies there is cut by another 5 %. */
const twoChains = (legs: readonly Leg[]): Snapshot => ({
  ...snapshotOf(legs),
  chains: [
    { status: "ok", chain: CHAIN, pin: pinAt(NOW), faults: [] },
    { status: "ok", chain: STALE, pin: { ...pinAt(NOW - 200), chain: STALE }, faults: [] },
  ],
  accounts: [accountOf(legs, { addresses: [address(`${CHAIN}:0x1`), address(`${STALE}:0x1`)] })],
})

function planFor(legs: readonly Leg[], offers?: readonly Offer[], costs: ExecutionCosts = COSTS) {
  const snapshot = twoChains(legs)
  const asked = caseOf(snapshot, "book", { policy: span16, kernel })
  return planTopUp(asked, offers ?? usualOffers(snapshot, asked), costs)
}
const planned = (plan: TopUpPlan) => {
  if (plan.status !== "planned") throw new Error(plan.status)
  return plan
}
const offer = (leg: Leg): Offer => {
  if (leg.kind === "collateral") return { kind: "deposit", leg }
  if (leg.kind === "debt") return { kind: "repay", leg }
  throw new TypeError("nothing to bring")
}
const stepsOf = (plan: TopUpPlan) =>
  planned(plan).steps.map(({ offer: { kind, leg } }) => [kind, leg.chain, leg.symbol])

/** Deficit to the liquidation-end margin by the pipeline alone. */
function deficitOf(legs: readonly Leg[]): bigint {
  const figures = assessSnapshot(twoChains(legs), span16, kernel).health[0]?.figures
  if (!figures) throw new Error("no figures")
  return figures.liquidationEndMargin - figures.equity
}

const CALL = option("ETH-25DEC26-3200-C", "-10")

describe("a top-up plan", () => {
  it("prefers the asset that is cut least, on the chain that is read freshest", () => {
    const legs = [CALL, collateral("USDC", "5000"), collateral("ETH", "0.1"), elsewhere(collateral("USDC", "1"))]
    const plan = planFor(legs)
    expect(stepsOf(plan)).toEqual([["deposit", CHAIN, "USDC"]])
    expect(
      deficitOf([...legs, { ...collateral("USDC", "0"), amount: planned(plan).steps[0]?.amount ?? quantity(0n) }]),
    ).toBeLessThanOrEqual(0n)
  })

  it("repays a debt before it deposits: that counts with the liability's haircut on top", () => {
    const legs = [CALL, collateral("USDC", "15000"), debt("ETH", "3")]
    expect(stepsOf(planFor(legs))).toEqual([["repay", CHAIN, "ETH"]])
    const beyond = [CALL, collateral("USDC", "5000"), debt("ETH", "0.1")]
    expect(stepsOf(planFor(beyond))).toEqual([
      ["deposit", CHAIN, "USDC"],
      ["repay", CHAIN, "ETH"],
    ])
  })

  it("goes to the staler chain when gas costs more than its haircut", () => {
    const legs = [CALL, collateral("USDC", "6000"), elsewhere(collateral("USDC", "1"))]
    const dear: ExecutionCosts = {
      ...COSTS,
      chains: {
        ...COSTS.chains,
        rows: new Map([...COSTS.chains.rows, [CHAIN, { ...COSTS.chains.other, gas: parseDecimal("900") as never }]]),
      },
    }
    expect(stepsOf(planFor(legs))).toEqual([["deposit", CHAIN, "USDC"]])
    expect(stepsOf(planFor(legs, undefined, dear))).toEqual([["deposit", STALE, "USDC"]])
  })

  it("moves no less than a chain's minimum", () => {
    const legs = [CALL, collateral("USDC", "5000")]
    const short = deficitOf(legs)
    const almost = [
      CALL,
      { ...collateral("USDC", "0"), amount: quantity(5000n * 10n ** 18n + (short * 100n) / 99n - 10n ** 15n) },
    ]
    expect(deficitOf(almost)).toBeGreaterThan(0n)
    expect(planned(planFor(almost)).steps.map(each => formatDecimal(each.amount))).toEqual(["10"])
  })

  it("says when nothing helps, nothing is needed or nothing is known", () => {
    expect(planFor([CALL], [])).toEqual({ status: "insufficient" })
    expect(planFor([CALL], [offer(collateral("DOGE", "0"))])).toEqual({ status: "insufficient" })
    expect(planFor([collateral("USDC", "1")])).toEqual({ status: "none-needed" })
    expect(planFor([debt("DOGE", "1")])).toEqual({ status: "unavailable" })
  })

  it("is never dearer than any mix of two on a grid, and nothing of it can be left out", () => {
    const book = fc
      .record({
        calls: fc.integer({ min: 1, max: 4000 }),
        cash: fc.integer({ min: 0, max: 20_000 }),
        owed: fc.integer({ min: 0, max: 5 }),
      })
      .map(({ calls, cash, owed }): Leg[] => [
        option("ETH-25DEC26-3200-C", String(-calls)),
        collateral("USDC", String(cash)),
        elsewhere(collateral("ETH", "0.5")),
        ...(owed > 0 ? [debt("ETH", String(owed))] : []),
      ])
    fc.assert(
      fc.property(book, legs => {
        const plan = planFor(legs)
        if (plan.status === "none-needed") {
          expect(deficitOf(legs)).toBeLessThanOrEqual(0n)
          return
        }
        const { steps, total } = planned(plan)
        const withSteps = (change: (amount: bigint, i: number) => bigint): Leg[] => {
          const kept = legs.map((leg): Leg => {
            const i = steps.findIndex(step => step.offer.kind === "repay" && step.offer.leg === leg)
            const amount = steps[i]?.amount
            return amount === undefined || leg.kind !== "debt"
              ? leg
              : { ...leg, amount: quantity(leg.amount - change(amount, i)) }
          })
          const added = steps.flatMap(({ offer: { kind, leg }, amount }, i) =>
            kind === "deposit" ? [{ ...leg, amount: quantity(change(amount, i)) }] : [],
          )
          return [...kept, ...added]
        }
        expect(deficitOf(withSteps(amount => amount))).toBeLessThanOrEqual(0n)
        const least = (i: number) => (steps[i]?.capital ?? 0n) <= parseDecimal("10.01")
        steps.forEach((_, cut) => {
          if (!least(cut))
            expect(deficitOf(withSteps((amount, i) => (i === cut ? amount - 10n ** 12n : amount)))).toBeGreaterThan(0n)
        })
        // USDC in twentieths of what is needed of it alone, the rest in ETH on the staler chain.
        const alone = planned(planFor(legs, [offer(collateral("USDC", "0"))])).steps[0]?.amount ?? 0n
        for (let twentieths = 0n; twentieths <= 20n; twentieths += 4n) {
          const put = { ...collateral("USDC", "0"), amount: quantity((alone * twentieths) / 20n) }
          const rest = planFor([...legs, put], [offer(elsewhere(collateral("ETH", "0")))])
          const dollars = put.amount + (rest.status === "planned" ? rest.total : 0n)
          if (rest.status !== "insufficient") expect(total).toBeLessThanOrEqual(dollars + parseDecimal("11"))
        }
      }),
      { numRuns: 15 },
    )
  })
})
