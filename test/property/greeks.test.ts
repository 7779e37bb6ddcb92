import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal } from "../../aggregator/domain/decimal.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { caseOf } from "../../aggregator/insight/account-case.js"
import { accountGreeks, type Greeks } from "../../aggregator/insight/greeks.js"
import { shippedKernel } from "../support/kernel.js"
import { span16 } from "../support/policies.js"
import { forwardOf, type Option, presentValue } from "../support/reference-black76.js"
import { collateral, debt, NOW, option, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const greeksFor = (legs: readonly Leg[]) => {
  const found = accountGreeks(caseOf(snapshotOf(legs), "book", { policy: span16, kernel }))
  if (!found) throw new Error("no Greeks")
  return found
}
const dollars = (value: bigint) => Number(formatDecimal(value))
const YEAR = 365 * 86_400

const contract = fc.record({
  expiry: fc.constantFrom("6NOV26", "25DEC26", "26MAR27"),
  strike: fc.integer({ min: 20, max: 45 }),
  right: fc.constantFrom("C", "P"),
  amount: fc.integer({ min: -50, max: 50 }).filter(value => value !== 0),
})
type Contract = typeof contract extends fc.Arbitrary<infer Each> ? Each : never
const legOf = ({ expiry, strike, right, amount }: Contract) =>
  option(`ETH-${expiry}-${strike * 100}-${right}`, String(amount))

/** Central differences of the reference's value of +1 long. */
function differences(leg: ReturnType<typeof legOf>) {
  const base: Option = {
    kind: leg.instrument.right === "call" ? 1 : 2,
    spot: 3000,
    carry: 0.05,
    rate: 0.05,
    strike: dollars(leg.instrument.strike),
    volatility: 0.8,
    timeToExpiry: (leg.instrument.expiry - NOW) / YEAR,
  }
  const value = (change: Partial<Option>) => presentValue({ ...base, ...change })
  const [h, v, t] = [0.3, 1e-4, 1e-5]
  const later = (dt: number) => {
    const timeToExpiry = base.timeToExpiry - dt
    return value({ timeToExpiry, spot: forwardOf(base) * Math.exp(-base.carry * timeToExpiry) })
  }
  return {
    delta: (value({ spot: 3000 + h }) - value({ spot: 3000 - h })) / (2 * h),
    gamma: (value({ spot: 3000 + h }) - 2 * value({}) + value({ spot: 3000 - h })) / h ** 2,
    vega: (value({ volatility: 0.8 + v }) - value({ volatility: 0.8 - v })) / (2 * v),
    theta: (later(t) - later(-t)) / (2 * t) / 365,
  }
}

describe("Greeks", () => {
  it("are the derivatives of value, by finite differences of the reference", () => {
    fc.assert(
      fc.property(contract, each => {
        const leg = legOf(each)
        const expected = differences(leg)
        const found = greeksFor([leg]).positions[0]?.greeks
        const per = (name: keyof typeof expected) => dollars(found?.[name] ?? 0n) / each.amount
        expect(per("delta")).toBeCloseTo(expected.delta, 6)
        expect(per("gamma")).toBeCloseTo(expected.gamma, 6)
        expect(per("vega")).toBeCloseTo(expected.vega, 2)
        expect(per("theta")).toBeCloseTo(expected.theta, 4)
      }),
      { numRuns: 60 },
    )
  })

  it("add up exactly, whatever the order: by expiry, by underlying, in total", () => {
    fc.assert(
      fc.property(fc.array(contract, { minLength: 1, maxLength: 6 }), contracts => {
        const legs: Leg[] = [
          ...contracts.map(legOf),
          collateral("ETH", "2.5"),
          debt("ETH", "1"),
          collateral("USDC", "10"),
        ]
        const { positions, byExpiry, byUnderlying, total } = greeksFor(legs)
        const { byExpiry: reversed } = greeksFor([...legs].reverse())
        expect(reversed).toEqual(byExpiry)
        const sum = (rows: readonly { greeks: Greeks }[], name: keyof Greeks) =>
          rows.reduce((all, { greeks }) => all + greeks[name], 0n)
        for (const name of ["delta", "gamma", "vega", "theta", "cashDelta", "cashGamma", "cashVega"] as const) {
          const held = name === "delta" ? parseDecimal("11.5") : name === "cashDelta" ? parseDecimal("4510") : 0n
          expect(sum(byExpiry, name)).toBe(sum(positions, name) + held)
          expect(sum(byUnderlying, name)).toBe(sum(byExpiry, name))
        }
        expect(total.cashDelta).toBe(sum(byUnderlying, "cashDelta"))
      }),
      { numRuns: 40 },
    )
  })

  it("state cash by the price", () => {
    const { byUnderlying } = greeksFor([option("ETH-25DEC26-3200-C", "-10"), collateral("ETH", "3")])
    const [{ greeks, expiry } = { greeks: undefined, expiry: 0 }] = byUnderlying
    expect(expiry).toBeNull()
    const { delta, gamma, vega, cashDelta, cashGamma, cashVega } = greeks as Greeks
    expect(dollars(cashDelta)).toBeCloseTo(dollars(delta) * 3000, 9)
    expect(dollars(cashGamma)).toBeCloseTo((dollars(gamma) * 3000 ** 2) / 100, 9)
    expect(dollars(cashVega)).toBeCloseTo(dollars(vega) / 100, 9)
    expect(dollars(gamma)).toBeLessThan(0)
  })

  it("are none for an account without figures, and of an expired option its intrinsic delta", () => {
    expect(accountGreeks(caseOf(snapshotOf([debt("DOGE", "1")]), "book", { policy: span16, kernel }))).toBeNull()
    const expired = { ...option("ETH-25DEC25-2800-C", "2"), state: "expired" as const }
    expect(greeksFor([expired]).positions[0]?.greeks).toMatchObject({ delta: parseDecimal("2"), gamma: 0n, theta: 0n })
  })
})
