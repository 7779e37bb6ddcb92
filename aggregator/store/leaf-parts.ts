/**
 * An epoch's leaves in parts by account, so that one account is read without the others. Who has which leaf hardly changes
 * and is kept apart; an epoch adds its figures.
 */
import { setImmediate as nextTurn } from "node:timers/promises"
import type { AccountLeaf, Bytes32 } from "../domain/attestation.js"
import type { Address } from "../domain/caip.js"
import type { Database } from "./database.js"
import { packed, unpacked } from "./encoding.js"
import { encodeFigures, figuresAt } from "./leaf-figures.js"
import { inRows, leafSeats, type Seat } from "./leaf-seats.js"

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
/** So many a statement that none takes long. */
const PARTS_AT_ONCE = 16

/** A power of two, so that hardly any growth moves the parts. */
export const partCountOf = (leafCount: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(1, leafCount / LEAVES_A_PART)))

export function leafParts(db: Database) {
  const seats = leafSeats(db)
  /** The parts of the last epoch that was kept, by their number. */
  let last: { readonly count: number; readonly names: ReadonlyMap<number, string> } = { count: 0, names: new Map() }

  return {
    /** Stores who has the leaves, and gives what is still to be stored of the epoch itself. */
    async prepare(epoch: bigint, leaves: readonly AccountLeaf[]): Promise<readonly LeafPart[]> {
      const count = partCountOf(leaves.length)
      const before = last.count === count ? last.names : new Map<number, string>()
      const held = await divided(leaves, count)
      const same = new Map<number, string>()
      for (const [part, own] of held) {
        const name = before.get(part)
        if (name !== undefined && seats.isOf(name, own)) same.set(part, name)
      }
      const there = await seats.renewed([...same.values()], epoch)
      const parts: LeafPart[] = []
      const names = new Map<number, string>()
      for (const [part, own] of held) {
        const known = same.get(part)
        const name = known !== undefined && there.has(known) ? known : await seats.put(own, epoch, count)
        names.set(part, name)
        parts.push({ part, seats: name, figures: await packed(encodeFigures(own)) })
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
      for (let first = 0; first < partCount; first += PARTS_AT_ONCE) {
        const rows = await db
          .selectFrom("leaf_parts")
          .select(["seats", "figures"])
          .where("epoch", "=", epoch)
          .where("part", ">=", first)
          .where("part", "<", first + PARTS_AT_ONCE)
          .execute()
        const seatsOf = await seats.named(rows.map(each => each.seats))
        for (const row of rows) {
          const figures = await unpacked(row.figures)
          for (const [place, seat] of seatsOf(row.seats).entries()) {
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
        const seatsOf = await seats.named(rows.map(each => each.seats))
        const leavesIn = async (row: (typeof rows)[number]) => {
          const figures = await unpacked(row.figures)
          return [...seatsOf(row.seats).entries()].flatMap(([place, seat]) =>
            seat[3] === account ? [leafOf(seat, figures, place)] : [],
          )
        }
        const leaves = await Promise.all(rows.map(leavesIn))
        for (const [i, { epoch }] of rows.entries()) {
          const own = leaves[i] ?? []
          if (own.length > 0) found.set(epoch, own)
        }
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
        const seatsOf = await seats.named(names)
        for (const [address, , , account] of names.flatMap(seatsOf)) if (isIt(address)) accounts.add(account)
      }
      return [...accounts]
    },
  }
}

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

function leafOf([address, wormholeChain, holder, account]: Seat, figures: Uint8Array, place: number): AccountLeaf {
  const { index, status, asOf, ...amounts } = figuresAt(figures, place)
  return { index, address, wormholeChain, holder, account, ...amounts, status, asOf }
}
