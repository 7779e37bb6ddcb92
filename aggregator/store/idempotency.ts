/**
 * Answers kept by the caller's key, so that a request that is sent again is answered again and done once.
 */
import type { Database } from "./database.js"

export interface KeptAnswer {
  readonly status: number
  readonly body: string
}

export type Claim =
  /** The caller's to do. */
  | { readonly kind: "new" }
  | { readonly kind: "answered"; readonly answer: KeptAnswer }
  | { readonly kind: "under way" }
  /** The key belongs to a request with other contents. */
  | { readonly kind: "other request" }

export interface IdempotencyKeys {
  /** @param request hash of all that the request says. @param now unix seconds. */
  claim(key: string, request: string, now: number): Promise<Claim>
  keep(key: string, answer: KeptAnswer): Promise<void>
  /** Lets the key be used again: nothing came of the request. */
  release(key: string): Promise<void>
}

const KEPT_SECONDS = 86_400
const UNDER_WAY = 0
/** A request that takes longer than this has died with its process. */
const LONGEST_SECONDS = 120

export function idempotencyKeys(db: Database): IdempotencyKeys {
  return {
    async claim(key, request, now) {
      const row = { key, request, status: UNDER_WAY, body: "", expires_at: BigInt(now + KEPT_SECONDS) }
      const { numInsertedOrUpdatedRows: added } = await db
        .insertInto("idempotency")
        .values(row)
        .onConflict(conflict =>
          conflict
            .column("key")
            .doUpdateSet(row)
            .where(({ or, and, eb }) =>
              or([
                eb("idempotency.expires_at", "<=", BigInt(now)),
                and([
                  eb("idempotency.status", "=", UNDER_WAY),
                  eb("idempotency.expires_at", "<=", BigInt(now + KEPT_SECONDS - LONGEST_SECONDS)),
                ]),
              ]),
            ),
        )
        .executeTakeFirst()
      if (added !== 0n) return { kind: "new" }
      const known = await db.selectFrom("idempotency").selectAll().where("key", "=", key).executeTakeFirst()
      if (!known || (known.request === request && known.status === UNDER_WAY)) return { kind: "under way" }
      if (known.request !== request) return { kind: "other request" }
      return { kind: "answered", answer: { status: known.status, body: known.body } }
    },
    async keep(key, { status, body }) {
      await db.updateTable("idempotency").set({ status, body }).where("key", "=", key).execute()
    },
    async release(key) {
      await db.deleteFrom("idempotency").where("key", "=", key).execute()
    },
  }
}
