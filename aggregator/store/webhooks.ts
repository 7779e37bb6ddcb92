/**
 * Webhooks, what each was told last about whom, and the events on their way, in SQL. An event is here before it is sent.
 */
import { type Kysely, sql } from "kysely"
import type { AlertTerms, Watch } from "../webhooks/decide-alerts.js"
import type { Database } from "./database.js"
import { fromText, toText } from "./encoding.js"
import type { Tables } from "./tables.js"

export interface Webhook {
  readonly id: string
  readonly url: string
  /** `whsec_…`; leaves the store only to sign. */
  readonly secret: string
  readonly terms: AlertTerms
  /** Unix seconds. */
  readonly createdAt: number
  /** Absent: the operator's. */
  readonly owner?: WebhookOwner
}

export interface WebhookOwner {
  readonly account: string
  /** The address that signed for it; the webhook stays with the account when that one leaves. */
  readonly openedBy: string
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

export interface DueChoice {
  readonly whose: Whose
  /** Webhooks, those that wait longest. */
  readonly most: number
  /** Events. */
  readonly ofEach: number
  /** Webhooks that are left out. */
  readonly except: readonly string[]
}

/** Owners are many and nobody knows them: what they open must not keep the operator's from being told. */
export type Whose = "operator" | "owners"

/** A webhook as it was when it was looked at. */
export interface WatchedWebhook {
  readonly id: string
  /** Another one with each change. */
  readonly revision: number
  readonly terms: AlertTerms
}

export interface WebhookStore {
  /** One of the operator's. False when there are `most` already. */
  create(webhook: Webhook, most: number): Promise<boolean>
  /** The operator's and the owners'. */
  all(): Promise<readonly WebhookState[]>
  /** Also forgets its events. False when there is none. */
  remove(id: string): Promise<boolean>
  watched(): Promise<readonly WatchedWebhook[]>
  /** What each of these webhooks was told last, by account. */
  watches(ids: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Watch>>>
  /**
   * Keeps events and what was told (`null`: nothing to remember) in one step; false when the webhook is gone, or has
   * another revision than was said.
   */
  put(
    webhook: { readonly id: string; readonly revision?: number },
    events: readonly WebhookEvent[],
    told: ReadonlyMap<string, Watch | null>,
    now: number,
  ): Promise<boolean>
  /** Whose next attempt is due, oldest first, so many of each webhook at most: none keeps the others from theirs. */
  due(now: number, choice: DueChoice): Promise<readonly DueEvent[]>
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
          .where("account", "is", null)
          .executeTakeFirstOrThrow()
        if (Number(count) >= most) return false
        await insertWebhook(transaction, webhook)
        return true
      }),

