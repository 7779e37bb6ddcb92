import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { address, chainId } from "../../aggregator/domain/caip.js"
import { quantity, ratio } from "../../aggregator/domain/fixed.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import type { ChainState, Snapshot } from "../../aggregator/domain/snapshot.js"
import { CAUSES, type Cause, type Epoch, healthChanges } from "../../aggregator/insight/health-changes.js"
import { makeUnreachable } from "../../aggregator/insight/make-unreachable.js"
import { shippedKernel } from "../support/kernel.js"
import { span16, span16Asking } from "../support/policies.js"
import { accountOf, CHAIN, collateral, debt, NOW, option, pinAt, priced, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const OTHER = chainId("eip155:10")
const stateAt = (chain: typeof CHAIN, time: number, finality: "finalized" | "latest" = "finalized"): ChainState => ({
  status: "ok",
  chain,
  pin: { ...pinAt(time, finality), chain },
  faults: [],
})
const on = <Each extends Leg>(chain: typeof CHAIN, leg: Each): Each => ({ ...leg, chain })

interface Scene {
  readonly legs: readonly Leg[]
  readonly time: number
  readonly eth: number
  readonly confidence: number
  readonly volatility: number
  readonly age: number
  readonly finality: "finalized" | "latest"
  readonly lost: boolean
  readonly strict: boolean
}

function epochOf({ legs, time, eth, confidence, volatility, age, finality, lost, strict }: Scene): Epoch {
  const snapshot: Snapshot = {
    ...snapshotOf(legs),
    valuationTime: time,
    chains: [stateAt(CHAIN, time), stateAt(OTHER, time - age, finality)],
    accounts: [accountOf(legs, { addresses: [address(`${CHAIN}:0x1`), address(`${OTHER}:0x1`)] })],
    prices: [priced("ETH", String(eth), String(confidence)), priced("BTC", "90000"), priced("USDC", "1")],
  }
  const quotes = snapshot.quotes.map(quote => ({ ...quote, volatility: ratio(BigInt(volatility) * 10n ** 16n) }))
  const whole = { ...snapshot, quotes }
  return {
    snapshot: lost ? makeUnreachable(whole, new Set([OTHER]), span16.prices) : whole,
    policy: strict ? span16Asking(11n * 10n ** 17n, 11n * 10n ** 17n, 125n * 10n ** 16n) : span16,
  }
}

const QUIET: Scene = {
  legs: [
    option("ETH-25DEC26-3200-C", "-5"),
    collateral("USDC", "20000"),
    on(OTHER, collateral("ETH", "2")),
    debt("USDC", "500"),
  ],
  time: NOW,
  eth: 3000,
  confidence: 1,
  volatility: 80,
  age: 10,
  finality: "finalized",
  lost: false,
  strict: false,
}

const between = (before: Scene, after: Scene) => healthChanges("book", epochOf(before), epochOf(after), kernel)

const amount = fc.integer({ min: 1, max: 100_000 }).map(each => quantity(BigInt(each) * 10n ** 15n))
const leg: fc.Arbitrary<Leg> = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 20, max: 45 }),
      fc.constantFrom("C", "P"),
      fc.integer({ min: -20, max: 20 }).filter(each => each !== 0),
    )
    .map(([strike, right, size]) => option(`ETH-25DEC26-${strike * 100}-${right}`, String(size))),
  fc
    .tuple(fc.constantFrom("ETH", "USDC"), fc.constantFrom(CHAIN, OTHER), amount)
    .map(([symbol, chain, each]) => on(chain, { ...collateral(symbol, "0"), amount: each })),
  fc.tuple(fc.constantFrom("ETH", "USDC"), amount).map(([symbol, each]) => ({ ...debt(symbol, "0"), amount: each })),
)
const scene: fc.Arbitrary<Scene> = fc.record({
  legs: fc.array(leg, { maxLength: 6 }),
  time: fc.integer({ min: NOW, max: NOW + 40 * 86_400 }),
  eth: fc.integer({ min: 1000, max: 6000 }),
  confidence: fc.integer({ min: 0, max: 20 }),
  volatility: fc.integer({ min: 20, max: 200 }),
  age: fc.integer({ min: 0, max: 4000 }),
  finality: fc.constantFrom("finalized", "latest"),
  lost: fc.boolean(),
  strict: fc.boolean(),
})

describe("the causes of a change of health", () => {
  it("add up to it exactly, in equity and in margin, whatever happened", () => {
    let attributed = 0
    fc.assert(
      fc.property(scene, scene, (a, b) => {
        const { before, after, causes } = between(a, b)
        if (!before.figures || !after.figures) {
          expect(causes).toBeNull()
          return
        }
        attributed++
        expect(causes?.map(each => each.cause)).toEqual(CAUSES)
        for (const name of ["equity", "maintenanceMargin", "health"] as const) {
          const sum = causes?.reduce((total, each) => total + (each.change?.[name] ?? 0n), 0n)
          expect(sum).toBe(after.figures[name] - before.figures[name])
        }
      }),
      { numRuns: 80 },
    )
    expect(attributed).toBeGreaterThan(0)
  })

  it.each<[Cause, Partial<Scene>]>([
    ["time", { time: NOW + 86_400 }],
    ["price", { eth: 3100, confidence: 31 / 30 }],
    ["volatility", { volatility: 95 }],
    ["position", { legs: [option("ETH-25DEC26-2800-P", "-3"), ...QUIET.legs.slice(1)] }],
    ["collateral", { legs: [...QUIET.legs, collateral("ETH", "0.5")] }],
    ["debt", { legs: [...QUIET.legs, debt("ETH", "0.5")] }],
    ["haircut", { age: 100 }],
    ["haircut", { finality: "latest" }],
    ["haircut", { confidence: 6 }],
    ["haircut", { strict: true }],
    ["chain", { lost: true }],
  ])("is %s alone when nothing else differs", (cause, difference) => {
    for (const [a, b] of [
      [QUIET, { ...QUIET, ...difference }],
      [{ ...QUIET, ...difference }, QUIET],
    ] as const) {
      const { causes } = between(a, b)
      const moved = causes?.filter(each => each.change === null || each.change.health !== 0n).map(each => each.cause)
      expect(moved).toEqual([cause])
    }
  })

  it("leave out what has no number on the way and give its part to the next", () => {
    // The option's underlying was not priced before: it can only be margined when the chain's own price is carried over.
    const before = epochOf({ ...QUIET, legs: [collateral("USDC", "20000")] })
    const unpriced = { ...before, snapshot: { ...before.snapshot, prices: [priced("USDC", "1")] } }
    const { causes, after } = healthChanges("book", unpriced, epochOf(QUIET), kernel)
    expect(causes?.filter(each => each.change === null).map(each => each.cause)).toEqual([
      "position",
      "collateral",
      "debt",
      "haircut",
    ])
    expect(causes?.at(-1)?.change?.maintenanceMargin).toBe(after.figures?.maintenanceMargin)
  })
})
