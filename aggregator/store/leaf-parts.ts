/**
 * An epoch's leaves in parts by account, so that one account is read without the others. Who has which leaf hardly changes:
 * those texts are kept once for all epochs that have them, and an epoch adds its figures.
 */
import { createHash } from "node:crypto"
import { setImmediate as nextTurn } from "node:timers/promises"
import { sql } from "kysely"
import type { AccountLeaf, Bytes32 } from "../domain/attestation.js"
import type { Address } from "../domain/caip.js"
import { PlimsollError } from "../domain/errors.js"
import type { Database } from "./database.js"
import { packed, unpacked } from "./encoding.js"
import { encodeFigures, figuresAt } from "./leaf-figures.js"

/** Who has a leaf: [address, Wormhole chain, holder, account]. */
type Seat = readonly [address: Address, wormholeChain: number, holder: Bytes32, account: Bytes32]

/** The database has an epoch and not all of its leaves: somebody else wrote in it. */
export class LeavesMissingError extends PlimsollError {
  readonly code = "LEAVES_MISSING"
  constructor(readonly part: string) {
    super(`the database does not have who is in part ${part} of an epoch's leaves; restore it from a backup`)
  }
}

/** A part of an epoch as it is stored. */
interface LeafPart {
  readonly part: number
  readonly seats: string
  readonly figures: Uint8Array
}

/** An epoch whose leaves are in so many parts. */
export interface PartedEpoch {
  readonly epoch: bigint
  readonly partCount: number
}

const LEAVES_A_PART = 256
/** Leaves that are told apart before others have their turn. */
const LEAVES_A_TURN = 8_192
/** So much a statement that none takes long. */
const ROWS_AT_ONCE = 16
/** Parts whose seats stay in memory, and twice as many as the last epoch had. */
const KNOWN_PARTS = 1_024

/** A power of two, so that hardly any growth moves the parts. */
export const partCountOf = (leafCount: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(1, leafCount / LEAVES_A_PART)))

