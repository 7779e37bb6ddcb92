import { describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import type { Delivery } from "../../../aggregator/domain/ports.js"
import { type EpochRecord, MarginBook } from "../../../aggregator/store/margin-book.js"
import { attestationOf } from "../../support/attestation.js"
import { NOW, snapshotOf } from "../../support/snapshots.js"

const ETHEREUM = chainId("eip155:1337")
const BSC = chainId("eip155:1397")
const assessment = { snapshot: snapshotOf([]), health: [] }
const epoch = (number: bigint): EpochRecord => ({
  attestation: attestationOf(1, number, NOW),
  assessment,
  publication: null,
  deliveries: [],
})
const delivered = (chain: Delivery["chain"], status: Delivery["status"] = "DELIVERED"): Delivery => ({
  chain,
  status,
  transaction: status === "DELIVERED" ? "0xaa" : null,
  gasUsed: status === "DELIVERED" ? 99_082n : null,
  reason: status === "DELIVERED" ? null : "waiting",
})

describe("the margin book", () => {
  it("knows nothing before the first reading", () => {
    const book = new MarginBook()
    expect([book.latest, book.latestEpoch, book.epoch(1n)]).toEqual([undefined, undefined, undefined])
  })

  it("gives the latest assessment and the latest epoch", () => {
    const book = new MarginBook()
    book.recordAssessment(assessment)
    book.recordEpoch(epoch(1n))
    book.recordEpoch(epoch(2n))
    expect(book.latest).toBe(assessment)
    expect(book.latestEpoch?.attestation.epoch).toBe(2n)
    expect(book.epoch(1n)?.attestation.epoch).toBe(1n)
  })

  it("stays with the newest epoch when an older one is delivered late", () => {
    const book = new MarginBook()
    book.recordEpoch(epoch(1n))
    book.recordEpoch(epoch(2n))
    book.recordDelivery(1n, delivered(ETHEREUM))
    expect(book.latestEpoch?.attestation.epoch).toBe(2n)
    expect(book.epoch(1n)?.deliveries).toEqual([delivered(ETHEREUM)])
  })

  it("keeps one row a chain, the last word of each, in the order of the chains", () => {
    const book = new MarginBook()
    book.recordEpoch(epoch(1n))
    for (const row of [delivered(BSC, "PENDING"), delivered(ETHEREUM, "PENDING"), delivered(BSC)]) {
      book.recordDelivery(1n, row)
    }
    expect(book.latestEpoch?.deliveries).toEqual([delivered(ETHEREUM, "PENDING"), delivered(BSC)])
  })

  it("adds the publication to its epoch and keeps the rows", () => {
    const book = new MarginBook()
    book.recordEpoch(epoch(1n))
    book.recordDelivery(1n, delivered(BSC))
    book.recordPublication(1n, { chain: ETHEREUM, transaction: "0xbb", sequence: 7n })
    expect(book.latestEpoch).toMatchObject({ publication: { sequence: 7n }, deliveries: [delivered(BSC)] })
  })

  it("forgets the oldest epochs, and what is said of them later", () => {
    const book = new MarginBook(2)
    for (const number of [1n, 2n, 3n]) book.recordEpoch(epoch(number))
    book.recordDelivery(1n, delivered(ETHEREUM))
    book.recordPublication(1n, { chain: ETHEREUM, transaction: "0xbb", sequence: 7n })
    expect([1n, 2n, 3n].map(number => book.epoch(number)?.attestation.epoch)).toEqual([undefined, 2n, 3n])
  })

  it("tells every listener of every change until it leaves", () => {
    const book = new MarginBook()
    const heard: string[] = []
    const leave = book.subscribe(() => heard.push("first"))
    book.subscribe(() => heard.push("second"))
    book.recordAssessment(assessment)
    leave()
    book.recordEpoch(epoch(1n))
    book.recordDelivery(1n, delivered(BSC))
    book.recordDelivery(9n, delivered(BSC))
    expect(heard).toEqual(["first", "second", "second", "second"])
  })
})
