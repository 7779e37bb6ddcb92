/**
 * Who has which leaf, a part a text, kept once for all epochs that agree on it, by the hash of the text.
 */
import { createHash } from "node:crypto"
import { sql } from "kysely"
import type { AccountLeaf, Bytes32 } from "../domain/attestation.js"
import type { Address } from "../domain/caip.js"
import { PlimsollError } from "../domain/errors.js"
import type { Database } from "./database.js"
import { packed, unpacked } from "./encoding.js"

/** Who has a leaf. */
export type Seat = readonly [address: Address, wormholeChain: number, holder: Bytes32, account: Bytes32]

/** The database has an epoch and not all of its leaves: somebody else wrote in it. */
export class LeavesMissingError extends PlimsollError {
  readonly code = "LEAVES_MISSING"
  constructor(readonly part: string) {
    super(`the database does not have who is in part ${part} of an epoch's leaves; restore it from a backup`)
  }
}

/** So much a statement that none takes long. */
const ROWS_AT_ONCE = 16
/** Parts that stay in memory, and twice as many as an epoch has. */
const KNOWN_PARTS = 1_024

export function leafSeats(db: Database) {
  const known = new Map<string, readonly Seat[]>()

  function remember(name: string, seats: readonly Seat[], partCount = 0): void {
    known.delete(name)
    known.set(name, seats)
    for (const oldest of known.keys()) {
      if (known.size <= Math.max(KNOWN_PARTS, 2 * partCount)) break
      known.delete(oldest)
    }
  }

  return {
    /** Whether the part is in memory, and is of these leaves. */
    isOf(name: string, leaves: readonly AccountLeaf[]): boolean {
      const seats = known.get(name)
      return seats !== undefined && sameSeats(seats, leaves)
    },

    /** Of parts that were stored before, those that still are; they belong to this epoch too from now on. */
    async renewed(names: readonly string[], epoch: bigint): Promise<ReadonlySet<string>> {
      const there = new Set<string>()
      for (const some of inRows(names)) {
        const rows = await db
          .updateTable("leaf_seats")
          .set({ newest: noLessThan(epoch) })
          .where("name", "in", some)
          .returning("name")
          .execute()
        for (const { name } of rows) there.add(name)
      }
      return there
    },

    /**
     * Stores a part, and gives its name.
     *
     * @param partCount how many the epoch has: none of them is let go of before the next one.
     */
    async put(leaves: readonly AccountLeaf[], epoch: bigint, partCount: number): Promise<string> {
      const seats = leaves.map(seatOf)
      const text = JSON.stringify(seats)
      const name = createHash("sha256").update(text, "utf8").digest("hex")
      await db
        .insertInto("leaf_seats")
        .values({ name, bytes: await packed(text), newest: epoch })
        .onConflict(conflict => conflict.column("name").doUpdateSet({ newest: noLessThan(epoch) }))
        .execute()
      remember(name, seats, partCount)
      return name
    },

    /**
     * The parts of these names.
     *
     * @throws LeavesMissingError when one that is asked of the result is not stored.
     */
    async named(names: readonly string[]): Promise<(name: string) => readonly Seat[]> {
      const wanted = [...new Set(names)]
      const found = new Map<string, readonly Seat[]>()
      for (const name of wanted) {
        const seats = known.get(name)
        if (seats) found.set(name, seats)
      }
      for (const some of inRows(wanted.filter(each => !found.has(each)))) {
        const rows = await db.selectFrom("leaf_seats").select(["name", "bytes"]).where("name", "in", some).execute()
        for (const { name, bytes } of rows) {
          const seats: readonly Seat[] = JSON.parse((await unpacked(bytes)).toString("utf8"))
          found.set(name, seats)
          remember(name, seats)
        }
      }
      return name => {
        const seats = found.get(name)
        if (!seats) throw new LeavesMissingError(name)
        return seats
      }
    },
  }
}

/** As many at once as a statement takes. */
export function* inRows<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let first = 0; first < all.length; first += ROWS_AT_ONCE) yield all.slice(first, first + ROWS_AT_ONCE)
}

/** An older epoch that is written later does not make what it shares with newer ones older. */
const noLessThan = (epoch: bigint) => sql<bigint>`greatest(leaf_seats.newest, ${epoch})`

const seatOf = ({ address, wormholeChain, holder, account }: AccountLeaf): Seat => [
  address,
  wormholeChain,
  holder,
  account,
]

const sameSeats = (seats: readonly Seat[], leaves: readonly AccountLeaf[]): boolean =>
  seats.length === leaves.length &&
  leaves.every((leaf, i) => {
    const [address, wormholeChain, holder, account] = seats[i] as Seat
    return (
      leaf.address === address &&
      leaf.account === account &&
      leaf.holder === holder &&
      leaf.wormholeChain === wormholeChain
    )
  })
