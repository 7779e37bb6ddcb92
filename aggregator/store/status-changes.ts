/**
 * Which accounts changed status from one assessment to the next, and the newest of these changes for whoever follows them.
 */
import type { AccountStatus } from "../domain/health.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"

export interface StatusChange {
  readonly account: string
  readonly from: AccountStatus
  readonly to: AccountStatus
  /** Unix seconds. */
  readonly valuationTime: number
}

/** Who falls behind by more sees what is true now instead. */
const MOST_KEPT = 1_000

export class StatusChanges {
  #seen: Assessment | undefined
  #statuses: ReadonlyMap<string, AccountStatus> = new Map()
  #kept: StatusChange[] = []
  /** How many there have been before the kept ones. */
  #dropped = 0

  /** How many there have been. */
  get count(): number {
    return this.#dropped + this.#kept.length
  }

  /** The first assessment has nothing to differ from; an account that is new or gone has not changed. */
  observe(assessment: Assessment): void {
    if (assessment === this.#seen) return
    const before = this.#statuses
    this.#statuses = new Map(assessment.health.map(each => [each.id, each.status]))
    this.#seen = assessment
    const { valuationTime } = assessment.snapshot
    for (const [account, to] of this.#statuses) {
      const from = before.get(account)
      if (from !== undefined && from !== to) this.#kept.push({ account, from, to, valuationTime })
    }
    const surplus = this.#kept.length - MOST_KEPT
    if (surplus <= 0) return
    this.#kept = this.#kept.slice(surplus)
    this.#dropped += surplus
  }

  /** Those that followed the first `count`, as far as they are kept. */
  since(count: number): readonly StatusChange[] {
    return this.#kept.slice(Math.max(0, count - this.#dropped))
  }
}
