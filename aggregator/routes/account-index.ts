/**
 * Accounts of an assessment by every name they have. Made once an assessment: no request looks through all accounts.
 */
import { UnknownAccountError } from "../domain/errors.js"
import type { AccountHealth } from "../domain/health.js"
import type { AccountSnapshot } from "../domain/snapshot.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"

interface AccountIndex {
  /** By id and by every linked address. */
  readonly accounts: ReadonlyMap<string, AccountSnapshot>
  readonly health: ReadonlyMap<string, AccountHealth>
}

const indexes = new WeakMap<Assessment, AccountIndex>()

/** By id or any linked address; `undefined` when there is none. */
export const accountNamed = (assessment: Assessment, id: string): AccountSnapshot | undefined =>
  indexOf(assessment).accounts.get(spelling(id))

/** @throws UnknownAccountError when no account is linked to the id. */
export function accountOf(assessment: Assessment, id: string): AccountSnapshot {
  const account = accountNamed(assessment, id)
  if (!account) throw new UnknownAccountError(id)
  return account
}

/** By the account's id. */
export const healthNamed = (assessment: Assessment, id: string): AccountHealth | undefined =>
  indexOf(assessment).health.get(id)

function indexOf(assessment: Assessment): AccountIndex {
  const known = indexes.get(assessment)
  if (known) return known
  const accounts = new Map<string, AccountSnapshot>()
  for (const account of assessment.snapshot.accounts) {
    for (const each of account.addresses) accounts.set(spelling(each), account)
  }
  for (const account of assessment.snapshot.accounts) accounts.set(account.id, account)
  const index = { accounts, health: new Map(assessment.health.map(each => [each.id, each])) }
  indexes.set(assessment, index)
  return index
}

/** One spelling for all that mean the same address. */
const spelling = (id: string): string => (/^eip155:/i.test(id) ? id.toLowerCase() : id)
