import { describe, expect, it } from "vitest"
import { BeatHealth } from "../../aggregator/readiness.js"
import { MarginBook } from "../../aggregator/store/margin-book.js"
import { CHAIN, snapshotOf } from "../support/snapshots.js"

const assessment = { snapshot: snapshotOf([]), health: [] }
const ASSESSED = { kind: "assessed", assessment, milliseconds: 1 } as const
const PUBLISHED = { kind: "published", epoch: 1n, transaction: "0x" } as const
const failed = (stage: "assess" | "publish") => ({ kind: "failed", stage, error: new Error("no gas") }) as const

function bench(publication: number | null = 300) {
  const clock = { time: 1_000, now: () => clock.time }
  const health = new BeatHealth({ margin: 60, publication }, clock)
  const book = new MarginBook()
  const failing = () =>
    health
      .checks(book)
      .filter(each => !each.ok)
      .map(each => each.name)
  return { clock, health, book, failing }
}

describe("readiness", () => {
  it("waits for the first reading and the first publication", () => {
    const { health, book, failing } = bench()
    expect(failing()).toEqual(["margin", "publication"])
    book.recordAssessment(assessment)
    health.note(ASSESSED)
    expect(failing()).toEqual(["publication"])
    health.note(PUBLISHED)
    expect(failing()).toEqual([])
  })

  it("judges deliveries by what the chain holds: nothing yet, too old, or fresh", () => {
    const { clock, health, failing } = bench()
    health.note(ASSESSED)
    health.note(PUBLISHED)
    health.noteHeld(CHAIN, undefined)
    expect(failing()).toEqual([`delivery ${CHAIN}`])
    health.noteHeld(CHAIN, clock.time - 300)
    expect(failing()).toEqual([])
    health.noteHeld(CHAIN, clock.time - 301)
    expect(failing()).toEqual([`delivery ${CHAIN}`])
  })

  it("does not ask for a publication where nothing is published", () => {
    const { health, failing } = bench(null)
    health.note(ASSESSED)
    expect(failing()).toEqual([])
  })

  it("fails while the last beat failed, with the reason, and recovers with the next", () => {
    const { health, book, failing } = bench()
    health.note(ASSESSED)
    health.note(PUBLISHED)
    health.note(failed("assess"))
    health.note(failed("publish"))
    expect(failing()).toEqual(["margin", "publication"])
    expect(health.checks(book)).toContainEqual({ name: "margin", ok: false, detail: "no gas" })
    health.note(ASSESSED)
    expect(failing()).toEqual(["publication"])
    health.note(PUBLISHED)
    expect(failing()).toEqual([])
  })

  it("fails when nothing was heard for too long, though nothing was reported", () => {
    const { clock, health, failing } = bench()
    health.note(ASSESSED)
    health.note(PUBLISHED)
    clock.time += 60
    expect(failing()).toEqual([])
    clock.time += 1
    expect(failing()).toEqual(["margin"])
    health.note(ASSESSED)
    clock.time += 240
    health.note(ASSESSED)
    expect(failing()).toEqual(["publication"])
  })

  it("names the chain that is not readable, and why", () => {
    const { health, book } = bench(null)
    const down = { status: "unavailable", chain: CHAIN, code: "WRONG_CHAIN", detail: "answers as eip155:1" } as const
    book.recordAssessment({ snapshot: snapshotOf([], { chains: [down] }), health: [] })
    health.note(ASSESSED)
    expect(health.checks(book)).toContainEqual({
      name: `chain ${CHAIN}`,
      ok: false,
      detail: "WRONG_CHAIN: answers as eip155:1",
    })
  })
})
