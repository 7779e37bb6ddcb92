/**
 * Webhooks, what each was told last about whom, and the events on their way, in SQL. An event is here before it is sent.
 */
import { sql } from "kysely"
import type { AlertTerms, Watch } from "../webhooks/decide-alerts.js"
import type { Database } from "./database.js"
import { fromText, toText } from "./encoding.js"

export interface Webhook {
  readonly id: string
  readonly url: string
  /** `whsec_…`; leaves the store only to sign. */
  readonly secret: string
  readonly terms: AlertTerms
  /** Unix seconds. */
  readonly createdAt: number
}

export interface WebhookState extends Webhook {
  readonly pending: number
  /** Events given up after the last attempt, as long as they are kept. */
  readonly failed: number
  /** Why the newest event that was not taken (yet) was not. */
  readonly lastFailure: string | null
}

export interface WebhookEvent {
  /** The same at every attempt: receivers know by it what they have already. */
  readonly id: string
  readonly body: string
}

export interface DueEvent extends WebhookEvent {
  readonly webhook: string
  readonly url: string
  readonly secret: string
  /** How often it was tried. */
  readonly attempts: number
}

export interface WebhookStore {
  /** False when there are `most` already. */
  create(webhook: Webhook, most: number): Promise<boolean>
  all(): Promise<readonly WebhookState[]>
  /** Also forgets its events. False when there is none. */
  remove(id: string): Promise<boolean>
  watches(id: string): Promise<ReadonlyMap<string, Watch>>
  /** Keeps events and what was told (`null`: nothing to remember) in one step; false when the webhook is gone. */
  put(
    id: string,
    events: readonly WebhookEvent[],
    told: ReadonlyMap<string, Watch | null>,
    now: number,
  ): Promise<boolean>
  /** Whose next attempt is due, oldest first, so many of each webhook at most: none keeps the others from theirs. */
  due(now: number, ofEach: number): Promise<readonly DueEvent[]>
  delivered(event: string): Promise<void>
  /** @param due when to try again; `null`: never. */
  refused(event: string, reason: string, due: number | null): Promise<void>
}

/** Far below what one statement may carry of parameters. */
const ROWS_AT_ONCE = 1_000

export function webhookStore(db: Database): WebhookStore {
  return {
    create: (webhook, most) =>
      db.transaction().execute(async transaction => {
        const { count } = await transaction
          .selectFrom("webhooks")
          .select(({ fn }) => fn.countAll<bigint>().as("count"))
          .executeTakeFirstOrThrow()
        if (Number(count) >= most) return false
        const { id, url, secret, terms, createdAt } = webhook
        await transaction
          .insertInto("webhooks")
          .values({ id, url, secret, terms: toText(terms), created_at: BigInt(createdAt) })
          .execute()
        return true
      }),

    async all() {
      const rows = await db.selectFrom("webhooks").selectAll().orderBy("created_at").orderBy("id").execute()
      const counts = await db
        .selectFrom("webhook_events")
        .select(({ fn }) => ["webhook", "status", fn.countAll<bigint>().as("count")])
        .where("status", "!=", "DELIVERED")
        .groupBy(["webhook", "status"])
        .execute()
      const failures = await db
        .selectFrom("webhook_events")
        .select(["webhook", "failure"])
        .distinctOn("webhook")
        .where("failure", "is not", null)
        .where("status", "!=", "DELIVERED")
        .orderBy("webhook")
        .orderBy("created_at", "desc")
        .execute()
      const counted = (id: string, status: string) =>
        Number(counts.find(each => each.webhook === id && each.status === status)?.count ?? 0)
      return rows.map(({ id, url, secret, terms, created_at }) => ({
        id,
        url,
        secret,
        terms: fromText<AlertTerms>(terms),
        createdAt: Number(created_at),
        pending: counted(id, "PENDING"),
        failed: counted(id, "FAILED"),
        lastFailure: failures.find(each => each.webhook === id)?.failure ?? null,
      }))
    },

    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom("webhooks").where("id", "=", id).executeTakeFirst()
      return numDeletedRows > 0n
    },

    async watches(id) {
      const rows = await db
        .selectFrom("webhook_watches")
        .select(["account", "watch"])
        .where("webhook", "=", id)
        .execute()
      return new Map(rows.map(({ account, watch }) => [account, fromText<Watch>(watch)]))
    },

    put: (id, events, told, now) =>
      db.transaction().execute(async transaction => {
        // Locked, so that nobody removes it between this and its events.
        const known = await transaction
          .selectFrom("webhooks")
          .select("id")
          .where("id", "=", id)
          .forUpdate()
          .executeTakeFirst()
        if (!known) return false
        const at = BigInt(now)
        for (const some of inParts(events)) {
          const row = { webhook: id, created_at: at, due_at: at, status: "PENDING", attempts: 0, failure: null }
          await transaction
            .insertInto("webhook_events")
            .values(some.map(event => ({ ...event, ...row })))
            .execute()
        }
        for (const some of inParts([...told])) {
          const accounts = some.map(([account]) => account)
          await transaction
            .deleteFrom("webhook_watches")
            .where("webhook", "=", id)
            .where("account", "in", accounts)
            .execute()
          const kept = some.flatMap(([account, watch]) =>
            watch ? [{ webhook: id, account, watch: toText(watch) }] : [],
          )
          if (kept.length > 0) await transaction.insertInto("webhook_watches").values(kept).execute()
        }
        return true
      }),

    due: (now, ofEach) =>
      db
        .selectFrom(
          db
            .selectFrom("webhook_events")
            .select(["id", "webhook", "body", "attempts", "due_at"])
            .select(sql<bigint>`row_number() over (partition by webhook order by due_at, id)`.as("place"))
            .where("status", "=", "PENDING")
            .where("due_at", "<=", BigInt(now))
            .as("events"),
        )
        .innerJoin("webhooks", "webhooks.id", "events.webhook")
        .select(["events.id", "events.webhook", "url", "secret", "body", "attempts"])
        .where("place", "<=", BigInt(ofEach))
        .orderBy("due_at")
        .orderBy("events.id")
        .execute(),

    async delivered(event) {
      await db.updateTable("webhook_events").set({ status: "DELIVERED" }).where("id", "=", event).execute()
    },

    async refused(event, reason, due) {
      await db
        .updateTable("webhook_events")
        .set(({ eb }) => ({
          attempts: eb("attempts", "+", 1),
          failure: reason,
          ...(due === null ? { status: "FAILED" } : { due_at: BigInt(due) }),
        }))
        .where("id", "=", event)
        .execute()
    },
  }
}

function* inParts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) yield rows.slice(start, start + ROWS_AT_ONCE)
}
