/**
 * The webhooks that an account's owners opened, in SQL: each call is a part of the transaction that uses up the nonce.
 */
import { sql, type Transaction } from "kysely"
import { UnknownWebhookError, WebhookLimitError } from "../domain/errors.js"
import { toText } from "./encoding.js"
import type { Tables } from "./tables.js"
import {
  insertEvents,
  insertWebhook,
  type Webhook,
  type WebhookEvent,
  type WebhookOwner,
  type WebhookState,
  webhookStates,
} from "./webhooks.js"

type OwnedWebhook = Webhook & { readonly owner: WebhookOwner }
export type OwnedWebhookState = WebhookState & OwnedWebhook

/** Names what these locks are about; the service's own is of another kind. */
const ONE_ACCOUNT = 1

/** @throws WebhookLimitError when the account has `most` already. */
export async function openWebhook(transaction: Transaction<Tables>, webhook: OwnedWebhook, most: number) {
  const { account } = webhook.owner
  // Two of one account, signed by two of its addresses, are counted one after the other.
  await sql`select pg_advisory_xact_lock(${ONE_ACCOUNT}, hashtext(${account}))`.execute(transaction)
  const { count } = await transaction
    .selectFrom("webhooks")
    .select(({ fn }) => fn.countAll<bigint>().as("count"))
    .where("account", "=", account)
    .executeTakeFirstOrThrow()
  if (Number(count) >= most) throw new WebhookLimitError(account, most)
  await insertWebhook(transaction, webhook)
}

/** How the account's webhooks stand, oldest first. */
export async function webhooksOf(
  transaction: Transaction<Tables>,
  account: string,
): Promise<readonly OwnedWebhookState[]> {
  const states = await webhookStates(transaction, { account })
  return states.flatMap(({ owner, ...state }) => (owner ? [{ ...state, owner }] : []))
}

/**
 * Gives a webhook another target or other terms, and forgets what it was told: what is wrong then is told anew. Events
 * on their way go to the new target.
 *
 * @throws UnknownWebhookError when the account has none of this id.
 */
export async function changeWebhook(
  transaction: Transaction<Tables>,
  account: string,
  { id, url, terms }: Pick<Webhook, "id" | "url" | "terms">,
): Promise<OwnedWebhookState> {
  const { numUpdatedRows } = await transaction
    .updateTable("webhooks")
    .set(({ eb }) => ({ url, terms: toText(terms), revision: eb("revision", "+", 1) }))
    .where("id", "=", id)
    .where("account", "=", account)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new UnknownWebhookError(id)
  await transaction.deleteFrom("webhook_watches").where("webhook", "=", id).execute()
  const changed = (await webhooksOf(transaction, account)).find(each => each.id === id)
  if (!changed) throw new UnknownWebhookError(id)
  return changed
}

/** Also forgets its events. @throws UnknownWebhookError as `changeWebhook`. */
export async function closeWebhook(transaction: Transaction<Tables>, account: string, id: string): Promise<void> {
  const { numDeletedRows } = await transaction
    .deleteFrom("webhooks")
    .where("id", "=", id)
    .where("account", "=", account)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new UnknownWebhookError(id)
}

/** Puts an event on its way. @param now unix seconds. @throws UnknownWebhookError as `changeWebhook`. */
export async function sendThrough(
  transaction: Transaction<Tables>,
  account: string,
  { id, event, now }: { readonly id: string; readonly event: WebhookEvent; readonly now: number },
): Promise<void> {
  const known = await transaction
    .selectFrom("webhooks")
    .select("id")
    .where("id", "=", id)
    .where("account", "=", account)
    .forUpdate()
    .executeTakeFirst()
  if (!known) throw new UnknownWebhookError(id)
  await insertEvents(transaction, id, [event], now)
}

/** Closes all of an account that has no address any more. */
export async function closeWebhooksOfClosed(transaction: Transaction<Tables>, account: string): Promise<void> {
  const left = transaction.selectFrom("links").select("account").where("account", "=", account)
  await transaction
    .deleteFrom("webhooks")
    .where("account", "=", account)
    .where(({ not, exists }) => not(exists(left)))
    .execute()
}
