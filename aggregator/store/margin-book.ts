/**
 * What the service knows right now, and the way to what it attested before; everything read over HTTP comes from here.
 * The newest of everything is in memory, the rest is read from the archive.
 */
import type { AccountLeaf, Attestation, Bytes32 } from "../domain/attestation.js"
import type { Address } from "../domain/caip.js"
import type { Delivery } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { Memory } from "../pipeline/take-snapshot.js"
import {
  type EpochArchive,
  type EpochRecord,
  inOrder,
  memoryArchive,
  type Publication,
  withoutLeaves,
} from "./epoch-archive.js"
import { RecentAttestations } from "./recent-attestations.js"

type Listener = () => void

export class MarginBook {
  #latest: Assessment | undefined
  #latestEpoch: EpochRecord | undefined
  readonly #listeners = new Set<Listener>()
  readonly #attestations: RecentAttestations
  #version = 0

  constructor(readonly archive: EpochArchive = memoryArchive()) {
    this.#attestations = new RecentAttestations(epoch => archive.attestation(epoch))
  }

  /** The last computed health; `undefined` until the chains have been read once since the start. */
  get latest(): Assessment | undefined {
    return this.#latest
  }

  /** Grows with every change: what was rendered at one version is good until the next. */
  get version(): number {
    return this.#version
  }

  get latestEpoch(): EpochRecord | undefined {
    return this.#latestEpoch
  }

  /** An attested epoch, also one of an earlier run; `undefined` when it is unknown or no longer kept. */
  async epoch(number: bigint): Promise<EpochRecord | undefined> {
    if (this.#latestEpoch?.attestation.epoch === number) return this.#latestEpoch
    return this.archive.epoch(number)
  }

  /** An epoch with all its leaves, which takes a moment where it is none of the last that were asked for. */
  attestation(epoch: bigint): Promise<Attestation | undefined> {
    return this.#attestations.of(epoch)
  }

  /** What each of the epochs says of an account; nothing for those that did not know it. */
  leavesOf(account: Bytes32, epochs: readonly bigint[]): Promise<ReadonlyMap<bigint, readonly AccountLeaf[]>> {
    return this.archive.leavesOf(account, epochs)
  }

  /** Whose any of the addresses was in any of the epochs; looks through everybody. */
  accountsOf(isIt: (address: Address) => boolean, epochs: readonly bigint[]): Promise<readonly Bytes32[]> {
    return this.archive.accountsOf(isIt, epochs)
  }

  /** What an epoch's snapshot leaves the next one to remember; `undefined` when it is unknown or no longer kept. */
  memory(epoch: bigint): Promise<Memory | undefined> {
    return this.archive.memory(epoch)
  }

  /** What an epoch was computed from; `undefined` when it is unknown or no longer kept. */
  snapshot(epoch: bigint): Promise<Snapshot | undefined> {
    return this.archive.snapshot(epoch)
  }

  /** The same with one account alone, without making the others of it. */
  snapshotOf(epoch: bigint, account: string): Promise<Snapshot | undefined> {
    return this.archive.snapshotOf(epoch, account)
  }

  /** The same as the canonical text that is published, in pieces. */
  snapshotText(epoch: bigint): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.archive.snapshotText(epoch)
  }

  /** At most `limit` epochs below `cursor` (`null`: from the newest), newest first. */
  async epochsBefore(cursor: bigint | null, limit: number): Promise<readonly EpochRecord[]> {
    const records = await this.archive.before(cursor, limit)
    const newest = this.#latestEpoch
    return records.map(record => (record.attestation.epoch === newest?.attestation.epoch ? newest : record))
  }

  /** Takes up where an earlier run ended. */
  async resume(): Promise<EpochRecord | undefined> {
    this.#latestEpoch = await this.archive.newest()
    return this.#latestEpoch
  }

  recordAssessment(assessment: Assessment): void {
    this.#latest = assessment
    this.#announce()
  }

  /** Adds an epoch; resolves when it is kept. */
  async recordEpoch(attestation: Attestation, { snapshot }: Pick<Assessment, "snapshot">): Promise<void> {
    await this.archive.record(attestation, snapshot)
    this.#attestations.add(attestation)
    this.#latestEpoch = { attestation: withoutLeaves(attestation), publication: null, vaa: null, deliveries: [] }
    this.#announce()
  }

  async recordPublication(epoch: bigint, publication: Publication): Promise<void> {
    await this.archive.recordPublication(epoch, publication)
    this.#update(epoch, () => ({ publication }))
  }

  async recordSigned(epoch: bigint, vaa: Uint8Array): Promise<void> {
    await this.archive.recordSigned(epoch, vaa)
    this.#update(epoch, () => ({ vaa }))
  }

  /** Tells what became of an epoch on a chain. The outbox keeps it, the book only shows the newest epoch's rows. */
  showDelivery(epoch: bigint, delivery: Delivery): void {
    this.#update(epoch, ({ deliveries }) => ({
      deliveries: inOrder([...deliveries.filter(each => each.chain !== delivery.chain), delivery]),
    }))
  }

  /** Calls back after every change until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #update(epoch: bigint, change: (record: EpochRecord) => Partial<EpochRecord>): void {
    if (this.#latestEpoch?.attestation.epoch === epoch) {
      this.#latestEpoch = { ...this.#latestEpoch, ...change(this.#latestEpoch) }
    }
    this.#announce()
  }

  #announce(): void {
    this.#version++
    for (const listener of this.#listeners) listener()
  }
}
