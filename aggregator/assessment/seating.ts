/**
 * Which thread has which account, and what has to be told to it: an account keeps its seat as long as it is there.
 */
import type { AccountSnapshot } from "../domain/snapshot.js"

export interface Seat {
  readonly thread: number
  /** Its place among those of the thread. */
  readonly place: number
}

interface Taken extends Seat {
  account: AccountSnapshot
  /** The last round in which it was there. */
  round: number
}

export type Change = readonly [place: number, account: AccountSnapshot | null]

export class Seating {
  readonly #threads: number
  readonly #taken = new Map<string, Taken>()
  readonly #free: Seat[] = []
  #seats = 0
  #round = 0

  constructor(threads: number) {
    this.#threads = threads
  }

  /**
   * Seats these accounts and nobody else.
   *
   * @returns one seat an account, and of each thread what has changed: who is another object than before, or gone
   * @throws TypeError when two of them have one id.
   */
  seat(accounts: readonly AccountSnapshot[]): {
    readonly seats: readonly Seat[]
    readonly changes: readonly Change[][]
  } {
    const round = ++this.#round
    const changes = Array.from({ length: this.#threads }, (): Change[] => [])
    const seats = accounts.map((account): Seat => {
      const known = this.#taken.get(account.id)
      if (known?.round === round) throw new TypeError(`two accounts are called ${account.id}`)
      const seat = known ?? { ...this.#next(), account, round }
      if (!known) this.#taken.set(account.id, seat)
      if (known?.account !== account) changes[seat.thread]?.push([seat.place, account])
      seat.account = account
      seat.round = round
      return seat
    })
    if (this.#taken.size > accounts.length) this.#release(changes)
    return { seats, changes }
  }

  #release(changes: readonly Change[][]): void {
    for (const [id, { thread, place, round }] of this.#taken) {
      if (round === this.#round) continue
      this.#taken.delete(id)
      this.#free.push({ thread, place })
      changes[thread]?.push([place, null])
    }
  }

  #next(): Seat {
    const freed = this.#free.pop()
    if (freed) return freed
    const seat = this.#seats++
    return { thread: seat % this.#threads, place: Math.floor(seat / this.#threads) }
  }
}
