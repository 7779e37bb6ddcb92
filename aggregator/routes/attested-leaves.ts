/**
 * From what a caller calls an account to what epochs say of it, also where its addresses were another account's then.
 */
import type { AccountLeaf } from "../domain/attestation.js"
import { accountHash } from "../domain/leaf.js"
import type { AccountSnapshot } from "../domain/snapshot.js"
import type { MarginBook } from "../store/margin-book.js"
import { accountCalled, isLeafOf, sameAddress } from "./account-id.js"

/** Leaves of whoever is called so in each of the epochs, those of one address when it is an address. */
export async function leavesCalled(
  book: MarginBook,
  id: string,
  epochs: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly AccountLeaf[]>> {
  const owner = accountCalled(book, id)
  const found = await leavesOfAny(book, id, new Set([accountHash(id), accountHash(owner?.id ?? id)]), epochs)
  if (found.size > 0 || !id.includes(":")) return found
  // An address of nobody, or of another account in those epochs: only looking through them tells whose it was.
  const owners = await book.accountsOf(address => sameAddress(address, id), epochs)
  return leavesOfAny(book, id, new Set(owners), epochs)
}

/** The account that a leaf is of, when it is still one of the service's. */
export const ownerOf = (book: MarginBook, leaf: AccountLeaf, id: string): AccountSnapshot | undefined =>
  [accountCalled(book, id), accountCalled(book, leaf.address)].find(
    each => each && accountHash(each.id) === leaf.account,
  )

async function leavesOfAny(
  book: MarginBook,
  id: string,
  accounts: ReadonlySet<AccountLeaf["account"]>,
  epochs: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly AccountLeaf[]>> {
  const found = new Map<bigint, readonly AccountLeaf[]>()
  for (const account of accounts) {
    for (const [epoch, leaves] of await book.leavesOf(account, epochs)) {
      const own = leaves.filter(leaf => isLeafOf(leaf, id))
      if (own.length > 0) found.set(epoch, [...(found.get(epoch) ?? []), ...own])
    }
  }
  return found
}
