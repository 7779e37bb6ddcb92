/**
 * How long the service keeps what. Nothing that is still on its way is ever dropped.
 */
import type { Database } from "./database.js"

export interface Retention {
  readonly keepSnapshotsDays: number
  readonly keepEpochsDays: number
}

const DAY_SECONDS = 86_400
const KEEP_WEBHOOK_EVENTS_DAYS = 7

/** Drops what is older than it is kept; `now` in unix seconds. */
export async function prune(db: Database, keep: Retention, now: number): Promise<void> {
  const before = (days: number) => BigInt(Math.floor(now - days * DAY_SECONDS))
  const newest = db.selectFrom("epochs").select(({ fn }) => fn.max("epoch").as("epoch"))
  const pending = db.selectFrom("deliveries").select("epoch").where("status", "=", "PENDING")

  await db
    .deleteFrom("snapshots")
    .where("taken_at", "<", before(keep.keepSnapshotsDays))
    .where("epoch", "<", newest)
    .execute()
  const old = db
    .selectFrom("epochs")
    .select("epoch")
    .where("attested_at", "<", before(keep.keepEpochsDays))
    .where("epoch", "<", newest)
    .where("epoch", "not in", pending)
  await db.deleteFrom("outbox").where("epoch", "in", old).execute()
  await db.deleteFrom("epochs").where("epoch", "in", old).execute()
  const oldest = (table: "epochs" | "snapshots") => db.selectFrom(table).select(({ fn }) => fn.min("epoch").as("epoch"))
  await db.deleteFrom("snapshot_parts").where("newest", "<", oldest("snapshots")).execute()
  await db.deleteFrom("leaf_seats").where("newest", "<", oldest("epochs")).execute()
  await db
    .deleteFrom("webhook_events")
    .where("status", "!=", "PENDING")
    .where("created_at", "<", before(KEEP_WEBHOOK_EVENTS_DAYS))
    .execute()
  await db.deleteFrom("nonces").where("expires_at", "<", BigInt(now)).execute()
  await db.deleteFrom("idempotency").where("expires_at", "<", BigInt(now)).execute()
}
