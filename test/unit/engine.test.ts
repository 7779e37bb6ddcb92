import { afterEach, describe, expect, it } from "vitest"
import { addressOn } from "../../aggregator/domain/caip.js"
import { attestationTree, verifyProof } from "../../aggregator/domain/merkle.js"
import type { EngineEvent } from "../../aggregator/engine.js"
import { readerOf, reading, receiptOf, type ScriptedEngine, startEngine, wireOf } from "../support/scripted-engine.js"
import { CHAIN, NOW } from "../support/snapshots.js"
import { until } from "../support/until.js"

let engine: ScriptedEngine
afterEach(() => engine?.stop())

const kinds = (events: readonly EngineEvent[]) =>
  events.map(event => (event.kind === "failed" ? `failed ${event.stage}` : event.kind))
const beats = (count: number) =>
  until(`${count} beats`, () => kinds(engine.events).filter(kind => kind === "assessed").length >= count)
const failures = (stage: "assess" | "publish") =>
  until(`a failed ${stage}`, () => kinds(engine.events).includes(`failed ${stage}`))

describe("the engine", () => {
  it("reads, computes and writes the result into the book, again and again", async () => {
    engine = await startEngine({ readers: [readerOf(call => reading(NOW + call))] })
    await beats(3)
    expect(engine.book.latest?.health).toMatchObject([{ id: "seller", status: "NORMAL" }])
    expect(engine.book.latest?.snapshot.valuationTime).toBeGreaterThan(NOW + 2)
    expect(engine.book.latestEpoch).toBeUndefined()
  })

  it("goes on after a beat that failed, and reports why it did", async () => {
    const fault = new Error("out of memory")
    engine = await startEngine({
      readers: [
        readerOf(call => {
          if (call === 1) throw fault
          return reading()
        }),
      ],
    })
    await beats(2)
    expect(engine.events[0]).toEqual({ kind: "failed", stage: "assess", error: fault })
  })

  it("keeps the last result while beats fail", async () => {
    engine = await startEngine({
      readers: [
        readerOf(call => {
          if (call > 1) throw new Error("gone")
          return reading()
        }),
      ],
    })
    await failures("assess")
    expect(engine.book.latest?.health).toMatchObject([{ id: "seller", status: "NORMAL" }])
  })

  it("publishes once an epoch, however often it reads", async () => {
    const wire = wireOf()
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    await beats(10)
    expect(wire.published.map(({ epoch }) => epoch)).toEqual([1n])
    engine.now += 14
    await beats(20)
    expect(wire.published).toHaveLength(1)
    engine.now += 1
    await until("the second epoch", () => wire.published.length === 2)
    await beats(30)
    expect(wire.published.map(({ epoch }) => epoch)).toEqual([1n, 2n])
    expect(engine.book.latestEpoch).toMatchObject({ publication: { chain: CHAIN, transaction: "0x2", sequence: 2n } })
  })

  it("publishes a root that every linked address can be proved under", async () => {
    const wire = wireOf()
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    const attestation = await until("an attestation", () => wire.published[0])
    const tree = attestationTree(attestation.header, attestation.leaves)
    expect(tree.root).toBe(attestation.root)
    expect(attestation.leaves.map(leaf => verifyProof(attestation.root, leaf, tree.proof(leaf.index)))).toEqual([true])
    expect(attestation).toMatchObject({ timestamp: NOW, validity: 60, header: { leafCount: 1 } })
  })

  it("begins above what the receivers hold, so that a restart repeats no epoch", async () => {
    const wire = wireOf(receiptOf, () => 41n)
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    await until("an attestation", () => wire.published[0])
    expect(wire.published[0]?.epoch).toBe(42n)
  })

  it("never uses a number again that may have reached a chain", async () => {
    const wire = wireOf(attestation => {
      if (attestation.epoch === 1n) throw new Error("sent, and no answer")
      return receiptOf(attestation)
    })
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    await failures("publish")
    expect(engine.book.latestEpoch).toMatchObject({ attestation: { epoch: 1n }, publication: null })
    engine.now += 15
    await until("a publication", () => engine.book.latestEpoch?.publication)
    expect(wire.published.map(({ epoch }) => epoch)).toEqual([1n, 2n])
  })

  it("asks again for the last epoch when the receivers could not be asked", async () => {
    let asked = 0
    const wire = wireOf(receiptOf, () => {
      if (++asked === 1) throw new Error("unreachable")
      return 7n
    })
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    await failures("publish")
    expect(wire.published).toEqual([])
    engine.now += 15
    expect((await until("an attestation", () => wire.published[0])).epoch).toBe(8n)
  })

  it("goes on reading while a publication hangs, and begins no second one meanwhile", async () => {
    let answer = () => {}
    const wire = wireOf(
      attestation =>
        new Promise(resolve => {
          answer = () => resolve(receiptOf(attestation))
        }),
    )
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    await until("a publication under way", () => wire.published.length === 1)
    engine.now += 60
    await beats(5)
    expect(wire.published).toHaveLength(1)
    answer()
    await until("the next epoch", () => wire.published.length === 2)
    expect((await engine.book.epoch(1n))?.publication).toMatchObject({ transaction: "0x1" })
    answer()
  })

  it("stops at the caller's word, in the middle of a pause, and then reads no more", async () => {
    let reads = 0
    engine = await startEngine({
      readers: [
        readerOf(() => {
          reads++
          return reading()
        }),
      ],
      refreshSeconds: 3_600,
    })
    await beats(1)
    await engine.stop()
    expect(reads).toBe(1)
  })

  it("lets a publication under way end before it has stopped", async () => {
    let answer = () => {}
    const wire = wireOf(
      attestation =>
        new Promise(resolve => {
          answer = () => resolve(receiptOf(attestation))
        }),
    )
    engine = await startEngine({ readers: [readerOf(() => reading())], wire })
    await until("a publication under way", () => wire.published.length === 1)
    const stopped = engine.stop()
    answer()
    await stopped
    expect(engine.book.latestEpoch?.publication).toMatchObject({ transaction: "0x1" })
  })

  it("records nothing of a beat that the stop cut off", async () => {
    let answer = () => {}
    engine = await startEngine({
      readers: [
        readerOf(
          () =>
            new Promise(resolve => {
              answer = () => resolve(reading())
            }),
        ),
      ],
    })
    const stopped = engine.stop()
    answer()
    await stopped
    expect([engine.book.latest, engine.events]).toEqual([undefined, []])
  })

  it("takes an account for unavailable, not for empty, when its chain is down", async () => {
    const down = { status: "unavailable", chain: CHAIN, code: "RPC_UNAVAILABLE", detail: "no answer" } as const
    engine = await startEngine({ readers: [readerOf(call => (call === 2 ? down : reading()))] })
    await beats(3)
    const seen = engine.events.flatMap(event =>
      event.kind === "assessed"
        ? [event.assessment.health.map(({ status, figures }) => [status, figures === null])]
        : [],
    )
    expect(seen.slice(0, 3)).toEqual([[["NORMAL", false]], [["UNAVAILABLE", true]], [["NORMAL", false]]])
  })

  it("attests an unavailable account as such, with zero figures", async () => {
    const wire = wireOf()
    const down = { status: "unavailable", chain: CHAIN, code: "RPC_UNAVAILABLE", detail: "no answer" } as const
    const linked = addressOn(CHAIN, "0x0000000000000000000000000000000000000001")
    engine = await startEngine({
      readers: [readerOf(() => down)],
      wire,
      accounts: () => [{ id: "lost", addresses: [linked] }],
    })
    const attestation = await until("an attestation", () => wire.published[0])
    expect(attestation.leaves).toMatchObject([
      { address: linked, status: "UNAVAILABLE", equity: 0n, maintenanceMargin: 0n },
    ])
  })
})
