/**
 * Gives accounts that were read again, and found as they were, the very objects of the reading before: whoever remembers
 * something of an account by its object need not do it again, and memory holds one copy.
 */
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"

/** The same snapshot, made of the earlier one's accounts where nothing about them changed. */
export function keepUnchanged(before: Snapshot | null, snapshot: Snapshot): Snapshot {
  if (!before) return snapshot
  const known = new Map(before.accounts.map(account => [account.id, account]))
  const accounts = snapshot.accounts.map((account): AccountSnapshot => {
    const old = known.get(account.id)
    return old && isEqual(old, account) ? old : account
  })
  return { ...snapshot, accounts }
}

/** Of plain data: values, lists, records. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, i) => isEqual(each, b[i]))
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(key => Object.hasOwn(b, key) && isEqual(memberOf(a, key), memberOf(b, key)))
}

const memberOf = (record: object, key: string): unknown => (record as Record<string, unknown>)[key]