export function leafParts(db: Database) {
  const known = new Map<string, readonly Seat[]>()
  /** The parts of the last epoch that was kept, by their number. */
  let last: { readonly count: number; readonly names: ReadonlyMap<number, string> } = { count: 0, names: new Map() }

  function remember(name: string, seats: readonly Seat[]): void {
    known.delete(name)
    known.set(name, seats)
    for (const oldest of known.keys()) {
      if (known.size <= Math.max(KNOWN_PARTS, 2 * last.count)) break
      known.delete(oldest)
    }
  }

  /** Of seats that were stored before, those that still are; they belong to this epoch too from now on. */
  async function renewed(names: readonly string[], epoch: bigint): Promise<ReadonlySet<string>> {
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
  }

  async function putSeats(leaves: readonly AccountLeaf[], epoch: bigint): Promise<string> {
    const seats = leaves.map(seatOf)
    const text = JSON.stringify(seats)
    const name = createHash("sha256").update(text, "utf8").digest("hex")
    await db
      .insertInto("leaf_seats")
      .values({ name, bytes: await packed(text), newest: epoch })
      .onConflict(conflict => conflict.column("name").doUpdateSet({ newest: noLessThan(epoch) }))
      .execute()
    remember(name, seats)
    return name
  }

  /** @throws LeavesMissingError */
  async function seatsOf(names: readonly string[]): Promise<(name: string) => readonly Seat[]> {
    const found = new Map<string, readonly Seat[]>()
    for (const name of new Set(names)) {
      const seats = known.get(name)
      if (seats) found.set(name, seats)
    }
    for (const some of inRows([...new Set(names)].filter(each => !found.has(each)))) {
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
  }

  return {
    /** Stores who has the leaves, and gives what is still to be stored of the epoch itself. */
    async prepare(epoch: bigint, leaves: readonly AccountLeaf[]): Promise<readonly LeafPart[]> {
      const count = partCountOf(leaves.length)
      const before = last.count === count ? last.names : new Map<number, string>()
      const held = await divided(leaves, count)
      const same = new Map<number, string>()
      for (const [part, own] of held) {
        const name = before.get(part)
        const seats = name === undefined ? undefined : known.get(name)
        if (name !== undefined && seats && sameSeats(seats, own)) same.set(part, name)
      }
      const there = await renewed([...same.values()], epoch)
      last = { count, names: before }
      const parts: LeafPart[] = []
      const names = new Map<number, string>()
      for (const [part, own] of held) {
        const name = same.get(part)
        const seats = name !== undefined && there.has(name) ? name : await putSeats(own, epoch)
        names.set(part, seats)
        parts.push({ part, seats, figures: await packed(encodeFigures(own)) })
      }
      last = { count, names }
      return parts
    },

    /** Stores the parts of an epoch that is in the same transaction. */
    async put(transaction: Database, epoch: bigint, parts: readonly LeafPart[]): Promise<void> {
      for (const some of inRows(parts)) {
        await transaction
          .insertInto("leaf_parts")
          .values(some.map(part => ({ epoch, ...part })))
          .execute()
        await nextTurn()
      }
    },

    /** All leaves of an epoch, in their order. */
    async all({ epoch, partCount }: PartedEpoch): Promise<readonly AccountLeaf[]> {
      const leaves: AccountLeaf[] = []
      for (let first = 0; first < partCount; first += ROWS_AT_ONCE) {
        const rows = await db
          .selectFrom("leaf_parts")
          .select(["seats", "figures"])
          .where("epoch", "=", epoch)
          .where("part", ">=", first)
          .where("part", "<", first + ROWS_AT_ONCE)
          .execute()
        const seats = await seatsOf(rows.map(each => each.seats))
        for (const row of rows) {
          const figures = await unpacked(row.figures)
          for (const [place, seat] of seats(row.seats).entries()) {
            const leaf = leafOf(seat, figures, place)
            leaves[leaf.index] = leaf
          }
        }
      }
      return leaves
    },

    /** An account's leaves in each of the epochs, by the epoch. */
    async ofAccount(
      account: Bytes32,
      epochs: readonly PartedEpoch[],
    ): Promise<ReadonlyMap<bigint, readonly AccountLeaf[]>> {
      const found = new Map<bigint, readonly AccountLeaf[]>()
      for (const partCount of new Set(epochs.map(each => each.partCount))) {
        const some = epochs.filter(each => each.partCount === partCount).map(each => each.epoch)
        const rows = await db
          .selectFrom("leaf_parts")
          .select(["epoch", "seats", "figures"])
          .where("part", "=", partOf(account, partCount))
          .where("epoch", "in", some)
          .execute()
        const seats = await seatsOf(rows.map(each => each.seats))
        const leavesIn = async (row: (typeof rows)[number]) => {
          const figures = await unpacked(row.figures)
          return [...seats(row.seats).entries()].flatMap(([place, seat]) =>
            seat[3] === account ? [leafOf(seat, figures, place)] : [],
          )
        }
        const leaves = await Promise.all(rows.map(leavesIn))
        for (const [i, { epoch }] of rows.entries()) found.set(epoch, leaves[i] ?? [])
      }
      return found
    },

    /** Whose leaves addresses were in any of the epochs: looks through who has leaves, and not at their figures. */
    async accountsOf(isIt: (address: Address) => boolean, epochs: readonly bigint[]): Promise<readonly Bytes32[]> {
      if (epochs.length === 0) return []
      const rows = await db
        .selectFrom("leaf_parts")
        .select("seats")
        .distinct()
        .where("epoch", "in", [...epochs])
        .execute()
      const accounts = new Set<Bytes32>()
      for (const some of inRows(rows)) {
        await nextTurn()
        const names = some.map(each => each.seats)
        const seats = await seatsOf(names)
        for (const [address, , , account] of names.flatMap(seats)) if (isIt(address)) accounts.add(account)
      }
      return [...accounts]
    },
  }
}

/** An older epoch that is written later does not make what it shares with newer ones older. */
const noLessThan = (epoch: bigint) => sql<bigint>`greatest(leaf_seats.newest, ${epoch})`

/** Leaves by the number of their part, in their order. */
async function divided(
  leaves: readonly AccountLeaf[],
  count: number,
): Promise<ReadonlyMap<number, readonly AccountLeaf[]>> {
  const parts = new Map<number, AccountLeaf[]>()
  for (let first = 0; first < leaves.length; first += LEAVES_A_TURN) {
    for (const leaf of leaves.slice(first, first + LEAVES_A_TURN)) {
      const part = partOf(leaf.account, count)
      const held = parts.get(part)
      if (held) held.push(leaf)
      else parts.set(part, [leaf])
    }
    await nextTurn()
  }
  return parts
}

/** By the account's hash, whose first 32 bits are as good as any. */
const partOf = (account: Bytes32, count: number): number => Number.parseInt(account.slice(2, 10), 16) % count

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

function leafOf([address, wormholeChain, holder, account]: Seat, figures: Uint8Array, place: number): AccountLeaf {
  const { index, status, asOf, ...amounts } = figuresAt(figures, place)
  return { index, address, wormholeChain, holder, account, ...amounts, status, asOf }
}

function* inRows<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let first = 0; first < all.length; first += ROWS_AT_ONCE) yield all.slice(first, first + ROWS_AT_ONCE)
}
