/**
 * Positions on Uniswap v3's price grid, without a chain: closed forms, overflow that is meant, and a price pushed away.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Pool,
  type Position,
  principalAt,
  safePrincipal,
  uncollectedFees,
} from "../../../../../chains/evm/adapters/uniswap-v3-position.js"
import { amount0Between, amount1Between, sqrtPriceAtTick } from "../../../../../chains/evm/adapters/uniswap-v3-ticks.js"

const Q96 = 2n ** 96n
const Q128 = 2n ** 128n
const TOP = 2n ** 256n

const at = (tick: number): Pool => ({ sqrtPrice: sqrtPriceAtTick(tick), tick, feeGrowthGlobal: [0n, 0n] })
const position = (lowerTick: number, upperTick: number, liquidity = 10n ** 18n): Position => ({
  lowerTick,
  upperTick,
  liquidity,
  feeGrowthInsideLast: [0n, 0n],
  tokensOwed: [0n, 0n],
})
const tick = fc.integer({ min: -500_000, max: 500_000 })
const range = fc
  .tuple(tick, tick)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)

describe("the grid", () => {
  it("is 1 at tick 0 and the reciprocal on the other side, to a part in 2^60", () => {
    expect(sqrtPriceAtTick(0)).toBe(Q96)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000 }), each => {
        const product = (sqrtPriceAtTick(each) * sqrtPriceAtTick(-each)) / Q96
        expect(product - Q96).toBeGreaterThanOrEqual(-1n)
        expect(product - Q96).toBeLessThan(Q96 >> 60n)
      }),
    )
  })

  it("rises with every tick", () => {
    fc.assert(fc.property(tick, each => sqrtPriceAtTick(each + 1) > sqrtPriceAtTick(each)))
  })

  it.each([887_273, -887_273, 0.5, Number.NaN])("has no tick %d", each => {
    expect(() => sqrtPriceAtTick(each)).toThrow(RangeError)
  })
})

describe("principal", () => {
  it("is what lies between the price and the ends of the range", () => {
    fc.assert(
      fc.property(range, tick, ([lower, upper], now) => {
        const [amount0, amount1] = principalAt(at(now), position(lower, upper))
        const [a, b, p] = [lower, upper, Math.min(Math.max(now, lower), upper)].map(sqrtPriceAtTick) as [
          bigint,
          bigint,
          bigint,
        ]
        expect(amount0).toBe(amount0Between(p, b, 10n ** 18n))
        expect(amount1).toBe(amount1Between(a, p, 10n ** 18n))
        if (now < lower) expect(amount1).toBe(0n)
        if (now >= upper) expect(amount0).toBe(0n)
      }),
    )
  })

  it("of a price far from its average is of each token the lower", () => {
    fc.assert(
      fc.property(range, tick, tick, ([lower, upper], spot, average) => {
        const held = position(lower, upper)
        const [counted, [spot0, spot1], [average0, average1]] = [
          safePrincipal(at(spot), average, 100, held),
          principalAt(at(spot), held),
          principalAt(at(average), held),
        ]
        const near = Math.abs(spot - average) <= 100
        const lowest = [spot0 < average0 ? spot0 : average0, spot1 < average1 ? spot1 : average1]
        expect(counted).toEqual(near ? [spot0, spot1] : lowest)
      }),
    )
  })
})

describe("uncollected fees", () => {
  const ends = { lower: [2n * Q128, 0n], upper: [3n * Q128, 0n] } as const
  const pool = (now: number): Pool => ({ ...at(now), feeGrowthGlobal: [10n * Q128, 0n] })
  const held: Position = { ...position(-10, 10, 4n), tokensOwed: [100n, 7n] }

  it.each([
    ["inside the range", 0, 10n - 2n - 3n],
    ["below it", -11, 10n - (10n - 2n) - 3n],
    ["above it", 10, 10n - 2n - (10n - 3n)],
  ])("count the growth %s", (_, now, growth) => {
    const { feeGrowthInsideLast, ...rest } = held
    const last = BigInt.asUintN(256, (growth - 2n) * Q128)
    expect(uncollectedFees(pool(now), ends, { ...rest, feeGrowthInsideLast: [last, feeGrowthInsideLast[1]] })).toEqual([
      100n + 2n * 4n,
      7n,
    ])
  })

  it("go on across the overflow of the growth, which is meant to happen", () => {
    const overflown: Pool = { ...at(0), feeGrowthGlobal: [5n, 0n] }
    const last = { ...position(-10, 10, Q128), feeGrowthInsideLast: [TOP - 3n, 0n] } as const
    expect(uncollectedFees(overflown, { lower: [0n, 0n], upper: [0n, 0n] }, last)).toEqual([8n, 0n])
  })
})
