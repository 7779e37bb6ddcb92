/**
 * The archive of epochs in SQL.
 */
import type { Attestation } from "../domain/attestation.js"
import { PlimsollError } from "../domain/errors.js"
import type { Delivery } from "../domain/ports.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { BEFORE_ACCOUNTS, decodeAccounts, decodeSnapshot } from "../pipeline/snapshot-format.js"
import { writtenSnapshot } from "../pipeline/written-snapshot.js"
import type { Database } from "./database.js"
import { fromBytes, fromText, toBytes, toText } from "./encoding.js"
import { type EpochArchive, type EpochRecord, inOrder, type Publication, textOf } from "./epoch-archive.js"
import { snapshotParts } from "./snapshot-parts.js"

/** The number is another epoch's already: somebody else attests on the same data. */
export class EpochTakenError extends PlimsollError {
  readonly code = "EPOCH_TAKEN"
  constructor(readonly epoch: bigint) {
    super(`epoch ${epoch} is recorded with another root already; only one service may attest on this database`)
  }
}

interface EpochRow {
  readonly attestation: Uint8Array
  readonly publication: string | null
  readonly vaa: Uint8Array | null
}

/** What the column holds: names of parts and what comes behind them. Earlier versions wrote the snapshot as one value. */
type Kept = { readonly parts: readonly string[]; readonly end: string } | { readonly snapshot: Snapshot }

export function sqlArchive(db: Database): EpochArchive {
  const parts = snapshotParts(db)

  async function recordOf({ attestation: bytes, publication, vaa }: EpochRow): Promise<EpochRecord> {
    const attestation = await fromBytes<Attestation>(bytes)
    const deliveries = await db
      .selectFrom("deliveries")
      .select("delivery")
      .where("epoch", "=", attestation.epoch)
      .execute()
    return {
      attestation,
      publication: publication === null ? null : fromText<Publication>(publication),
      vaa: vaa && new Uint8Array(vaa),
      deliveries: inOrder(deliveries.map(each => fromText<Delivery>(each.delivery))),
    }
  }

  async function keptOf(epoch: bigint): Promise<Kept | undefined> {
    const row = await db.selectFrom("snapshots").select("assessment").where("epoch", "=", epoch).executeTakeFirst()
    return row && fromBytes<Kept>(row.assessment)
  }

  const columns = ["attestation", "publication", "vaa"] as const
  const newestFirst = () => db.selectFrom("epochs").select(columns).orderBy("epoch", "desc")

  return {
    async record(attestation, snapshot) {
      const { epoch, root, timestamp } = attestation
      const { sections, end } = writtenSnapshot(snapshot)
      const kept: Kept = { parts: await parts.keep(sections, epoch), end }
      const [attested, assessed] = await Promise.all([toBytes(attestation), toBytes(kept)])
      await db.transaction().execute(async transaction => {
        const { numInsertedOrUpdatedRows: added } = await transaction
          .insertInto("epochs")
          .values({ epoch, attested_at: BigInt(timestamp), root, attestation: attested, publication: null, vaa: null })
          .onConflict(conflict => conflict.column("epoch").doNothing())
          .executeTakeFirst()
        if (added === 0n) {
          const held = await transaction
            .selectFrom("epochs")
            .select("root")
            .where("epoch", "=", epoch)
            .executeTakeFirst()
          if (held?.root !== root) throw new EpochTakenError(epoch)
          return
        }
        await transaction
          .insertInto("snapshots")
          .values({ epoch, taken_at: BigInt(timestamp), assessment: assessed })
          .execute()
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
      return row && recordOf(row)
    },

    async newest() {
      const row = await newestFirst().limit(1).executeTakeFirst()
      return row && recordOf(row)
    },

    async before(cursor, limit) {
      const older = cursor === null ? newestFirst() : newestFirst().where("epoch", "<", cursor)
      return Promise.all((await older.limit(limit).execute()).map(recordOf))
    },

    async snapshot(epoch) {
      const kept = await keptOf(epoch)
      if (!kept || "snapshot" in kept) return kept?.snapshot
      const accounts: AccountSnapshot[] = []
      for await (const part of parts.read(kept.parts)) accounts.push(...decodeAccounts(part.toString("utf8")))
      return { ...decodeSnapshot(BEFORE_ACCOUNTS + kept.end), accounts }
    },

    async snapshotText(epoch) {
      const kept = await keptOf(epoch)
      return kept && ("snapshot" in kept ? textOf(kept.snapshot) : joined(kept.end, parts.read(kept.parts)))
    },
  }
}

/** The canonical text around its parts. */
async function* joined(end: string, parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(BEFORE_ACCOUNTS)
  yield* parts
  yield Buffer.from(end)
}
