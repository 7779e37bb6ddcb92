import { beforeEach, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../../aggregator/domain/caip.js"
import type { Delivery } from "../../../aggregator/domain/ports.js"
import { encodeSnapshot } from "../../../aggregator/pipeline/snapshot-format.js"
import { EMPTY_MEMORY, remember } from "../../../aggregator/pipeline/take-snapshot.js"
import { toBytes } from "../../../aggregator/store/encoding.js"
import { type EpochArchive, memoryArchive } from "../../../aggregator/store/epoch-archive.js"
import { EpochTakenError, sqlArchive } from "../../../aggregator/store/sql-archive.js"
import { sqlOutbox } from "../../../aggregator/store/sql-outbox.js"
import { attestationOf } from "../../support/attestation.js"
import { onEachDatabase } from "../../support/databases.js"
import { accountOf, collateral, NOW, option, snapshotOf } from "../../support/snapshots.js"

const ETHEREUM = chainId("eip155:1337")
const LOST = addressOn(ETHEREUM, `0x${"11".repeat(20)}`)
const OWING = addressOn(ETHEREUM, `0x${"22".repeat(20)}`)
const PUBLICATION = { chain: ETHEREUM, transaction: "0xbb", sequence: 7n }
const SNAPSHOT = snapshotOf([option("ETH-25DEC26-3200-C", "-5"), collateral("USDC", "20000.000000000000000001")])

/** More accounts than are written at a time, with more than ASCII in them. */
const MANY = {
  ...SNAPSHOT,
  accounts: Array.from({ length: 600 }, (_, i) => accountOf([collateral("USDC", String(i))], { id: `wäre-${i}` })),
}
const CHANGED = {
  ...MANY,
  valuationTime: NOW + 1,
  accounts: MANY.accounts.with(300, accountOf([], { id: "wäre-300" })),
}

async function textIn(archive: EpochArchive, epoch: bigint): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of (await archive.snapshotText(epoch)) ?? []) pieces.push(piece)
  return Buffer.concat(pieces).toString("utf8")
}

