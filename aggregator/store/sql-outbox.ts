/**
 * The relay's outbox in SQL.
 */
import { sql } from "kysely"
import type { OutboundMessage, Outbox } from "../domain/outbox.js"
import type { Delivery } from "../domain/ports.js"
import type { Database } from "./database.js"
import { fromText, toText } from "./encoding.js"

export function sqlOutbox(db: Database): Outbox {
  const rowOf = (epoch: bigint, delivery: Delivery) => ({
    epoch,
    chain: delivery.chain,
    status: delivery.status,
    delivery: toText(delivery),
  })

  return {
    async put(message, deliveries) {
      const { epoch } = message
      await db.transaction().execute(async transaction => {
        const { numInsertedOrUpdatedRows: added } = await transaction
          .insertInto("outbox")
          .values({ epoch, message: toText(message) })
          .onConflict(conflict => conflict.column("epoch").doNothing())
          .executeTakeFirst()
        if (added === 0n || deliveries.length === 0) return
        await transaction
          .insertInto("deliveries")
          .values(deliveries.map(each => rowOf(epoch, each)))
          .execute()
      })
    },

    async record(epoch, delivery) {
      const { chain, status, delivery: text } = rowOf(epoch, delivery)
      await db
        .insertInto("deliveries")
        .columns(["epoch", "chain", "status", "delivery"])
        .expression(
          db
            .selectFrom("outbox")
            .select(["epoch", sql<string>`${chain}::text`.as("chain"), sql<string>`${status}::text`.as("status")])
            .select(sql<string>`${text}::text`.as("delivery"))
            .where("epoch", "=", epoch),
        )
        .onConflict(conflict => conflict.columns(["epoch", "chain"]).doUpdateSet({ status, delivery: text }))
        .execute()
    },

    async deliveries(epoch) {
      const rows = await db
        .selectFrom("deliveries")
        .select("delivery")
        .where("epoch", "=", epoch)
        .orderBy("chain")
        .execute()
      return rows.map(each => fromText<Delivery>(each.delivery))
    },

    async pending() {
      const rows = await db
        .selectFrom("outbox")
        .select("message")
        .where("epoch", "in", db.selectFrom("deliveries").select("epoch").where("status", "=", "PENDING"))
        .orderBy("epoch")
        .execute()
      return rows.map(each => fromText<OutboundMessage>(each.message))
    },

    async newest() {
      const row = await db.selectFrom("outbox").select("message").orderBy("epoch", "desc").limit(1).executeTakeFirst()
      return row && fromText<OutboundMessage>(row.message)
    },

    async spent(chain, since) {
      const rows = await db
        .selectFrom("deliveries")
        .innerJoin("outbox", "outbox.epoch", "deliveries.epoch")
        .select(["outbox.message", "deliveries.delivery"])
        .where("deliveries.chain", "=", chain)
        .execute()
      return rows
        .filter(({ message }) => fromText<OutboundMessage>(message).expiresAt > since)
        .reduce((sum, { delivery }) => sum + (fromText<Delivery>(delivery).fee ?? 0n), 0n)
    },
  }
}
