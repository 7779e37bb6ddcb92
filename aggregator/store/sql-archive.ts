/**
 * The archive of epochs in SQL.
 */
import type { Attestation, AttestedEpoch } from "../domain/attestation.js"
import { PlimsollError } from "../domain/errors.js"
import type { Delivery } from "../domain/ports.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { BEFORE_ACCOUNTS, decodeAccounts, decodeSnapshot } from "../pipeline/snapshot-format.js"
import { EMPTY_MEMORY, remember } from "../pipeline/take-snapshot.js"
import { writtenSnapshot } from "../pipeline/written-snapshot.js"
import { attestedColumn, attestedIn } from "./attested-epoch.js"
import type { Database } from "./database.js"
import { fromBytes, fromText, toBytes, toText } from "./encoding.js"
import {
  accountsIn,
  type EpochArchive,
  type EpochRecord,
  inOrder,
  leavesIn,
  onlyAccount,
  type Publication,
  textOf,
  withoutLeaves,
} from "./epoch-archive.js"
import { leafParts, partCountOf } from "./leaf-parts.js"
import { snapshotParts } from "./snapshot-parts.js"

/** The number is another epoch's already: somebody else attests on the same data. */
export class EpochTakenError extends PlimsollError {
  readonly code = "EPOCH_TAKEN"
  constructor(readonly epoch: bigint) {
    super(`epoch ${epoch} is recorded with another root already; only one service may attest on this database`)
  }
}

interface EpochRow {
  readonly epoch: bigint
  readonly attested: Uint8Array
  readonly publication: string | null
  readonly vaa: Uint8Array | null
}

/** What the column holds: names of parts and what comes behind them. Earlier versions wrote the snapshot as one value. */
type Kept = { readonly parts: readonly string[]; readonly end: string } | { readonly snapshot: Snapshot }

/** Earlier versions wrote the leaves with the rest. */
const isWhole = (attested: AttestedEpoch | Attestation): attested is Attestation => "leaves" in attested

