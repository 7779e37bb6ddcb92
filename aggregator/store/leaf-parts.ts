/**
 * The leaves of epochs in parts by account, so that one account's word in many epochs is read without all others'.
 */
import { setImmediate as othersFirst } from "node:timers/promises"
import type { AccountLeaf, Attestation, Bytes32 } from "../domain/attestation.js"
import type { Database } from "./database.js"
import { fromBytes, toBytes } from "./encoding.js"

/** Parts have this many leaves to sixteen times as many. */
const LEAST_LEAVES = 64
/** Digits of an account's hash by which leaves may be parted: beyond, a part of a million leaves' epoch has a few. */
const MOST_DIGITS = 4

export function leafParts(db: Database) {
  return {
    /** Stores the leaves of an epoch, a part at a time; parts that are there already stay. */
    async keep({ root, epoch, leaves }: Attestation): Promise<void> {
      for (const [prefix, some] of parted(leaves)) {
        await db
          .insertInto("leaf_parts")
          .values({ root, prefix, bytes: await toBytes(some), newest: epoch })
          .onConflict(conflict => conflict.columns(["root", "prefix"]).doUpdateSet({ newest: epoch }))
          .execute()
        await othersFirst()
      }
    },

    /** Every leaf under a root, in the order of the tree. */
    async all(root: Bytes32): Promise<readonly AccountLeaf[]> {
      const rows = await db.selectFrom("leaf_parts").select("bytes").where("root", "=", root).execute()
      const leaves: AccountLeaf[] = []
      for (const { bytes } of rows) for (const leaf of await leavesIn(bytes)) leaves[leaf.index] = leaf
      return leaves
    },

    /** One account's leaves under each of the roots; what a root says nothing of is missing. */
    async of(account: Bytes32, roots: readonly string[]): Promise<ReadonlyMap<string, readonly AccountLeaf[]>> {
      const found = new Map<string, readonly AccountLeaf[]>()
      if (roots.length === 0) return found
      const prefixes = Array.from({ length: MOST_DIGITS + 1 }, (_, digits) => prefixOf(account, digits))
      const rows = await db
        .selectFrom("leaf_parts")
        .select(["root", "bytes"])
        .where("root", "in", roots)
        .where("prefix", "in", prefixes)
        .execute()
      for (const { root, bytes } of rows) {
        const own = (await leavesIn(bytes)).filter(each => each.account === account)
        if (own.length > 0) found.set(root, own)
      }
      return found
    },
  }
}

const leavesIn = (bytes: Uint8Array) => fromBytes<readonly AccountLeaf[]>(bytes)

const prefixOf = (account: Bytes32, digits: number): string => account.slice(0, "0x".length + digits)

/** By as many digits of the account's hash as leave no part too small: whoever knows the hash knows which it can be. */
function parted(leaves: readonly AccountLeaf[]): ReadonlyMap<string, readonly AccountLeaf[]> {
  let digits = 0
  while (digits < MOST_DIGITS && leaves.length >= LEAST_LEAVES * 16 ** (digits + 1)) digits++
  const parts = new Map<string, AccountLeaf[]>()
  for (const leaf of leaves) {
    const prefix = prefixOf(leaf.account, digits)
    const part = parts.get(prefix)
    if (part) part.push(leaf)
    else parts.set(prefix, [leaf])
  }
  return parts
}
