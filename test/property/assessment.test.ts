import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Assessor } from "../../aggregator/assessment/assessor.js"
import { emptyColumns, statusAt, sumsAt, writeHealth } from "../../aggregator/assessment/figure-columns.js"
import { openAssessor } from "../../aggregator/assessment/open-assessor.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES, type AccountHealth } from "../../aggregator/domain/health.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import type { AccountSnapshot, Snapshot } from "../../aggregator/domain/snapshot.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { kernelBytes, shippedKernel } from "../support/kernel.js"
import { randomSnapshots } from "../support/random-snapshots.js"

let kernel: RiskKernel
let wasm: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  kernel = await shippedKernel()
  wasm = new Uint8Array(await kernelBytes())
})

/** Everything that can be asked of an account. */
const told = ({ id, status, reasons, figures, asOf, breakdown }: AccountHealth) => {
  const { positions, ...rest } = breakdown
  return {
    id,
    status,
    reasons,
    asOf,
    breakdown: { ...rest, positions: positions.map(each => ({ ...each })) },
    figures: figures && {
      rawEquity: figures.rawEquity,
      equity: figures.equity,
      initialMargin: figures.initialMargin,
      liquidationEndMargin: figures.liquidationEndMargin,
      maintenanceMargin: figures.maintenanceMargin,
      health: figures.health,
      initialHealth: figures.initialHealth,
      healthFactor: figures.healthFactor,
      marginRatio: figures.marginRatio,
      standaloneMargin: figures.standaloneMargin,
    },
  }
}

/** Accounts of several readings under one roof, each with an id of its own. */
function crowd(snapshots: readonly Snapshot[], prefix: string): readonly AccountSnapshot[] {
  return snapshots.flatMap(({ accounts }, i) => accounts.map(each => ({ ...each, id: `${prefix}${i} ${each.id}` })))
}

const POLICIES: readonly Parameters<typeof shippedPolicy>[0][] = [
  "span16",
  "plimsoll",
  "weighted-health-mango",
  "weighted-health-drift",
]

describe.each(POLICIES)("accounts assessed in threads under %s", name => {
  const { policy } = shippedPolicy(name)
  let assessor: Assessor
  beforeAll(() => {
    assessor = openAssessor({ wasm, kernel, policy, threads: 2 }, 0)
  })
  afterAll(() => assessor.close())

  it("have the same health to the last bit, whoever comes, goes and changes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(randomSnapshots(policy.prices), { minLength: 2, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        async (snapshots, stays) => {
          let accounts = crowd(snapshots, "a")
          for (const [beat, market] of snapshots.entries()) {
            const snapshot = { ...market, accounts }
            const { health } = await assessor.assess(snapshot)
            expect(health.map(told)).toEqual(assessSnapshot(snapshot, policy, kernel).health.map(told))
            const staying = accounts.filter((_, i) => stays[(i + beat) % stays.length])
            accounts = [...crowd([market], `b${beat}`), ...staying]
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  it("are assessed by new threads after a beat that failed", async () => {
    const [snapshot] = fc.sample(randomSnapshots(policy.prices), { numRuns: 1, seed: 3 })
    if (!snapshot) throw new Error("no snapshot")
    const broken = { ...snapshot, prices: null } as unknown as Snapshot
    await expect(assessor.assess(broken)).rejects.toThrow(TypeError)
    const { health } = await assessor.assess(snapshot)
    expect(health.map(told)).toEqual(assessSnapshot(snapshot, policy, kernel).health.map(told))
  })
})

describe("health in columns", () => {
  it("is what was written, however large a sum is", () => {
    const sum = fc.oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n })).map(usd)
    const sums = fc.record({
      rawEquity: sum,
      equity: sum,
      initialMargin: sum,
      liquidationEndMargin: sum,
      maintenanceMargin: sum,
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(sums, fc.constantFrom(...ACCOUNT_STATUSES)), { maxLength: 5 }), written => {
        const columns = emptyColumns(written.length + 1)
        for (const [place, [figures, status]] of written.entries())
          writeHealth(columns, place, { status, asOf: place, reasons: [], figures } as unknown as AccountHealth)
        for (const [place, [figures, status]] of written.entries()) {
          expect(sumsAt(columns, place)).toEqual(figures)
          expect(statusAt(columns, place)).toBe(status)
        }
        expect(statusAt(columns, written.length)).toBe("UNAVAILABLE")
      }),
    )
  })
})
