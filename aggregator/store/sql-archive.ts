/**
 * The archive of epochs in SQL.
 */
import type { Attestation } from "../domain/attestation.js"
import { PlimsollError } from "../domain/errors.js"
import type { Delivery } from "../domain/ports.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { Database } from "./database.js"
import { fromBytes, fromText, toBytes, toText } from "./encoding.js"
import { type EpochArchive, type EpochRecord, inOrder, type Publication } from "./epoch-archive.js"

/** The number is another epoch's already: somebody else attests on the same data. */
export class EpochTakenError extends PlimsollError {
  readonly code = "EPOCH_TAKEN"
  constructor(readonly epoch: bigint) {
    super(`epoch ${epoch} is recorded with another root already; only one service may attest on this database`)
  }
}

export function sqlArchive(db: Database): EpochArchive {
  async function recordOf(row: { attestation: Uint8Array; publication: string | null } | undefined) {
    if (!row) return undefined
    const attestation = await fromBytes<Attestation>(row.attestation)
    const deliveries = await db
      .selectFrom("deliveries")
      .select("delivery")
      .where("epoch", "=", attestation.epoch)
      .execute()
    const record: EpochRecord = {
      attestation,
      publication: row.publication === null ? null : fromText<Publication>(row.publication),
      deliveries: inOrder(deliveries.map(each => fromText<Delivery>(each.delivery))),
    }
    return record
  }

  const columns = ["attestation", "publication"] as const

  return {
    async record(attestation, assessment) {
      const { epoch, root, timestamp } = attestation
      const [attested, assessed] = await Promise.all([toBytes(attestation), toBytes(assessment)])
      await db.transaction().execute(async transaction => {
        const { numInsertedOrUpdatedRows: added } = await transaction
          .insertInto("epochs")
          .values({ epoch, attested_at: BigInt(timestamp), root, attestation: attested, publication: null })
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

    epoch: async number =>
      recordOf(await db.selectFrom("epochs").select(columns).where("epoch", "=", number).executeTakeFirst()),

    newest: async () =>
      recordOf(await db.selectFrom("epochs").select(columns).orderBy("epoch", "desc").limit(1).executeTakeFirst()),

    async assessment(epoch) {
      const row = await db.selectFrom("snapshots").select("assessment").where("epoch", "=", epoch).executeTakeFirst()
      return row && fromBytes<Assessment>(row.assessment)
    },
  }
}
