import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { ONE, quantity, ratio } from "../../aggregator/domain/fixed.js"
import type { MarginFigures } from "../../aggregator/domain/health.js"
import type { CollateralLeg, Leg } from "../../aggregator/domain/leg.js"
import type { MarginPolicy } from "../../aggregator/domain/policy.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { shippedKernel } from "../support/kernel.js"
import { span16, span16With } from "../support/policies.js"
import { CHAIN, collateral, debt, NOW, option, pinAt, priced, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const symbol = fc.constantFrom("ETH", "BTC", "USDC")
/** From one wei to a hundred million dollars: every tier is reached. */
const amount = fc.bigInt({ min: 1n, max: 10n ** 23n }).map(quantity)
const asset = fc
  .record({ symbol, amount, venue: fc.constantFrom("wallet", "aave-v3", "lyra-avalon") })
  .map(({ symbol, amount, venue }): CollateralLeg => ({ ...collateral(symbol, "0"), amount, venue }))
const owed = fc.record({ symbol, amount }).map(each => ({ ...debt(each.symbol, "0"), amount: each.amount }))
const contract = fc
  .record({
    underlying: fc.constantFrom("ETH", "BTC"),
    expiry: fc.constantFrom("6NOV26", "25DEC26", "26MAR27"),
    moneyness: fc.integer({ min: 40, max: 250 }),
    right: fc.constantFrom("C", "P"),
    amount: fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }).filter(value => value !== 0n),
  })
  .map(({ underlying, expiry, moneyness, right, amount }) => ({
    ...option(`${underlying}-${expiry}-${(underlying === "ETH" ? 30 : 900) * moneyness}-${right}`, "1"),
    quantity: quantity(amount),
    positionId: String(amount),
  }))
const book = fc.array(fc.oneof(asset, owed, contract), { minLength: 1, maxLength: 12 })

function figuresOf(legs: readonly Leg[], policy: MarginPolicy = span16): MarginFigures {
  const chains = [{ status: "ok", chain: CHAIN, pin: pinAt(NOW - 100, "latest"), faults: [] } as const]
  const prices = [priced("ETH", "3000", "3.3"), priced("BTC", "90000", "7"), priced("USDC", "0.9998", "0.0001")]
  const [health] = assessSnapshot(snapshotOf(legs, { chains, prices }), policy, kernel).health
  if (!health?.figures) throw new Error(JSON.stringify(health?.reasons))
  return health.figures
}

/** Each step of each leg is rounded against the account, so splitting tiers anew may cost that many units of 10^-18 USD. */
const roundingOf = (legs: readonly Leg[]) => BigInt(legs.length * 6)

describe("margin", () => {
  it("does not depend on the order of legs", () => {
    fc.assert(
      fc.property(
        book.chain(legs => fc.tuple(fc.constant(legs), fc.shuffledSubarray(legs, { minLength: legs.length }))),
        ([legs, shuffled]) => {
          expect(figuresOf(shuffled)).toEqual(figuresOf(legs))
        },
      ),
    )
  })

  it("is never worsened by more collateral", () => {
    fc.assert(
      fc.property(book, asset, (legs, more) => {
        const before = figuresOf(legs)
        const after = figuresOf([...legs, more])
        expect(after.health + roundingOf(legs)).toBeGreaterThanOrEqual(before.health)
        expect(after.maintenanceMargin).toBe(before.maintenanceMargin)
      }),
    )
  })

  it("is never improved by a larger haircut", () => {
    const share = fc.bigInt({ min: 0n, max: ONE })
    fc.assert(
      fc.property(book, symbol, share, share, (legs, which, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        const cutting = (haircut: bigint) =>
          span16With({
            collateral: new Map([...span16.collateral, [which, [{ upTo: null, haircut: ratio(haircut) }]]]),
          })
        expect(figuresOf(legs, cutting(high)).health).toBeLessThanOrEqual(
          figuresOf(legs, cutting(low)).health + roundingOf(legs),
        )
      }),
    )
  })

  it("is never more for a book than for its positions one by one", () => {
    fc.assert(
      fc.property(fc.array(contract, { minLength: 1, maxLength: 10 }), legs => {
        const { maintenanceMargin, standaloneMargin } = figuresOf(legs)
        // Each position's margin is rounded up on its own, the book's once.
        expect(maintenanceMargin).toBeLessThanOrEqual(standaloneMargin + BigInt(legs.length))
      }),
    )
  })
})
