import { describe, expect, it } from "vitest"
import type { AccountStatus } from "../../../aggregator/domain/health.js"
import type { Assessment } from "../../../aggregator/pipeline/assess-snapshot.js"
import { StatusChanges } from "../../../aggregator/store/status-changes.js"

/** An assessment of which only time and statuses matter. */
const at = (valuationTime: number, statuses: Readonly<Record<string, AccountStatus>>): Assessment =>
  ({
    snapshot: { valuationTime },
    health: Object.entries(statuses).map(([id, status]) => ({ id, status })),
  }) as unknown as Assessment

describe("status changes", () => {
  it("names who changed, from what to what and when; not who is new, gone or as before", () => {
    const changes = new StatusChanges()
    changes.observe(at(1, { a: "NORMAL", b: "NORMAL", gone: "NORMAL" }))
    expect(changes.count).toBe(0)
    changes.observe(at(2, { a: "MARGIN_CALL", b: "NORMAL", new: "BANKRUPT" }))
    expect(changes.since(0)).toEqual([{ account: "a", from: "NORMAL", to: "MARGIN_CALL", valuationTime: 2 }])
  })

  it("counts an assessment once, however often it is seen", () => {
    const changes = new StatusChanges()
    changes.observe(at(1, { a: "NORMAL" }))
    const second = at(2, { a: "STALE" })
    changes.observe(second)
    changes.observe(second)
    expect(changes.count).toBe(1)
  })

  it("gives each reader what followed, and lets go of what is old", () => {
    const changes = new StatusChanges()
    for (let time = 0; time <= 1_500; time++) changes.observe(at(time, { a: time % 2 ? "NORMAL" : "STALE" }))
    expect(changes.count).toBe(1_500)
    expect(changes.since(1_498).map(each => each.valuationTime)).toEqual([1_499, 1_500])
    expect(changes.since(0)).toHaveLength(1_000)
    expect(changes.since(1_500)).toEqual([])
  })
})
