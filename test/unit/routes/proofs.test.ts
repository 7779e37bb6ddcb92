import { beforeEach, describe, expect, it } from "vitest"
import type { Attestation } from "../../../aggregator/domain/attestation.js"
import { usd } from "../../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../../aggregator/domain/health.js"
import { accountHash, pinsHash } from "../../../aggregator/domain/leaf.js"
import { verifyHeaderProof, verifyProof } from "../../../aggregator/domain/merkle.js"
import { attest } from "../../../aggregator/pipeline/attest.js"
import { type ProofView, proofSchema } from "../../../aggregator/routes/inclusion-schemas.js"
import { memoryArchive } from "../../../aggregator/store/epoch-archive.js"
import { MarginBook } from "../../../aggregator/store/margin-book.js"
import {
  type Bench,
  EVM_ADDRESS,
  problemIn,
  SOLANA,
  SOLANA_ADDRESS,
  snapshot,
  startBench,
} from "../../support/service.js"
import { CHAIN } from "../../support/snapshots.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})
const HASH = accountHash("anything")

async function attestEpoch(epoch: bigint, book = bench.book): Promise<Attestation> {
  const assessment = bench.assess(snapshot())
  const chains = [
    { chain: CHAIN, wormholeChain: 2 },
    { chain: SOLANA, wormholeChain: 1 },
  ]
  const attestation = attest(assessment, {
    epoch,
    validity: 60,
    revokedBelow: 0n,
    wasmHash: HASH,
    policyHash: HASH,
    chains,
  })
  await book.recordEpoch(attestation, assessment)
  return attestation
}

const proofAt = async (path: string): Promise<ProofView> =>
  proofSchema.strict().parse(await (await bench.get(`/v1/accounts/${path}`)).json())

describe("GET /v1/accounts/{id}/proof", () => {
  it("says that nothing has been attested yet", async () => {
    expect(await problemIn(await bench.get("/v1/accounts/seller/proof"))).toMatchObject({ code: "NOT_READY" })
  })

  it("gives a leaf and a header that the root commits to, as contracts take them", async () => {
    const { root, header } = await attestEpoch(3n)
    const view = await proofAt("seller/proof")
    const { equity, initialMargin, maintenanceMargin, status, ...leaf } = view.leaf
    const rebuilt = {
      ...leaf,
      address: EVM_ADDRESS,
      holder: leaf.holder as `0x${string}`,
      account: leaf.account as `0x${string}`,
      equity: usd(BigInt(equity)),
      initialMargin: usd(BigInt(initialMargin)),
      maintenanceMargin: usd(BigInt(maintenanceMargin)),
      status: ACCOUNT_STATUSES[status] ?? "UNAVAILABLE",
    }
    expect(verifyProof(root, rebuilt, view.proof as `0x${string}`[])).toBe(true)
    expect(verifyHeaderProof(root, header, view.headerProof as `0x${string}`[])).toBe(true)
    expect(view).toMatchObject({ account: "seller", epoch: "3", root, vaa: null, delivered: false })
    expect(view.header.pinsHash).toBe(pinsHash(header.pins))
  })

  it("gives no health where there are no figures", async () => {
    await attestEpoch(3n)
    expect(await proofAt("lost/proof")).toMatchObject({ status: "UNAVAILABLE", health: null })
  })

  it("finds an account by any of its addresses, and by chain", async () => {
    await attestEpoch(3n)
    expect((await proofAt(`${EVM_ADDRESS.toLowerCase()}/proof`)).address).toBe(EVM_ADDRESS)
    expect((await proofAt(`lost/proof?chain=${SOLANA}`)).address).toBe(SOLANA_ADDRESS)
    const elsewhere = await bench.get(`/v1/accounts/lost/proof?chain=${CHAIN}`)
    expect(await problemIn(elsewhere)).toMatchObject({ status: 404, code: "UNKNOWN_ACCOUNT" })
  })

  it("prefers the newest epoch that the address's chain holds, with its signed message", async () => {
    const delivered = {
      chain: CHAIN,
      status: "DELIVERED",
      transaction: "0x1",
      gasUsed: 1n,
      fee: null,
      reason: null,
    } as const
    const book = new MarginBook(memoryArchive(async epoch => (epoch === 4n ? [delivered] : [])))
    bench = await startBench({ book })
    for (const epoch of [3n, 4n, 5n]) await attestEpoch(epoch, book)
    await book.recordSigned(4n, Uint8Array.of(1, 255))
    const held = await proofAt("seller/proof")
    expect([held.epoch, held.delivered, held.vaa]).toEqual(["4", true, "0x01ff"])
    expect((await proofAt(`lost/proof?chain=${SOLANA}`)).epoch).toBe("5")
    expect((await proofAt("seller/proof?epoch=3")).epoch).toBe("3")
  })

  it("proves what an epoch said of an address that was another account's then, or is nobody's now", async () => {
    const kept = await attestEpoch(3n)
    const now = snapshot()
    const [, lost, empty] = now.accounts
    if (!lost || !empty) throw new Error("no accounts")
    for (const accounts of [[lost, { ...empty, addresses: [EVM_ADDRESS] }], [lost]]) {
      bench.assess({ ...now, accounts })
      for (const address of [EVM_ADDRESS, EVM_ADDRESS.toLowerCase()]) {
        const view = await proofAt(`${address}/proof?epoch=3`)
        expect(view).toMatchObject({ account: null, address: EVM_ADDRESS, leaf: { account: accountHash("seller") } })
        expect(view.root).toBe(kept.root)
      }
    }
    expect((await proofAt("seller/proof?epoch=3")).account).toBeNull()
  })

  it("is a 404 for unknown accounts and epochs", async () => {
    await attestEpoch(3n)
    expect(await problemIn(await bench.get("/v1/accounts/nobody/proof"))).toMatchObject({ code: "UNKNOWN_ACCOUNT" })
    expect(await problemIn(await bench.get("/v1/accounts/seller/proof?epoch=9"))).toMatchObject({
      code: "NOT_PUBLISHED",
    })
  })
})
