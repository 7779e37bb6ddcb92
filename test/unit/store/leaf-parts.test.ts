import { beforeEach, describe, expect, it } from "vitest"
import type { AccountLeaf, Attestation } from "../../../aggregator/domain/attestation.js"
import { accountHash } from "../../../aggregator/domain/leaf.js"
import { attestationTree, orderLeaves } from "../../../aggregator/domain/merkle.js"
import { type EpochArchive, memoryArchive } from "../../../aggregator/store/epoch-archive.js"
import { partCountOf } from "../../../aggregator/store/leaf-parts.js"
import { LeavesMissingError } from "../../../aggregator/store/leaf-seats.js"
import { prune } from "../../../aggregator/store/retention.js"
import { sqlArchive } from "../../../aggregator/store/sql-archive.js"
import { attestationOf, headerOf, leaves } from "../../support/attestation.js"
import { onEachDatabase } from "../../support/databases.js"
import { NOW, snapshotOf } from "../../support/snapshots.js"

const SNAPSHOT = snapshotOf([])
/** More than one part, and more rows than go into one statement. */
const MANY = 5_000
const OWNED = accountHash("owner")

type Unplaced = Omit<AccountLeaf, "index">

/** An epoch over the leaves, whatever tree they make. */
function epochOver(epoch: bigint, unplaced: readonly Unplaced[]): Attestation {
  const ordered = orderLeaves(unplaced)
  const header = headerOf(ordered.length)
  const { root } = attestationTree(header, ordered)
  return { ...attestationOf(0, epoch, NOW + Number(epoch)), root, header, leaves: ordered }
}
/** Some leaves, those in the second list now the owner's. */
const owning = (count: number, places: readonly number[]): readonly Unplaced[] =>
  leaves(count).map(leaf => (places.includes(leaf.index) ? { ...leaf, account: OWNED } : leaf))

function tellsOfAccounts(archive: () => EpochArchive): void {
  it("gives every leaf back in its place", async () => {
    const attestation = epochOver(1n, leaves(MANY))
    await archive().record(attestation, SNAPSHOT)
    expect(await archive().attestation(1n)).toEqual(attestation)
    expect(await archive().attestation(2n)).toBeUndefined()
  })

  it("tells of an account epoch by epoch, whatever addresses it had and however many others there were", async () => {
    const epochs = [
      epochOver(1n, owning(3, [1])),
      epochOver(2n, owning(3, [0, 1])),
      epochOver(3n, leaves(3)),
      epochOver(4n, owning(2_000, [7, 1_500, 1_999])),
      epochOver(5n, []),
    ]
    for (const each of epochs) await archive().record(each, SNAPSHOT)
    const found = await archive().leavesOf(OWNED, [1n, 2n, 3n, 4n, 5n, 6n])
    expect([...found.keys()].sort()).toEqual([1n, 2n, 4n])
    const own = (epoch: bigint) => found.get(epoch) ?? []
    expect([1n, 2n, 3n, 4n, 5n, 6n].map(own)).toEqual([
      ...epochs.map(each => each.leaves.filter(leaf => leaf.account === OWNED)),
      [],
    ])
    expect(await archive().leavesOf(OWNED, [])).toEqual(new Map())
  })

  it("tells whose an address was", async () => {
    const before = epochOver(1n, owning(600, [5]))
    await archive().record(before, SNAPSHOT)
    await archive().record(epochOver(2n, leaves(600)), SNAPSHOT)
    const { address } = before.leaves[5] as AccountLeaf
    const own = leaves(600)[5]?.account
    const ownersIn = (...epochs: bigint[]) => archive().accountsOf(each => each === address, epochs)
    expect(await ownersIn(1n)).toEqual([OWNED])
    expect(await ownersIn(2n)).toEqual([own])
    expect(new Set(await ownersIn(1n, 2n))).toEqual(new Set([OWNED, own]))
    expect(await ownersIn()).toEqual([])
    expect(await archive().accountsOf(() => false, [1n, 2n])).toEqual([])
  })
}

