/**
 * One account, what it is read from and what it is margined by: the form in which every question about margin is asked.
 * A question changes the case and has it assessed again by the whole pipeline; nothing here knows how margin is computed.
 */
import { UnknownAccountError } from "../domain/errors.js"
import type { AccountHealth, MarginFigures } from "../domain/health.js"
import { isPosition, type Leg, type PositionLeg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { assessSnapshot } from "../pipeline/assess-snapshot.js"
import { looksAtOthers } from "../pipeline/run-risk-arrays.js"
import { othersOf } from "./other-accounts.js"

/** What turns a snapshot into health. */
export interface Margining {
  readonly policy: MarginPolicy
  readonly kernel: RiskKernel
}

export interface AccountCase extends Margining {
  /** Holds `account` and no other, with the quotes of what it holds: small enough to be assessed many times. */
  readonly snapshot: Snapshot
  readonly account: AccountSnapshot
  /** Everybody else in sum, for methodologies that look at what all deposit and borrow. */
  readonly others: AccountSnapshot
}

/**
 * The case of one account of a snapshot.
 *
 * @throws UnknownAccountError when the snapshot has no account of that id.
 */
export function caseOf(snapshot: Snapshot, id: string, margining: Margining): AccountCase {
  const account = snapshot.accounts.find(each => each.id === id)
  if (!account) throw new UnknownAccountError(id)
  const held = account.legs.filter(isPosition).map(leg => expiryKey(leg.instrument))
  const quotes = snapshot.quotes.filter(quote => held.includes(expiryKey(quote.instrument)))
  const { policy, kernel } = margining
  const others = othersOf(snapshot, account)
  return { policy, kernel, account, others, snapshot: { ...snapshot, accounts: [account], quotes } }
}

/** Quotes of one underlying and expiry stay together: a methodology may take the expiry's rate from any of them. */
const expiryKey = (instrument: PositionLeg["instrument"]): string =>
  `${instrument.underlying} ${"expiry" in instrument ? instrument.expiry : ""}`

/** The same case with another snapshot around the account, or another account within it. */
export const recast = (asked: AccountCase, snapshot: Snapshot, account = asked.account): AccountCase => ({
  ...asked,
  account,
  snapshot: { ...snapshot, accounts: [account] },
})

export const withLegs = (asked: AccountCase, legs: readonly Leg[]): AccountCase =>
  recast(asked, asked.snapshot, { ...asked.account, legs })

/** Health of the account, by the pipeline that margins every account. */
export function healthOf(asked: AccountCase): AccountHealth {
  const [health] = assessSnapshot(among(asked), asked.policy, asked.kernel).health
  if (!health) throw new RangeError("a case has one account")
  return health
}

/** The figures alone; `null` where there are none. */
export const standingOf = (asked: AccountCase): MarginFigures | null => healthOf(asked).figures

/** The figures with each of these books of legs instead of the account's own, in one pass of the kernel. */
export function standingOfEach(
  asked: AccountCase,
  books: readonly (readonly Leg[])[],
): readonly (MarginFigures | null)[] {
  if (looksAtOthers(asked.policy)) return books.map(legs => standingOf(withLegs(asked, legs)))
  // Variants stand in the snapshot like accounts of their own, which do not influence each other.
  const accounts = books.map((legs, i) => ({ ...asked.account, id: String(i), legs }))
  return assessSnapshot({ ...asked.snapshot, accounts }, asked.policy, asked.kernel).health.map(each => each.figures)
}

function among(asked: AccountCase): Snapshot {
  const { snapshot, others } = asked
  return looksAtOthers(asked.policy) ? { ...snapshot, accounts: [...snapshot.accounts, others] } : snapshot
}
