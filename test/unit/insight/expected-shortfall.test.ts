import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ONE, ratio, type Usd, usd } from "../../../aggregator/domain/fixed.js"
import { ES_LEVEL, tailRisk } from "../../../aggregator/insight/expected-shortfall.js"
import { ageWeightedShares } from "../../../aggregator/pipeline/margin/age-weights.js"

const loss = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(usd)
const losses = fc.array(loss, { minLength: 1, maxLength: 60 })
const level = fc.bigInt({ min: 1n, max: ONE - 1n }).map(ratio)

describe("tail risk", () => {
  it("is the mean of the worst 2.5 % of 2,000 scenarios", () => {
    const sample = Array.from({ length: 2000 }, (_, i) => usd(BigInt(i) * ONE))
    // The fifty worst are 1,950 … 1,999.
    expect(tailRisk(sample)).toEqual({ valueAtRisk: usd(1949n * ONE), expectedShortfall: usd((39_490n * ONE) / 20n) })
  })

  it("lies between the value at risk and the worst loss, whatever the order", () => {
    fc.assert(
      fc.property(losses, level, (sample, at) => {
        const { valueAtRisk, expectedShortfall } = tailRisk(sample, at)
        const worst = sample.reduce((a, b) => (b > a ? b : a))
        expect(expectedShortfall).toBeGreaterThanOrEqual(valueAtRisk)
        expect(expectedShortfall).toBeLessThanOrEqual(worst)
        expect(tailRisk([...sample].reverse(), at)).toEqual({ valueAtRisk, expectedShortfall })
      }),
    )
  })

  it("is subadditive: two books together are never riskier than apart", () => {
    const pairs = fc.array(fc.tuple(loss, loss), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(pairs, level, (pairs, at) => {
        const es = (pick: (pair: readonly [Usd, Usd]) => bigint) =>
          tailRisk(
            pairs.map(pair => usd(pick(pair))),
            at,
          ).expectedShortfall
        expect(es(([a, b]) => a + b)).toBeLessThanOrEqual(es(([a]) => a) + es(([, b]) => b))
      }),
    )
  })

  it("counts a loss as often as its share says", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(loss, fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 20 }), pairs => {
        const repeated = pairs.flatMap(([each, times]) => Array<Usd>(times).fill(each))
        const shares = pairs.map(([, times]) => BigInt(times))
        expect(
          tailRisk(
            pairs.map(([each]) => each),
            ES_LEVEL,
            shares,
          ),
        ).toEqual(tailRisk(repeated))
      }),
    )
  })

  it("refuses what has no tail", () => {
    expect(() => tailRisk([])).toThrow(RangeError)
    expect(() => tailRisk([usd(1n)], ratio(ONE))).toThrow(RangeError)
    expect(() => tailRisk([usd(1n)], ES_LEVEL, [])).toThrow(RangeError)
    expect(() => tailRisk([usd(1n)], ES_LEVEL, [0n])).toThrow(RangeError)
    expect(() => tailRisk([usd(1n), usd(2n)], ES_LEVEL, [2n, -1n])).toThrow(RangeError)
  })
})

describe("age-weighted shares", () => {
  it("follow λ^(i−1)·(1−λ)/(1−λⁿ) and sum to one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 900, max: 999 }), (count, thousandths) => {
        const lambda = thousandths / 1000
        const shares = ageWeightedShares(count, ratio((BigInt(thousandths) * ONE) / 1000n))
        expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(ONE)
        for (const i of [0, Math.floor(count / 2), count - 1]) {
          const expected = (lambda ** i * (1 - lambda)) / (1 - lambda ** count)
          expect(Math.abs(Number(shares[i]) / 1e18 - expected)).toBeLessThan(1e-13)
        }
      }),
    )
  })

  it("are equal without decay", () => {
    expect(ageWeightedShares(4, ratio(ONE))).toEqual([ONE / 4n, ONE / 4n, ONE / 4n, ONE / 4n])
    expect(() => ageWeightedShares(4, ratio(0n))).toThrow(RangeError)
    expect(() => ageWeightedShares(0, ratio(ONE))).toThrow(RangeError)
  })
})