    all: () => webhookStates(db),

    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom("webhooks").where("id", "=", id).executeTakeFirst()
      return numDeletedRows > 0n
    },

    async watched() {
      const rows = await db.selectFrom("webhooks").select(["id", "revision", "terms"]).orderBy("created_at").execute()
      return rows.map(({ terms, ...row }) => ({ ...row, terms: fromText<AlertTerms>(terms) }))
    },

    async watches(ids) {
      const watches = new Map(ids.map(id => [id, new Map<string, Watch>()]))
      for (const some of inParts(ids)) {
        const rows = await db
          .selectFrom("webhook_watches")
          .selectAll()
          .where("webhook", "in", [...some])
          .execute()
        for (const { webhook, account, watch } of rows) watches.get(webhook)?.set(account, fromText(watch))
      }
      return watches
    },

    put: ({ id, revision }, events, told, now) =>
      db.transaction().execute(async transaction => {
        // Locked, so that nobody removes it between this and its events.
        const known = await transaction
          .selectFrom("webhooks")
          .select("revision")
          .where("id", "=", id)
          .forUpdate()
          .executeTakeFirst()
        if (!known || known.revision !== (revision ?? known.revision)) return false
        await insertEvents(transaction, id, events, now)
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

    due(now, { whose, most, ofEach, except }) {
      const pending = db.selectFrom("webhook_events").where("status", "=", "PENDING").where("due_at", "<=", BigInt(now))
      const chosen = pending
        .innerJoin("webhooks", "webhooks.id", "webhook_events.webhook")
        .select("webhook_events.webhook")
        .where("account", whose === "operator" ? "is" : "is not", null)
        .$if(except.length > 0, query => query.where("webhook", "not in", [...except]))
        .groupBy("webhook_events.webhook")
        .orderBy(({ fn }) => fn.min("due_at"))
        .limit(most)
      const placed = pending
        .select(["id", "webhook", "body", "attempts", "due_at"])
        .select(sql<bigint>`row_number() over (partition by webhook order by due_at, id)`.as("place"))
        .where("webhook", "in", chosen)
      return db
        .selectFrom(placed.as("events"))
        .innerJoin("webhooks", "webhooks.id", "events.webhook")
        .select(["events.id", "events.webhook", "url", "secret", "body", "attempts"])
        .where("place", "<=", BigInt(ofEach))
        .orderBy("due_at")
        .orderBy("events.id")
        .execute()
    },

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

/** Whoever makes it; how many there may be was asked before. */
export async function insertWebhook(
  db: Kysely<Tables>,
  { id, url, secret, terms, createdAt, owner }: Webhook,
): Promise<void> {
  const row = { id, url, secret, terms: toText(terms), created_at: BigInt(createdAt) }
  await db
    .insertInto("webhooks")
    .values({ ...row, account: owner?.account ?? null, opened_by: owner?.openedBy ?? null })
    .execute()
}

/** Due at once. */
export async function insertEvents(
  db: Kysely<Tables>,
  webhook: string,
  events: readonly WebhookEvent[],
  now: number,
): Promise<void> {
  const at = BigInt(now)
  const row = { webhook, created_at: at, due_at: at, status: "PENDING", attempts: 0, failure: null }
  for (const some of inParts(events)) {
    await db
      .insertInto("webhook_events")
      .values(some.map(event => ({ ...event, ...row })))
      .execute()
  }
}

/** How webhooks stand, oldest first: all of them, or those of one account's owners. */
export async function webhookStates(
  db: Kysely<Tables>,
  { account }: { readonly account?: string } = {},
): Promise<readonly WebhookState[]> {
  const chosen = db
    .selectFrom("webhooks")
    .$if(account !== undefined, query => query.where("account", "=", account ?? ""))
  const rows = await chosen.selectAll().orderBy("created_at").orderBy("id").execute()
  const open = db
    .selectFrom("webhook_events")
    .where("status", "!=", "DELIVERED")
    .$if(account !== undefined, query => query.where("webhook", "in", chosen.select("id")))
  const counts = await open
    .select(({ fn }) => ["webhook", "status", fn.countAll<bigint>().as("count")])
    .groupBy(["webhook", "status"])
    .execute()
  const failures = await open
    .select(["webhook", "failure"])
    .distinctOn("webhook")
    .where("failure", "is not", null)
    .orderBy("webhook")
    .orderBy("created_at", "desc")
    .execute()
  const counted = new Map(counts.map(({ webhook, status, count }) => [`${webhook} ${status}`, Number(count)]))
  const failed = new Map(failures.map(({ webhook, failure }) => [webhook, failure]))
  return rows.map(({ id, url, secret, terms, created_at, account: of, opened_by }) => ({
    id,
    url,
    secret,
    terms: fromText<AlertTerms>(terms),
    createdAt: Number(created_at),
    ...(of !== null && opened_by !== null && { owner: { account: of, openedBy: opened_by } }),
    pending: counted.get(`${id} PENDING`) ?? 0,
    failed: counted.get(`${id} FAILED`) ?? 0,
    lastFailure: failed.get(id) ?? null,
  }))
}

function* inParts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) yield rows.slice(start, start + ROWS_AT_ONCE)
}
