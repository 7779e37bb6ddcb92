/**
 * A snapshot's canonical text in sections of accounts, which stay what they are while their accounts do: a price that
 * moves writes and hashes the few lines behind the accounts anew, and nothing has to be one string.
 */
import type { Bytes32 } from "../domain/attestation.js"
import { type Hashing, PORTABLE_HASHING, type TextHash } from "../domain/hashing.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { accountText, BEFORE_ACCOUNTS, textAfterAccounts } from "./snapshot-format.js"

const ACCOUNTS_A_SECTION = 256

/** The same object as long as it holds the same account objects. */
export interface Section {
  readonly isFirst: boolean
  readonly accounts: readonly AccountSnapshot[]
}

export interface WrittenSnapshot {
  readonly sections: readonly Section[]
  /** What comes behind the sections. */
  readonly end: string
  /** SHA-256 of the whole text. */
  readonly hash: Bytes32
  /** The hash after each section: where the next snapshot begins that has the same sections so far. */
  readonly states: readonly TextHash[]
}

const known = new WeakMap<Snapshot, WrittenSnapshot>()

/**
 * Writes and hashes a snapshot, once.
 *
 * @param before an earlier one, whose sections are taken over where their accounts are the same objects. When an account
 *   changed, its section is written anew, and the sections behind it are hashed again.
 */
export function writtenSnapshot(
  snapshot: Snapshot,
  hashing: Hashing = PORTABLE_HASHING,
  before: WrittenSnapshot | null = null,
): WrittenSnapshot {
  const done = known.get(snapshot)
  if (done) return done
  const sections = sectionsOf(snapshot.accounts, before)
  const states = before?.states.slice(0, sharedStart(sections, before.sections)) ?? []
  let state = states.at(-1) ?? begin(hashing)
  for (const section of sections.slice(states.length)) {
    state = state.copy()
    for (const piece of sectionText(section)) state.update(piece)
    states.push(state)
  }
  const end = textAfterAccounts(snapshot)
  const whole = state.copy()
  whole.update(end)
  const written = { sections, end, hash: whole.digest(), states }
  known.set(snapshot, written)
  return written
}

/** SHA-256 of the canonical text. */
export const snapshotHash = (snapshot: Snapshot): Bytes32 => writtenSnapshot(snapshot).hash

/** The text of a section, an account a piece. */
export function* sectionText({ isFirst, accounts }: Section): Generator<string> {
  for (const [i, account] of accounts.entries())
    yield isFirst && i === 0 ? accountText(account) : `,${accountText(account)}`
}

function begin(hashing: Hashing): TextHash {
  const state = hashing.sha256()
  state.update(BEFORE_ACCOUNTS)
  return state
}

function sectionsOf(accounts: readonly AccountSnapshot[], before: WrittenSnapshot | null): readonly Section[] {
  return Array.from({ length: Math.ceil(accounts.length / ACCOUNTS_A_SECTION) }, (_, i) => {
    const held = accounts.slice(i * ACCOUNTS_A_SECTION, (i + 1) * ACCOUNTS_A_SECTION)
    const old = before?.sections[i]
    return old && isSame(old.accounts, held) ? old : { isFirst: i === 0, accounts: held }
  })
}

const isSame = (a: readonly AccountSnapshot[], b: readonly AccountSnapshot[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i])

/** How many sections both begin with. */
function sharedStart(a: readonly Section[], b: readonly Section[]): number {
  const differs = a.findIndex((section, i) => section !== b[i])
  return differs === -1 ? a.length : differs
}
