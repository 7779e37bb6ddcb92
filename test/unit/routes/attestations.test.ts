import { beforeEach, describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import { attestationSchema } from "../../../aggregator/routes/schemas.js"
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
