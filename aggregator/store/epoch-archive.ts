/**
 * Attested epochs, kept beyond the moment: what an epoch committed to, what it was computed from, what became of it.
 */
import type { AccountLeaf, Attestation, AttestedEpoch, Bytes32 } from "../domain/attestation.js"
import type { Address, ChainId } from "../domain/caip.js"
import type { Delivery, Receipt } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import { BEFORE_ACCOUNTS } from "../pipeline/snapshot-format.js"
import { EMPTY_MEMORY, type Memory, remember } from "../pipeline/take-snapshot.js"
import { sectionText, writtenSnapshot } from "../pipeline/written-snapshot.js"

export type Publication = Receipt & { readonly chain: ChainId }

/** One attested epoch and what became of it; what it says of each account is asked for by itself. */
export interface EpochRecord {
  readonly attestation: AttestedEpoch
  readonly publication: Publication | null
  /** The message as a quorum of guardians signed it; `null` before. */
  readonly vaa: Uint8Array | null
  /** In the order of the chains' ids. */
  readonly deliveries: readonly Delivery[]
}

export interface EpochArchive {
  /** Keeps an epoch that was just attested; one that is already there is left as it is. */
  record(attestation: Attestation, snapshot: Snapshot): Promise<void>
  /** Without effect for an epoch that is not kept. */
  recordPublication(epoch: bigint, publication: Publication): Promise<void>
  /** Keeps the signed message; without effect for an epoch that is not kept. */
  recordSigned(epoch: bigint, vaa: Uint8Array): Promise<void>
  epoch(number: bigint): Promise<EpochRecord | undefined>
  /** At most `limit` epochs below `cursor` (`null`: from the newest), newest first. */
  before(cursor: bigint | null, limit: number): Promise<readonly EpochRecord[]>
  newest(): Promise<EpochRecord | undefined>
  /** An epoch with all that it says. */
  attestation(epoch: bigint): Promise<Attestation | undefined>
  /** What each of the epochs says of an account, in the order of the leaves; nothing for those that did not know it. */
  leavesOf(account: Bytes32, epochs: readonly bigint[]): Promise<ReadonlyMap<bigint, readonly AccountLeaf[]>>
  /** Whose any of the addresses was in any of the epochs. */
  accountsOf(isIt: (address: Address) => boolean, epochs: readonly bigint[]): Promise<readonly Bytes32[]>
  /** What the epoch was computed from, and can be again; kept for a shorter time than the epoch itself. */
  snapshot(epoch: bigint): Promise<Snapshot | undefined>
  /** The same with one account alone, or none where it was not there yet. */
  snapshotOf(epoch: bigint, account: string): Promise<Snapshot | undefined>
  /** The same as it is published: its canonical text as UTF-8, in pieces. */
  snapshotText(epoch: bigint): Promise<AsyncIterable<Uint8Array> | undefined>
  /** What the epoch's snapshot leaves the next one to remember. */
  memory(epoch: bigint): Promise<Memory | undefined>
}

/**
 * Forgets everything with the process, and the oldest epochs before that.
 *
 * @param deliveriesOf the outbox's word about an epoch.
 */
export function memoryArchive(
  deliveriesOf: (epoch: bigint) => Promise<readonly Delivery[]> = async () => [],
  keptEpochs = 240,
): EpochArchive {
  const epochs = new Map<bigint, KeptEpoch>()

  const recordOf = async (number: bigint | undefined): Promise<EpochRecord | undefined> => {
    const kept = number === undefined ? undefined : epochs.get(number)
    if (!kept) return undefined
    const { snapshot: _, attestation, ...record } = kept
    const deliveries = inOrder(await deliveriesOf(attestation.epoch))
    return { ...record, attestation: withoutLeaves(attestation), deliveries }
  }

  return {
    async record(attestation, snapshot) {
      if (epochs.has(attestation.epoch)) return
      epochs.set(attestation.epoch, { attestation, snapshot, publication: null, vaa: null })
      for (const old of [...epochs.keys()].slice(0, -keptEpochs)) epochs.delete(old)
    },
    async recordPublication(epoch, publication) {
      const kept = epochs.get(epoch)
      if (kept) epochs.set(epoch, { ...kept, publication })
    },
    async recordSigned(epoch, vaa) {
      const kept = epochs.get(epoch)
      if (kept) epochs.set(epoch, { ...kept, vaa })
    },
    epoch: recordOf,
    async before(cursor, limit) {
      const older = [...epochs.keys()].filter(epoch => cursor === null || epoch < cursor)
      const records = await Promise.all(older.slice(-limit).reverse().map(recordOf))
      return records.flatMap(record => record ?? [])
    },
    newest: () => recordOf([...epochs.keys()].at(-1)),
    attestation: async number => epochs.get(number)?.attestation,
    leavesOf: async (account, numbers) =>
      leavesIn(
        account,
        numbers.flatMap(each => epochs.get(each)?.attestation ?? []),
      ),
    accountsOf: async (isIt, numbers) =>
      accountsIn(
        isIt,
        numbers.flatMap(each => epochs.get(each)?.attestation ?? []),
      ),
    snapshot: async number => epochs.get(number)?.snapshot,
    async snapshotOf(number, account) {
      const kept = epochs.get(number)
      return kept && onlyAccount(kept.snapshot, account)
    },
    async snapshotText(number) {
      const kept = epochs.get(number)
      return kept && textOf(kept.snapshot)
    },
    async memory(number) {
      const kept = epochs.get(number)
      return kept && remember(EMPTY_MEMORY, kept.snapshot)
    },
  }
}

export const onlyAccount = (snapshot: Snapshot, id: string): Snapshot => ({
  ...snapshot,
  accounts: snapshot.accounts.filter(each => each.id === id),
})

interface KeptEpoch extends Omit<EpochRecord, "deliveries"> {
  readonly attestation: Attestation
  readonly snapshot: Snapshot
}

export function withoutLeaves({ leaves: _, ...epoch }: Attestation): AttestedEpoch {
  return epoch
}

/** An account's leaves in each of the epochs that knew it. */
export const leavesIn = (
  account: Bytes32,
  attestations: readonly Attestation[],
): ReadonlyMap<bigint, readonly AccountLeaf[]> =>
  new Map(
    attestations.flatMap(({ epoch, leaves }) => {
      const own = leaves.filter(leaf => leaf.account === account)
      return own.length === 0 ? [] : [[epoch, own]]
    }),
  )

export const accountsIn = (
  isIt: (address: Address) => boolean,
  attestations: readonly Attestation[],
): readonly Bytes32[] => [
  ...new Set(attestations.flatMap(({ leaves }) => leaves.filter(leaf => isIt(leaf.address)).map(leaf => leaf.account))),
]

/** A snapshot's canonical text as UTF-8, a section a piece. */
export async function* textOf(snapshot: Snapshot): AsyncGenerator<Uint8Array> {
  const { sections, end } = writtenSnapshot(snapshot)
  yield Buffer.from(BEFORE_ACCOUNTS)
  for (const section of sections) yield Buffer.from([...sectionText(section)].join(""))
  yield Buffer.from(end)
}

/** Rows in the order of the chains' ids. */
export const inOrder = (rows: readonly Delivery[]): readonly Delivery[] =>
  [...rows].sort((a, b) => (a.chain < b.chain ? -1 : 1))
