/**
 * Gives accounts that were read again, and found as they were, the very objects of the reading before: whoever remembers
 * something of an account by its object need not do it again, and memory holds one copy.
 */
import { sharedInstrument } from "../domain/instrument.js"
import { isPosition, type PositionLeg } from "../domain/leg.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"

/** The same snapshot, made of the earlier one's accounts where nothing about them changed. */
export function keepUnchanged(before: Snapshot | null, snapshot: Snapshot): Snapshot {
  const known = new Map(before?.accounts.map(account => [account.id, account]))
  const accounts = snapshot.accounts.map((account): AccountSnapshot => {
    const old = known.get(account.id)
    return old && isEqual(old, account) ? old : withSharedInstruments(account)
  })
  return { ...snapshot, accounts }
}

/** The same account; what it holds are the objects that other accounts hold too. */
function withSharedInstruments(account: AccountSnapshot): AccountSnapshot {
  return { ...account, legs: account.legs.map(leg => (isPosition(leg) ? withSharedInstrument(leg) : leg)) }
}

const withSharedInstrument = (leg: PositionLeg): PositionLeg =>
  ({ ...leg, instrument: sharedInstrument(leg.instrument) }) as PositionLeg

type Plain = Readonly<Record<string, unknown>>

/** Of plain data: values, lists, records. No list of keys is made, since a beat compares a million records. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b)
  return !Array.isArray(b) && sameMembers(a as Plain, b as Plain)
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!isEqual(a[i], b[i])) return false
  return true
}

function sameMembers(a: Plain, b: Plain): boolean {
  let more = 0
  for (const key in a) {
    const [value, other] = [a[key], b[key]]
    if (value !== other && !isEqual(value, other)) return false
    if (other === undefined && !(key in b)) return false
    more++
  }
  for (const _ in b) more--
  return more === 0
}
