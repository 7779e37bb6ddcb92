import { describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import type { Delivery } from "../../../aggregator/domain/ports.js"
import { memoryArchive } from "../../../aggregator/store/epoch-archive.js"
import { MarginBook } from "../../../aggregator/store/margin-book.js"
import { attestationOf } from "../../support/attestation.js"
import { NOW, snapshotOf } from "../../support/snapshots.js"

const ETHEREUM = chainId("eip155:1337")
const BSC = chainId("eip155:1397")
const assessment = { snapshot: snapshotOf([]), health: [] }
const epoch = (number: bigint) => [attestationOf(1, number, NOW), assessment] as const
const delivered = (chain: Delivery["chain"], status: Delivery["status"] = "DELIVERED"): Delivery => ({
  chain,
  status,
  transaction: status === "DELIVERED" ? "0xaa" : null,
  gasUsed: status === "DELIVERED" ? 99_082n : null,
  fee: status === "DELIVERED" ? 99_082_000n : null,
  reason: status === "DELIVERED" ? null : "waiting",
})

describe("the margin book", () => {
  it("knows nothing before the first reading", async () => {
    const book = new MarginBook()
    expect([book.latest, book.latestEpoch, await book.epoch(1n), await book.resume()]).toEqual(Array(4).fill(undefined))
  })

  it("gives the latest assessment and the latest epoch, and earlier ones from the archive", async () => {
    const book = new MarginBook()
    book.recordAssessment(assessment)
    await book.recordEpoch(...epoch(1n))
    await book.recordEpoch(...epoch(2n))
    expect(book.latest).toBe(assessment)
    expect(book.latestEpoch?.attestation.epoch).toBe(2n)
    expect((await book.epoch(1n))?.attestation.epoch).toBe(1n)
    expect(await book.snapshot(1n)).toBe(assessment.snapshot)
  })

  it("keeps one row a chain, the last word of each, in the order of the chains", async () => {
    const book = new MarginBook()
    await book.recordEpoch(...epoch(1n))
    for (const row of [delivered(BSC, "PENDING"), delivered(ETHEREUM, "PENDING"), delivered(BSC)]) {
      book.showDelivery(1n, row)
    }
    expect(book.latestEpoch?.deliveries).toEqual([delivered(ETHEREUM, "PENDING"), delivered(BSC)])
  })

  it("adds the publication to its epoch and keeps the rows", async () => {
    const book = new MarginBook()
    await book.recordEpoch(...epoch(1n))
    book.showDelivery(1n, delivered(BSC))
    await book.recordPublication(1n, { chain: ETHEREUM, transaction: "0xbb", sequence: 7n })
    expect(book.latestEpoch).toMatchObject({ publication: { sequence: 7n }, deliveries: [delivered(BSC)] })
  })

  it("takes up the newest epoch of an earlier run, with what became of it", async () => {
    const archive = memoryArchive(async () => [delivered(BSC)])
    const earlier = new MarginBook(archive)
    await earlier.recordEpoch(...epoch(1n))
    await earlier.recordPublication(1n, { chain: ETHEREUM, transaction: "0xbb", sequence: 7n })
    const book = new MarginBook(archive)
    await book.resume()
    expect(book.latestEpoch).toMatchObject({ publication: { sequence: 7n }, deliveries: [delivered(BSC)] })
  })

  it("reads an attestation once for all who ask for it, keeps the last few, and asks again where there was none", async () => {
    const archive = memoryArchive()
    const reads: bigint[] = []
    const attestation = (number: bigint) => {
      reads.push(number)
      return archive.attestation(number)
    }
    const book = new MarginBook({ ...archive, attestation })
    for (const number of [1n, 2n, 3n, 4n]) await book.recordEpoch(...epoch(number))
    const first = await Promise.all([1n, 1n, 4n].map(number => book.attestation(number)))
    expect(first.map(each => each?.epoch)).toEqual([1n, 1n, 4n])
    expect(reads).toEqual([1n])
    expect(await book.attestation(1n)).toBe(first[0])
    for (const number of [9n, 2n, 9n]) await book.attestation(number)
    expect(reads).toEqual([1n, 9n, 2n, 9n])
  })

  it("tells every listener of every change until it leaves", async () => {
    const book = new MarginBook()
    const heard: string[] = []
    const leave = book.subscribe(() => heard.push("first"))
    book.subscribe(() => heard.push("second"))
    book.recordAssessment(assessment)
    leave()
    await book.recordEpoch(...epoch(1n))
    book.showDelivery(1n, delivered(BSC))
    expect(heard).toEqual(["first", "second", "second", "second"])
  })
})
