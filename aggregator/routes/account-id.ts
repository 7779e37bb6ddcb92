/**
 * From what a caller calls an account, its id or any linked address, to the account.
 */
import { z } from "@hono/zod-openapi"
import type { AccountLeaf } from "../domain/attestation.js"
import { NotReadyError, UnknownAccountError } from "../domain/errors.js"
import type { AccountHealth } from "../domain/health.js"
import { accountHash } from "../domain/leaf.js"
import type { AccountSnapshot } from "../domain/snapshot.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { MarginBook } from "../store/margin-book.js"
import { accountNamed, accountOf, healthNamed } from "./account-index.js"
import { problem } from "./service.js"

export const accountParameter = z.object({
  id: z.string().max(256).openapi({ description: "Account id, or any linked CAIP-10 address", example: "hedged-book" }),
})

export const accountRefusals = {
  400: problem("The id is too long to be one"),
  404: problem("No such account"),
  503: problem("No chain has been read yet"),
}

/** @throws NotReadyError before the chains have been read once. */
export function latestOf({ latest }: MarginBook): Assessment {
  if (!latest) throw new NotReadyError("no chain has been read yet; try again in a few seconds")
  return latest
}

/**
 * The account and the assessment it is in.
 *
 * @throws NotReadyError before the chains have been read once, UnknownAccountError when no account is linked to the id.
 */
export function accountIn(book: MarginBook, id: string): { assessment: Assessment; account: AccountSnapshot } {
  const assessment = latestOf(book)
  return { assessment, account: accountOf(assessment, id) }
}

/** The account that is called so now; `undefined` where there is none. */
export const accountCalled = ({ latest }: MarginBook, id: string): AccountSnapshot | undefined =>
  latest && accountNamed(latest, id)

/** The account's health beside it. @throws like `accountIn`. */
export function marginedIn(book: MarginBook, id: string): { assessment: Assessment; health: AccountHealth } {
  const { assessment, account } = accountIn(book, id)
  const health = healthNamed(assessment, account.id)
  if (!health) throw new UnknownAccountError(id)
  return { assessment, health }
}

/** Whether the leaf is of the account that is called so. */
export const isLeafOf = (leaf: AccountLeaf, id: string): boolean =>
  sameAddress(leaf.address, id) || leaf.account === accountHash(id)

/** EVM addresses are case-insensitive, Solana's base58 is not. */
export function sameAddress(linked: string, asked: string): boolean {
  return linked === asked || (linked.startsWith("eip155:") && linked.toLowerCase() === asked.toLowerCase())
}