function keepsEpochs(archive: () => EpochArchive): void {
  it("has nothing at first", async () => {
    expect([await archive().newest(), await archive().epoch(1n), await archive().snapshot(1n)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it("gives back what it was given, to the last unit", async () => {
    const attestation = attestationOf(3, 5n, NOW)
    await archive().record(attestation, SNAPSHOT)
    const { leaves: _, ...epoch } = attestation
    expect(await archive().epoch(5n)).toEqual({ attestation: epoch, publication: null, vaa: null, deliveries: [] })
    expect(await archive().attestation(5n)).toEqual(attestation)
    expect(await archive().snapshot(5n)).toEqual(SNAPSHOT)
  })

  it("gives a snapshot of many accounts back whole, and as the very text that was hashed", async () => {
    for (const [epoch, snapshot] of [
      [1n, MANY],
      [2n, CHANGED],
    ] as const) {
      await archive().record(attestationOf(1, epoch, NOW), snapshot)
      expect(await archive().snapshot(epoch)).toEqual(snapshot)
    }
    for (const place of [0, 300, 599]) {
      const accounts = CHANGED.accounts.slice(place, place + 1)
      expect(await archive().snapshotOf(2n, `wäre-${place}`)).toEqual({ ...CHANGED, accounts })
    }
    // Its name begins as others do.
    expect(await archive().snapshotOf(2n, "wäre-")).toEqual({ ...CHANGED, accounts: [] })
    expect(await archive().snapshotOf(3n, "wäre-0")).toBeUndefined()
    expect(await textIn(archive(), 1n)).toBe(encodeSnapshot(MANY))
    expect(await textIn(archive(), 2n)).toBe(encodeSnapshot(CHANGED))
    expect(await archive().snapshotText(3n)).toBeUndefined()
  })

  it("remembers of a snapshot what the next one has to know", async () => {
    const unread = { ...accountOf([], { id: "unread" }), unread: [{ address: LOST, lastSeen: "assets" as const }] }
    const indebted = accountOf([option("ETH-25DEC26-3200-C", "-5")], { id: "indebted", addresses: [OWING] })
    const snapshot = { ...MANY, accounts: [...MANY.accounts, { ...unread, addresses: [LOST] }, indebted] }
    await archive().record(attestationOf(1, 1n, NOW), snapshot)
    const memory = await archive().memory(1n)
    expect(memory).toEqual(remember(EMPTY_MEMORY, snapshot))
    expect([memory?.exposure.get(LOST), memory?.exposure.get(OWING)]).toEqual([undefined, "liabilities"])
    expect(memory?.lastAccepted.size).toBeGreaterThan(0)
    expect(await archive().memory(2n)).toBeUndefined()
  })

  it("knows the newest by its number, past 2^53 too", async () => {
    const large = 2n ** 53n
    for (const epoch of [9n, 10n, large, large + 1n]) await archive().record(attestationOf(1, epoch, NOW), SNAPSHOT)
    expect((await archive().newest())?.attestation.epoch).toBe(large + 1n)
    expect((await archive().epoch(large))?.attestation.epoch).toBe(large)
  })

  it("adds the publication to its epoch, and to no other", async () => {
    for (const epoch of [1n, 2n]) await archive().record(attestationOf(1, epoch, NOW), SNAPSHOT)
    await archive().recordPublication(1n, PUBLICATION)
    await archive().recordPublication(8n, PUBLICATION)
    expect((await archive().epoch(1n))?.publication).toEqual(PUBLICATION)
    expect((await archive().epoch(2n))?.publication).toBeNull()
    expect(await archive().epoch(8n)).toBeUndefined()
  })

  it("adds the signed message to its epoch, and to no other", async () => {
    for (const epoch of [1n, 2n]) await archive().record(attestationOf(1, epoch, NOW), SNAPSHOT)
    await archive().recordSigned(1n, Uint8Array.of(1, 0, 255))
    await archive().recordSigned(8n, Uint8Array.of(2))
    expect((await archive().epoch(1n))?.vaa).toEqual(Uint8Array.of(1, 0, 255))
    expect((await archive().epoch(2n))?.vaa).toBeNull()
    expect(await archive().epoch(8n)).toBeUndefined()
  })

  it("lists epochs from a cursor down, newest first", async () => {
    for (const epoch of [1n, 2n, 10n, 11n]) await archive().record(attestationOf(1, epoch, NOW), SNAPSHOT)
    const listed = async (cursor: bigint | null, limit: number) =>
      (await archive().before(cursor, limit)).map(each => each.attestation.epoch)
    expect(await listed(null, 3)).toEqual([11n, 10n, 2n])
    expect(await listed(10n, 3)).toEqual([2n, 1n])
    expect(await listed(1n, 3)).toEqual([])
  })

  it("leaves an epoch as it is that is recorded again", async () => {
    const attestation = attestationOf(3, 5n, NOW)
    await archive().record(attestation, SNAPSHOT)
    await archive().recordPublication(5n, PUBLICATION)
    await archive().record(attestation, SNAPSHOT)
    expect((await archive().epoch(5n))?.publication).toEqual(PUBLICATION)
  })
}

describe("the archive in memory", () => {
  let archive: EpochArchive
  beforeEach(() => {
    archive = memoryArchive()
  })
  keepsEpochs(() => archive)

  it("forgets the oldest", async () => {
    const small = memoryArchive(undefined, 2)
    for (const epoch of [1n, 2n, 3n]) await small.record(attestationOf(1, epoch, NOW), SNAPSHOT)
    expect([await small.epoch(1n), (await small.epoch(2n))?.attestation.epoch]).toEqual([undefined, 2n])
  })
})

describe("the archive in SQL", () => {
  onEachDatabase(db => {
    keepsEpochs(() => sqlArchive(db()))

    it("refuses a number that is another root's", async () => {
      await sqlArchive(db()).record(attestationOf(1, 1n, NOW), SNAPSHOT)
      const other = sqlArchive(db()).record(attestationOf(2, 1n, NOW), SNAPSHOT)
      await expect(other).rejects.toBeInstanceOf(EpochTakenError)
      expect((await sqlArchive(db()).attestation(1n))?.leaves).toHaveLength(1)
    })

    it("keeps a part once for all epochs that it belongs to, and again where it was dropped", async () => {
      const archive = sqlArchive(db())
      const partCount = async () => (await db().selectFrom("snapshot_parts").select("name").execute()).length
      await archive.record(attestationOf(1, 1n, NOW), MANY)
      expect(await partCount()).toBe(3)
      await archive.record(attestationOf(1, 2n, NOW), { ...MANY, valuationTime: NOW + 1 })
      expect(await partCount()).toBe(3)
      await archive.record(attestationOf(1, 3n, NOW), CHANGED)
      expect(await partCount()).toBe(4)
      await db().deleteFrom("snapshot_parts").execute()
      await archive.record(attestationOf(1, 4n, NOW), { ...CHANGED, valuationTime: NOW + 2 })
      expect((await archive.snapshot(4n))?.accounts).toEqual(CHANGED.accounts)
    })

    it("reads a snapshot as earlier versions wrote it", async () => {
      const archive = sqlArchive(db())
      await archive.record(attestationOf(1, 1n, NOW), SNAPSHOT)
      await db()
        .updateTable("snapshots")
        .set({ assessment: await toBytes({ snapshot: SNAPSHOT, health: [] }) })
        .execute()
      expect(await archive.snapshot(1n)).toEqual(SNAPSHOT)
      const [account] = SNAPSHOT.accounts
      expect(await archive.snapshotOf(1n, account?.id ?? "")).toEqual(SNAPSHOT)
      expect((await archive.snapshotOf(1n, "nobody"))?.accounts).toEqual([])
      expect(await textIn(archive, 1n)).toBe(encodeSnapshot(SNAPSHOT))
      expect(await archive.memory(1n)).toEqual(remember(EMPTY_MEMORY, SNAPSHOT))
    })

    it("shows what the outbox says of an epoch, in the order of the chains", async () => {
      const row = (chain: string): Delivery => ({
        chain: chainId(chain),
        status: "DELIVERED",
        transaction: "0xaa",
        gasUsed: 99_082n,
        fee: 7n,
        reason: null,
      })
      const attestation = attestationOf(1, 1n, NOW)
      await sqlArchive(db()).record(attestation, SNAPSHOT)
      const message = { emitterChain: 2, emitter: attestation.root, sequence: 0n, epoch: 1n, root: attestation.root }
      const rows = [row("solana:x"), row("eip155:1397"), row("eip155:1337")]
      await sqlOutbox(db()).put({ ...message, expiresAt: NOW }, rows)
      expect((await sqlArchive(db()).epoch(1n))?.deliveries).toEqual(rows.toReversed())
    })
  })
})