it("grows in parts by doubling", () => {
  expect([0, 1, 256, 257, 512, 513, 100_000].map(partCountOf)).toEqual([1, 1, 1, 2, 2, 4, 512])
})

describe("leaves in memory", () => {
  let archive: EpochArchive
  beforeEach(() => {
    archive = memoryArchive()
  })
  tellsOfAccounts(() => archive)
})

describe("leaves in SQL", () => {
  onEachDatabase(db => {
    tellsOfAccounts(() => sqlArchive(db()))

    const seatCount = async () => (await db().selectFrom("leaf_seats").select("name").execute()).length
    const partCount = async () => (await db().selectFrom("leaf_parts").select("part").execute()).length

    it("keeps who has which leaf once for all epochs, and anew only where somebody came or went", async () => {
      const archive = sqlArchive(db())
      await archive.record(epochOver(1n, leaves(600)), SNAPSHOT)
      expect([await seatCount(), await partCount()]).toEqual([4, 4])
      await archive.record(
        epochOver(
          2n,
          leaves(600).map(leaf => ({ ...leaf, asOf: leaf.asOf + 1 })),
        ),
        SNAPSHOT,
      )
      expect([await seatCount(), await partCount()]).toEqual([4, 8])
      await archive.record(epochOver(3n, leaves(600).slice(1)), SNAPSHOT)
      expect([await seatCount(), await partCount()]).toEqual([5, 12])
      // Another process knows nothing of what is there, and writes nothing twice.
      await sqlArchive(db()).record(epochOver(4n, leaves(600)), SNAPSHOT)
      expect([await seatCount(), await partCount()]).toEqual([5, 16])
    })

    it("writes who has which leaf again where it was dropped, and drops it after its last epoch", async () => {
      const archive = sqlArchive(db())
      const DAY = 86_400
      await archive.record({ ...epochOver(1n, owning(600, [3])), timestamp: NOW - 2 * DAY }, SNAPSHOT)
      const last = epochOver(2n, leaves(600))
      await archive.record(last, SNAPSHOT)
      await prune(db(), { keepSnapshotsDays: 1, keepEpochsDays: 1 }, NOW)
      expect([await seatCount(), await partCount()]).toEqual([4, 4])
      expect(await archive.attestation(2n)).toEqual(last)
      await db().deleteFrom("leaf_seats").execute()
      const next = epochOver(3n, leaves(600))
      await archive.record(next, SNAPSHOT)
      expect(await sqlArchive(db()).attestation(3n)).toEqual(next)
    })

    it("says so when somebody else dropped who has which leaf", async () => {
      await sqlArchive(db()).record(epochOver(1n, owning(3, [1])), SNAPSHOT)
      await db().deleteFrom("leaf_seats").execute()
      const archive = sqlArchive(db())
      await expect(archive.attestation(1n)).rejects.toBeInstanceOf(LeavesMissingError)
      await expect(archive.leavesOf(OWNED, [1n])).rejects.toBeInstanceOf(LeavesMissingError)
    })

    it("has nothing of an epoch whose leaves could not all be written", async () => {
      let left = 2
      const failing = db().withPlugin({
        transformQuery: ({ node }) => {
          const isPart = node.kind === "InsertQueryNode" && node.into?.table.identifier.name === "leaf_parts"
          if (isPart && --left === 0) throw new Error("cut off")
          return node
        },
        transformResult: async ({ result }) => result,
      })
      const attestation = epochOver(1n, leaves(MANY))
      await expect(sqlArchive(failing).record(attestation, SNAPSHOT)).rejects.toThrow("cut off")
      expect(await sqlArchive(db()).newest()).toBeUndefined()
      expect(await partCount()).toBe(0)
      await sqlArchive(db()).record(attestation, SNAPSHOT)
      expect(await sqlArchive(db()).attestation(1n)).toEqual(attestation)
    })
  })
})
