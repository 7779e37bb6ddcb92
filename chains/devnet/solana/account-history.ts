/**
 * What every account was at every recent slot, so that older commitments show older states.
 * Only slots that changed an account are kept, and only as far back as a view can reach.
 */

export interface LedgerAccount {
  readonly lamports: bigint
  /** Base58. */
  readonly owner: string
  readonly data: Uint8Array
  readonly executable: boolean
  readonly rentEpoch: bigint
}

/** `account` is `null` from the slot on in which it was closed. */
interface Version {
  readonly slot: number
  readonly account: LedgerAccount | null
}

export class AccountHistory {
  readonly #versions = new Map<string, Version[]>()

  has(key: string): boolean {
    return this.#versions.has(key)
  }

  keys(): IterableIterator<string> {
    return this.#versions.keys()
  }

  /** Slots of one account must not go back; a second record for one slot replaces the first. */
  record(key: string, slot: number, account: LedgerAccount | null): void {
    const versions = this.#versions.get(key) ?? []
    if (versions.at(-1)?.slot === slot) versions.pop()
    versions.push({ slot, account })
    this.#versions.set(key, versions)
  }

  /** The account as of the end of a slot; `undefined` when it was never recorded, `null` when it did not exist then. */
  at(key: string, slot: number): LedgerAccount | null | undefined {
    const versions = this.#versions.get(key)
    return versions && (versions.findLast(version => version.slot <= slot)?.account ?? null)
  }

  /** Drops what no view at or after `slot` can see. */
  forgetBefore(slot: number): void {
    for (const [key, versions] of this.#versions) {
      const oldest = versions.findLastIndex(version => version.slot <= slot)
      if (oldest > 0) this.#versions.set(key, versions.slice(oldest))
    }
  }
}
