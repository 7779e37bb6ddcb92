/** A database as an earlier version left it, opened by this one. */
import { createHash } from "node:crypto"
import { afterEach, expect, it } from "vitest"
import { accountHash } from "../../../aggregator/domain/leaf.js"
import { encodeSnapshot } from "../../../aggregator/pipeline/snapshot-format.js"
import { EMPTY_MEMORY, remember } from "../../../aggregator/pipeline/take-snapshot.js"
import { sectionText, writtenSnapshot } from "../../../aggregator/pipeline/written-snapshot.js"
import { type Database, type OpenDatabase, openDatabase } from "../../../aggregator/store/database.js"
import { packed, toBytes } from "../../../aggregator/store/encoding.js"
import { migrations } from "../../../aggregator/store/migrations.js"
import { prune } from "../../../aggregator/store/retention.js"
import { sqlArchive } from "../../../aggregator/store/sql-archive.js"
import { attestationOf } from "../../support/attestation.js"
import { onEachPlace, type Scratch } from "../../support/databases.js"
import { accountOf, collateral, NOW, snapshotOf } from "../../support/snapshots.js"

const BEFORE_LEAF_PARTS = {
  getMigrations: async () =>
    Object.fromEntries(Object.entries(await migrations.getMigrations()).filter(([name]) => name < "0005")),
}
/** More than what is read of a row to know its epoch. */
const LEAVES = 3_000
const SNAPSHOT = {
  ...snapshotOf([]),
  accounts: Array.from({ length: 300 }, (_, i) => accountOf([collateral("USDC", String(i))], { id: `account-${i}` })),
}

/** What version 0004 wrote of an epoch: all leaves in the epoch's row, parts of snapshots without what they show. */
async function recordAsBefore(db: Database, epoch: bigint): Promise<void> {
  const attestation = attestationOf(LEAVES, epoch, NOW)
  const { sections, end } = writtenSnapshot(SNAPSHOT)
  const parts: string[] = []
  for (const section of sections) {
    const text = [...sectionText(section)].join("")
    const name = createHash("sha256").update(text, "utf8").digest("hex")
    const row = { name, bytes: await packed(text), newest: epoch }
    await db
      .insertInto("snapshot_parts")
      .values(row)
      .onConflict(conflict => conflict.column("name").doUpdateSet({ newest: epoch }))
      .execute()
    parts.push(name)
  }
  const { root } = attestation
  const row = { epoch, attested_at: BigInt(NOW), root, attestation: await toBytes(attestation) }
  await db.insertInto("epochs").values(row).execute()
  const assessment = await toBytes({ parts, end })
  await db
    .insertInto("snapshots")
    .values({ epoch, taken_at: BigInt(NOW), assessment })
    .execute()
}

/** Epochs whose leaves are in their rows. */
async function unparted(db: Database): Promise<readonly bigint[]> {
  const rows = await db.selectFrom("epochs").select("epoch").where("part_count", "is", null).orderBy("epoch").execute()
  return rows.map(each => each.epoch)
}

let scratch: Scratch | undefined
let opened: OpenDatabase | undefined
afterEach(async () => {
  await opened?.close()
  await scratch?.remove()
})

onEachPlace(make => {
  it("tells of epochs that an earlier version wrote what it tells of its own, side by side with them", async () => {
    scratch = await make()
    const earlier = await openDatabase(scratch.place, BEFORE_LEAF_PARTS)
    for (const epoch of [1n, 2n]) await recordAsBefore(earlier.db, epoch)
    await earlier.close()

    opened = await openDatabase(scratch.place)
    const archive = sqlArchive(opened.db)
    const attestations = [1n, 2n, 3n].map(epoch => attestationOf(LEAVES, epoch, NOW))
    const [, , third = attestationOf(LEAVES, 3n, NOW)] = attestations
    expect((await archive.newest())?.attestation.epoch).toBe(2n)
    expect(await archive.memory(2n)).toEqual(remember(EMPTY_MEMORY, SNAPSHOT))
    await archive.record(third, { ...SNAPSHOT, valuationTime: NOW + 1 })

    const listed = await archive.before(null, 9)
    expect(listed.map(each => each.attestation)).toEqual(attestations.map(({ leaves: _, ...rest }) => rest).reverse())
    expect(await unparted(opened.db)).toEqual([1n, 2n])
    const account = accountHash("account-2")
    const ofAccount = new Map(
      attestations.map(({ epoch, leaves }) => [epoch, leaves.filter(leaf => leaf.account === account)]),
    )
    const address = ofAccount.get(1n)?.[0]?.address
    for (const _ of ["read as it was", "read as it is written now"]) {
      expect(await archive.leavesOf(account, [1n, 2n, 3n])).toEqual(ofAccount)
      expect(await archive.accountsOf(each => each === address, [1n, 3n])).toEqual([account])
      expect(await unparted(opened.db)).toEqual([])
    }
    expect((await archive.epoch(1n))?.attestation.root).toBe(attestations[0]?.root)
    const whole = await Promise.all([1n, 2n, 3n].map(epoch => archive.attestation(epoch)))
    expect(whole).toEqual(attestations)
    expect(await archive.snapshot(1n)).toEqual(SNAPSHOT)
    const pieces: Uint8Array[] = []
    for await (const piece of (await archive.snapshotText(2n)) ?? []) pieces.push(piece)
    expect(Buffer.concat(pieces).toString("utf8")).toBe(encodeSnapshot(SNAPSHOT))
    for (const epoch of [2n, 3n])
      expect((await archive.memory(epoch))?.exposure).toEqual(remember(EMPTY_MEMORY, SNAPSHOT).exposure)
    await prune(opened.db, { keepSnapshotsDays: 1, keepEpochsDays: 1 }, NOW + 2 * 86_400)
    expect(await sqlArchive(opened.db).attestation(3n)).toEqual(third)
  })
})
