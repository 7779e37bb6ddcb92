import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toNumber } from "../../aggregator/domain/decimal.js"
import { ONE, quantity, ratio, sumUsd } from "../../aggregator/domain/fixed.js"
import { integerRoot } from "../../aggregator/domain/integer-root.js"
import {
  WEIGHTED_THRESHOLDS,
  type WeightedAccount,
  type WeightedAsset,
  type WeightedHealth,
  type WeightedHealthPolicy,
  type WeightedMarket,
} from "../../aggregator/domain/weighted-health.js"
import { assessWeightedHealth } from "../../aggregator/pipeline/weighted-health/assess.js"
import { assetWeightAt, countedHolding } from "../../aggregator/pipeline/weighted-health/weights.js"
import { referenceHealth } from "../support/reference-weighted-health.js"
import { accountFor, market, size, stepless, stepped, symbol } from "../support/weighted-accounts.js"

type Assessed = Extract<WeightedHealth, { status: "assessed" }>

function assess(account: WeightedAccount, at: WeightedMarket, policy: WeightedHealthPolicy): Assessed {
  const assessed = assessWeightedHealth(account, at, policy)
  if (assessed.status !== "assessed") throw new Error(`no price for ${assessed.missing.join(", ")}`)
  return assessed
}
const healths = (assessed: Assessed) => WEIGHTED_THRESHOLDS.map(name => assessed.thresholds[name].health)
const neverBelow = (better: Assessed, worse: Assessed) => {
  healths(better).forEach((health, i) => {
    expect(health).toBeGreaterThanOrEqual(healths(worse)[i] ?? health + 1n)
  })
}

/** Of everything that is added up on the way: doubles lose what cancels. */
const TOLERANCE = 1e-9

describe.each(stepless)("weighted health under $name", policy => {
  it("is what the formulas give in plain doubles", () => {
    fc.assert(
      fc.property(accountFor(policy), market, (given, at) => {
        const { thresholds } = assess(given, at, policy)
        for (const name of WEIGHTED_THRESHOLDS) {
          const { health, gross, doubt } = referenceHealth(given, at, policy, name)
          expect(Math.abs(toNumber(thresholds[name].health) - health)).toBeLessThanOrEqual(
            TOLERANCE * Math.max(1, gross) + doubt,
          )
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe.each([...stepless, stepped])("weighted health under $name", policy => {
  const account = accountFor(policy)

  it("does not depend on the order of balances, orders and positions", () => {
    const shuffled = account.chain(given =>
      fc
        .record({
          balances: fc.shuffledSubarray([...given.balances], { minLength: given.balances.length }),
          spotOrders: fc.shuffledSubarray([...given.spotOrders], { minLength: given.spotOrders.length }),
          perpetuals: fc.shuffledSubarray([...given.perpetuals], { minLength: given.perpetuals.length }),
        })
        .map(other => ({ given, other })),
    )
    fc.assert(
      fc.property(shuffled, market, ({ given, other }, at) => {
        const [one, two] = [assess(given, at, policy), assess(other, at, policy)]
        expect(healths(two)).toEqual(healths(one))
        expect(two.equity).toBe(one.equity)
      }),
    )
  })

  it("adds up exactly to its lines", () => {
    fc.assert(
      fc.property(account, market, (given, at) => {
        for (const figures of Object.values(assess(given, at, policy).thresholds)) {
          expect(sumUsd(figures.lines.map(line => line.collateral))).toBe(figures.collateral)
          expect(sumUsd(figures.lines.map(line => line.requirement))).toBe(figures.requirement)
          expect(figures.health).toBe(figures.collateral - figures.requirement)
          for (const line of figures.lines) expect(line.requirement).toBeGreaterThanOrEqual(0n)
        }
      }),
    )
  })

  it("is never better initially, or where a liquidation ends, than for maintenance", () => {
    fc.assert(
      fc.property(account, market, (given, at) => {
        const { initial, liquidationEnd, maintenance } = assess(given, at, policy).thresholds
        expect(initial.health).toBeLessThanOrEqual(maintenance.health)
        expect(liquidationEnd.health).toBeLessThanOrEqual(maintenance.health)
      }),
    )
  })

  it("never rises when every weight worsens", () => {
    const worsened: WeightedHealthPolicy = {
      ...policy,
      assets: new Map([...policy.assets].map(([name, asset]) => [name, worse(asset)])),
    }
    fc.assert(
      fc.property(account, market, (given, at) => neverBelow(assess(given, at, policy), assess(given, at, worsened))),
    )
  })
})

const times = (weight: bigint, tenths: bigint) => ratio(((weight * tenths) / 10n / 10n ** 14n) * 10n ** 14n)
const worse = (asset: WeightedAsset): WeightedAsset => ({
  ...asset,
  assetWeight: { initial: times(asset.assetWeight.initial, 9n), maintenance: times(asset.assetWeight.maintenance, 9n) },
  liabilityWeight: {
    initial: times(asset.liabilityWeight.initial, 12n),
    maintenance: times(asset.liabilityWeight.maintenance, 12n),
  },
})

const added = (account: WeightedAccount, name: string, amount: bigint): WeightedAccount => ({
  ...account,
  balances: [...account.balances, { symbol: name, amount: quantity(amount) }],
})

describe("adding an asset", () => {
  it.each(stepless)("never lowers health under $name", policy => {
    fc.assert(
      fc.property(accountFor(policy), market, symbol, size, (given, at, name, amount) => {
        neverBelow(assess(added(given, name, amount), at, policy), assess(given, at, policy))
      }),
      { numRuns: 500 },
    )
  })

  it("costs at most what two steps of the weight are worth where weights come in steps", () => {
    fc.assert(
      fc.property(accountFor(stepped), market, symbol, size, (given, at, name, amount) => {
        const held = given.balances.filter(each => each.symbol === name)
        const orders = given.spotOrders.flatMap(each =>
          each.kind === "unreserved" && each.base === name ? [each.bids] : [],
        )
        const most = [...held.map(each => each.amount), ...orders].reduce(
          (sum, each) => sum + (each > 0n ? each : 0n),
          amount,
        )
        const top = at.assets.get(name)
        const high = [top?.oracle ?? 0n, top?.reference ?? 0n].reduce((a, b) => (a > b ? a : b))
        const allowed = ((most * high) / ONE) * 2n * (stepped.steps?.weight ?? 0n)
        const [before, after] = [assess(given, at, stepped), assess(added(given, name, amount), at, stepped)]
        healths(after).forEach((health, i) => {
          expect(health + allowed / ONE + 1n).toBeGreaterThanOrEqual(healths(before)[i] ?? health)
        })
      }),
    )
  })
})

describe("the size premium", () => {
  const terms = {
    assetWeight: ratio(ONE),
    liabilityWeight: ratio(ONE),
    sizePremium: ratio(3n * 10n ** 15n),
    steps: null,
  }

  it("counts more of a larger holding, and never more than the weight at its size says", () => {
    fc.assert(
      fc.property(size, size, (first, second) => {
        const [small, large] = [quantity(first), quantity(first + second)]
        expect(countedHolding(large, terms)).toBeGreaterThanOrEqual(countedHolding(small, terms))
        expect(countedHolding(small, terms)).toBeLessThanOrEqual(small * (assetWeightAt(small, terms) + 2n))
      }),
    )
  })

  it("takes integer roots exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 120n }), value => {
        const [down, up] = [integerRoot(value, "down"), integerRoot(value, "up")]
        expect(down * down <= value && (down + 1n) * (down + 1n) > value).toBe(true)
        expect(up).toBe(down * down === value ? down : down + 1n)
      }),
    )
  })
})
