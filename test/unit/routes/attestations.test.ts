import { beforeEach, describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import { decodeCommitment } from "../../../aggregator/pipeline/commitment-format.js"
import { decodeSnapshot } from "../../../aggregator/pipeline/snapshot-format.js"
import { attestationListSchema, attestationSchema } from "../../../aggregator/routes/attestation-schemas.js"
import { attestationOf } from "../../support/attestation.js"
import { type Bench, problemIn, SOLANA, snapshot, startBench } from "../../support/service.js"
import { CHAIN, NOW } from "../../support/snapshots.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})
const latest = () => bench.get("/v1/attestations/latest")

describe("GET /v1/attestations/latest", () => {
  it("says that nothing has been attested yet, also after the first reading", async () => {
    expect(await problemIn(await latest())).toMatchObject({ status: 503, code: "NOT_READY" })
    bench.assess(snapshot())
    expect(await problemIn(await latest())).toMatchObject({ status: 503, code: "NOT_READY" })
  })

  it("gives the newest epoch's commitments and what became of it on every chain", async () => {
    const assessment = bench.assess(snapshot())
    for (const epoch of [4n, 5n]) await bench.book.recordEpoch(attestationOf(3, epoch, NOW), assessment)
    const { root, header } = attestationOf(3, 5n, NOW)
    const read = async () => attestationSchema.strict().parse(await (await latest()).json())
    expect(await read()).toMatchObject({
      epoch: "5",
      root,
      wasmHash: header.wasmHash,
      policyHash: header.policyHash,
      snapshotHash: header.snapshotHash,
      leafCount: 3,
      publication: null,
      deliveries: [],
    })

    await bench.book.recordPublication(5n, { chain: CHAIN, transaction: "0xaa", sequence: 12n })
    const rows = [
      { chain: SOLANA, status: "PENDING", transaction: null, gasUsed: null, fee: null, reason: "no program" },
      { chain: CHAIN, status: "DELIVERED", transaction: "0xbb", gasUsed: 99_082n, fee: 2n, reason: null },
      {
        chain: chainId("eip155:1397"),
        status: "FAILED",
        transaction: null,
        gasUsed: null,
        fee: null,
        reason: "out of gas",
      },
    ] as const
    for (const row of rows) bench.book.showDelivery(5n, row)
    const { publication, deliveries } = await read()
    expect(publication).toEqual({ chain: CHAIN, transaction: "0xaa", sequence: "12" })
    expect(deliveries.map(({ name, status, gasUsed, reason }) => [name, status, gasUsed, reason])).toEqual([
      ["Ethereum", "DELIVERED", "99082", null],
      ["eip155:1397", "FAILED", null, "out of gas"],
      [SOLANA, "PENDING", null, "no program"],
    ])
  })
})

describe("one epoch", () => {
  const VAA = Uint8Array.of(1, 2, 3)
  const at = async (path: string) => bench.get(`/v1/attestations/${path}`)

  beforeEach(async () => {
    const assessment = bench.assess(snapshot())
    for (const epoch of [4n, 5n, 6n]) await bench.book.recordEpoch(attestationOf(3, epoch, NOW), assessment)
    await bench.book.recordSigned(5n, VAA)
  })

  it("is listed newest first, page by page", async () => {
    const read = async (query: string) =>
      attestationListSchema.strict().parse(await (await bench.get(`/v1/attestations${query}`)).json())
    const first = await read("?limit=2")
    expect([first.attestations.map(each => each.epoch), first.next]).toEqual([["6", "5"], "5"])
    const second = await read(`?limit=2&cursor=${first.next}`)
    expect([second.attestations.map(each => each.epoch), second.next]).toEqual([["4"], null])
    expect((await read("")).attestations).toHaveLength(3)
  })

  it.each(["?limit=0", "?limit=101", "?limit=x", "?cursor=x", "?cursor=-1"])("refuses to list with %s", async query => {
    expect(await problemIn(await bench.get(`/v1/attestations${query}`))).toMatchObject({ code: "INVALID_INPUT" })
  })

  it("is answered by its number", async () => {
    const view = attestationSchema.strict().parse(await (await at("4")).json())
    expect(view).toMatchObject({ epoch: "4", root: attestationOf(3, 4n, NOW).root })
  })

  it("gives the very bytes of snapshot and commitment", async () => {
    const { snapshot: taken } = bench.book.latest ?? {}
    expect(decodeSnapshot(await (await at("5/snapshot")).text())).toEqual(taken)
    expect(decodeCommitment(await (await at("5/commitment")).text())).toEqual(attestationOf(3, 5n, NOW))
  })

  it("gives the signed message once there is one", async () => {
    const response = await at("5/vaa")
    expect(response.headers.get("content-type")).toBe("application/octet-stream")
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(VAA)
    expect(await problemIn(await at("6/vaa"))).toMatchObject({ status: 404, code: "NOT_SIGNED" })
  })

  it.each(["7", "7/snapshot", "7/commitment", "7/vaa"])("is a 404 where it is not kept: %s", async path => {
    expect(await problemIn(await at(path))).toMatchObject({ status: 404, code: "NOT_PUBLISHED" })
  })

  it.each(["x", "-1", "1.5", "0x1", "1".repeat(21)])("is a 400 where %s is no epoch", async epoch => {
    expect(await problemIn(await at(epoch))).toMatchObject({ status: 400, code: "INVALID_INPUT" })
  })
})