export function sqlArchive(db: Database): EpochArchive {
  const parts = snapshotParts(db)
  const leaves = leafParts(db)

  async function recordsOf(rows: readonly EpochRow[]): Promise<readonly EpochRecord[]> {
    if (rows.length === 0) return []
    const deliveries = await db
      .selectFrom("deliveries")
      .select(["epoch", "delivery"])
      .where(
        "epoch",
        "in",
        rows.map(each => each.epoch),
      )
      .execute()
    const records: EpochRecord[] = []
    for (const { epoch, attested, publication, vaa } of rows) {
      records.push({
        attestation: await attestedIn(attested),
        publication: publication === null ? null : fromText<Publication>(publication),
        vaa: vaa && new Uint8Array(vaa),
        deliveries: inOrder(
          deliveries.flatMap(each => (each.epoch === epoch ? [fromText<Delivery>(each.delivery)] : [])),
        ),
      })
    }
    return records
  }

  /** Those of the epochs whose leaves are in parts, and those that earlier versions wrote, one at a time. */
  async function kindsOf(epochs: readonly bigint[]) {
    const rows =
      epochs.length === 0
        ? []
        : await db
            .selectFrom("epochs")
            .select(["epoch", "part_count"])
            .where("epoch", "in", [...epochs])
            .execute()
    return {
      parted: rows.flatMap(({ epoch, part_count }) => (part_count === null ? [] : [{ epoch, partCount: part_count }])),
      async *whole(): AsyncGenerator<Attestation> {
        for (const { epoch, part_count } of rows) {
          const attestation = part_count === null ? await attestationOf(epoch) : undefined
          if (attestation) yield attestation
        }
      },
    }
  }

  async function attestationOf(epoch: bigint): Promise<Attestation | undefined> {
    const row = await db
      .selectFrom("epochs")
      .select(["attestation", "part_count"])
      .where("epoch", "=", epoch)
      .executeTakeFirst()
    if (!row) return undefined
    const attested = await fromBytes<AttestedEpoch | Attestation>(row.attestation)
    if (isWhole(attested)) {
      await carryOver(attested)
      return attested
    }
    return { ...attested, leaves: await leaves.all({ epoch, partCount: row.part_count ?? 1 }) }
  }

  /** Gives an epoch that an earlier version wrote the form of this one: the next reader of an account reads that alone. */
  async function carryOver(attestation: Attestation): Promise<void> {
    const { epoch } = attestation
    const held = await leaves.prepare(epoch, attestation.leaves)
    const attested = await toBytes(withoutLeaves(attestation))
    await db.transaction().execute(async transaction => {
      const { numUpdatedRows: updated } = await transaction
        .updateTable("epochs")
        .set({ attestation: attested, part_count: partCountOf(attestation.leaves.length) })
        .where("epoch", "=", epoch)
        .where("part_count", "is", null)
        .executeTakeFirst()
      if (updated > 0n) await leaves.put(transaction, epoch, held)
    })
  }

  async function keptOf(epoch: bigint): Promise<Kept | undefined> {
    const row = await db.selectFrom("snapshots").select("assessment").where("epoch", "=", epoch).executeTakeFirst()
    return row && fromBytes<Kept>(row.assessment)
  }

  const columns = ["epoch", attestedColumn, "publication", "vaa"] as const
  const newestFirst = () => db.selectFrom("epochs").select(columns).orderBy("epoch", "desc")

  return {
    async record(attestation, snapshot) {
      const { epoch, root, timestamp } = attestation
      const { sections, end } = writtenSnapshot(snapshot)
      const kept: Kept = { parts: await parts.keep(sections, epoch), end }
      const held = await leaves.prepare(epoch, attestation.leaves)
      const [attested, assessed] = await Promise.all([toBytes(withoutLeaves(attestation)), toBytes(kept)])
      const part_count = partCountOf(attestation.leaves.length)
      await db.transaction().execute(async transaction => {
        const { numInsertedOrUpdatedRows: added } = await transaction
          .insertInto("epochs")
          .values({ epoch, attested_at: BigInt(timestamp), root, attestation: attested, part_count })
          .onConflict(conflict => conflict.column("epoch").doNothing())
          .executeTakeFirst()
        if (added === 0n) {
          const there = await transaction
            .selectFrom("epochs")
            .select("root")
            .where("epoch", "=", epoch)
            .executeTakeFirst()
          if (there?.root !== root) throw new EpochTakenError(epoch)
          return
        }
        await transaction
          .insertInto("snapshots")
          .values({ epoch, taken_at: BigInt(timestamp), assessment: assessed })
          .execute()
        await leaves.put(transaction, epoch, held)
      })
    },

    async recordPublication(epoch, publication) {
      await db
        .updateTable("epochs")
        .set({ publication: toText(publication) })
        .where("epoch", "=", epoch)
        .execute()
    },

    async recordSigned(epoch, vaa) {
      await db.updateTable("epochs").set({ vaa }).where("epoch", "=", epoch).execute()
    },

    async epoch(number) {
      const row = await db.selectFrom("epochs").select(columns).where("epoch", "=", number).executeTakeFirst()
      return row && (await recordsOf([row]))[0]
    },

    async newest() {
      return (await recordsOf(await newestFirst().limit(1).execute()))[0]
    },

    attestation: attestationOf,

    async leavesOf(account, epochs) {
      const { parted, whole } = await kindsOf(epochs)
      const found = new Map(await leaves.ofAccount(account, parted))
      for await (const attestation of whole()) {
        for (const [epoch, own] of leavesIn(account, [attestation])) found.set(epoch, own)
      }
      return found
    },

    async accountsOf(isIt, epochs) {
      const { parted, whole } = await kindsOf(epochs)
      const numbers = parted.map(each => each.epoch)
      const accounts = new Set(await leaves.accountsOf(isIt, numbers))
      for await (const attestation of whole()) for (const each of accountsIn(isIt, [attestation])) accounts.add(each)
      return [...accounts]
    },

    async before(cursor, limit) {
      const older = cursor === null ? newestFirst() : newestFirst().where("epoch", "<", cursor)
      return recordsOf(await older.limit(limit).execute())
    },

    async snapshot(epoch) {
      const kept = await keptOf(epoch)
      if (!kept || "snapshot" in kept) return kept?.snapshot
      const accounts: AccountSnapshot[] = []
      for await (const part of parts.read(kept.parts)) accounts.push(...decodeAccounts(part.toString("utf8")))
      return { ...decodeSnapshot(BEFORE_ACCOUNTS + kept.end), accounts }
    },

    async snapshotOf(epoch, account) {
      const kept = await keptOf(epoch)
      if (!kept || "snapshot" in kept) return kept && onlyAccount(kept.snapshot, account)
      const accounts = await parts.accountsNamed(kept.parts, account)
      return { ...decodeSnapshot(BEFORE_ACCOUNTS + kept.end), accounts }
    },

    async snapshotText(epoch) {
      const kept = await keptOf(epoch)
      return kept && ("snapshot" in kept ? textOf(kept.snapshot) : joined(kept.end, parts.read(kept.parts)))
    },

    async memory(epoch) {
      const kept = await keptOf(epoch)
      if (!kept) return undefined
      if ("snapshot" in kept) return remember(EMPTY_MEMORY, kept.snapshot)
      const { lastAccepted } = remember(EMPTY_MEMORY, decodeSnapshot(BEFORE_ACCOUNTS + kept.end))
      return { lastAccepted, exposure: await parts.exposure(kept.parts) }
    },
  }
}

/** The canonical text around its parts. */
async function* joined(end: string, parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(BEFORE_ACCOUNTS)
  yield* parts
  yield Buffer.from(end)
}
