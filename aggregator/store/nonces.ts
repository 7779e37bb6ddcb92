/**
 * Nonces of messages to sign: made known when a message is worded, used up by the one change that its signature is for.
 */
import type { Transaction } from "kysely"
import { InvalidInputError } from "../domain/errors.js"
import type { Database } from "./database.js"
import type { Tables } from "./tables.js"

/** Makes a nonce known until it is used or expires; `expiresAt` in unix seconds. */
export async function issueNonce(db: Database, nonce: string, expiresAt: number): Promise<void> {
  await db
    .insertInto("nonces")
    .values({ nonce, expires_at: BigInt(expiresAt) })
    .execute()
}

/**
 * @param now unix seconds.
 * @throws InvalidInputError unless every nonce was issued, has not expired and was never used.
 */
export async function useUp(transaction: Transaction<Tables>, nonces: readonly string[], now: number): Promise<void> {
  const { numDeletedRows: used } = await transaction
    .deleteFrom("nonces")
    .where("nonce", "in", [...nonces])
    .where("expires_at", ">", BigInt(now))
    .executeTakeFirst()
  if (used === BigInt(nonces.length)) return
  const detail = "a nonce was not issued here, has expired or was used; ask for a new message and sign that"
  throw new InvalidInputError([{ pointer: "/nonce", code: "NONCE_UNKNOWN", detail }])
}
