import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { quantity, sumUsd, usd } from "../../aggregator/domain/fixed.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { caseOf, healthOf } from "../../aggregator/insight/account-case.js"
import { apportion } from "../../aggregator/insight/apportion.js"
import { marginContributions } from "../../aggregator/insight/contributions.js"
import { explainEquity } from "../../aggregator/insight/explain-equity.js"
import { shippedKernel } from "../support/kernel.js"
import { span16Asking } from "../support/policies.js"
import { CHAIN, collateral, debt, NOW, option, pinAt, priced, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const amount = fc.bigInt({ min: 1n, max: 10n ** 23n }).map(quantity)
const asset = fc
  .record({ symbol: fc.constantFrom("ETH", "USDC"), amount, venue: fc.constantFrom("wallet", "aave-v3") })
  .map(({ symbol, amount, venue }): Leg => ({ ...collateral(symbol, "0"), amount, venue }))
const owed = fc
  .record({ symbol: fc.constantFrom("ETH", "USDC"), amount })
  .map(each => ({ ...debt(each.symbol, "0"), amount: each.amount }))
const contract = fc
  .record({
    underlying: fc.constantFrom("ETH", "BTC"),
    strike: fc.integer({ min: 5, max: 20 }),
    right: fc.constantFrom("C", "P"),
    amount: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).filter(value => value !== 0n),
  })
  .map(({ underlying, strike, right, amount }) => ({
    ...option(`${underlying}-25DEC26-${(underlying === "ETH" ? 300 : 9000) * strike}-${right}`, "1"),
    quantity: quantity(amount),
    positionId: String(amount),
  }))
const book = fc.array(fc.oneof(asset, owed, contract), { minLength: 1, maxLength: 10 })
// A factor that does not divide evenly, so that something is left to apportion.
const policy = span16Asking(1_333_333_333_333_333_333n, 1_400_000_000_000_000_000n, 1_700_000_000_000_000_000n)

const caseWith = (legs: readonly Leg[]) => {
  const chains = [{ status: "ok", chain: CHAIN, pin: pinAt(NOW - 100, "latest"), faults: [] } as const]
  const prices = [priced("ETH", "3000", "3.3"), priced("BTC", "90000", "7"), priced("USDC", "0.9998", "0.0001")]
  return caseOf(snapshotOf(legs, { chains, prices }), "book", { policy, kernel })
}

describe("equity explained", () => {
  it("adds up exactly: lines, chains, and haircuts against market values", () => {
    fc.assert(
      fc.property(book, legs => {
        const { figures, breakdown } = healthOf(caseWith(legs))
        const { lines, equity, byChain, byHaircut } = explainEquity(breakdown)
        expect(equity).toBe(figures?.equity)
        expect(sumUsd(byChain.map(each => each.amount))).toBe(equity)
        expect(sumUsd(lines.filter(each => each.kind !== "haircut").map(each => each.amount))).toBe(figures?.rawEquity)
        expect(usd((figures?.rawEquity ?? 0n) + sumUsd(byHaircut.map(each => each.amount)))).toBe(equity)
      }),
    )
  })
})

describe("margin contributions", () => {
  it("add up to the maintenance margin exactly", () => {
    fc.assert(
      fc.property(book, legs => {
        const asked = caseWith(legs)
        const found = marginContributions(asked)
        const { figures } = healthOf(asked)
        const parts = [...(found?.positions ?? []), ...(found?.additions ?? []), ...(found?.lines ?? [])]
        expect(sumUsd(parts.map(each => each.share))).toBe(figures?.maintenanceMargin)
      }),
    )
  })

  it("are marginal as leaving the position out shows", () => {
    fc.assert(
      fc.property(fc.array(contract, { minLength: 1, maxLength: 5 }), legs => {
        const found = marginContributions(caseWith(legs))
        const whole = healthOf(caseWith(legs)).figures?.maintenanceMargin ?? 0n
        for (const { position, marginal } of found?.positions ?? []) {
          const without = healthOf(caseWith(legs.filter(leg => leg !== position.leg))).figures
          expect(marginal).toBe(whole - (without?.maintenanceMargin ?? 0n))
        }
      }),
      { numRuns: 40 },
    )
  })

  it("are negative for a hedge, in both senses", () => {
    const legs = [option("ETH-25DEC26-3200-C", "-10"), option("ETH-25DEC26-3300-C", "10")]
    const [short, long] = marginContributions(caseWith(legs))?.positions ?? []
    expect(short?.share).toBeGreaterThan(0n)
    expect(long?.share).toBeLessThan(0n)
    expect(long?.marginal).toBeLessThan(0n)
  })

  it("are none for an account without figures", () => {
    expect(marginContributions(caseWith([debt("DOGE", "1")]))).toBeNull()
  })
})

describe("apportion", () => {
  it("adds up, each part within one unit of its proportion", () => {
    const weight = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 21n })
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        fc.array(weight, { minLength: 1, maxLength: 8 }),
        (total, weights) => {
          const whole = weights.reduce((sum, each) => sum + each, 0n)
          const parts = apportion(usd(total), weights)
          if (whole === 0n) {
            expect(parts).toBeNull()
            return
          }
          expect(sumUsd(parts ?? [])).toBe(total)
          parts?.forEach((part, i) => {
            const off = part * whole - total * (weights[i] ?? 0n)
            const size = whole < 0n ? -whole : whole
            expect(off <= size && off >= -size).toBe(true)
          })
        },
      ),
    )
  })
})
