/**
 * What the service knows right now and what it attested lately; everything read over HTTP comes from here.
 * Held in memory: a restart begins with the next reading of the chains.
 */
import type { Attestation } from "../domain/attestation.js"
import type { ChainId } from "../domain/caip.js"
import type { Delivery, Receipt } from "../domain/ports.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"

/** One attested epoch and what became of it. */
export interface EpochRecord {
  readonly attestation: Attestation
  readonly assessment: Assessment
  readonly publication: (Receipt & { readonly chain: ChainId }) | null
  readonly deliveries: readonly Delivery[]
}

type Listener = () => void

export class MarginBook {
  #latest: Assessment | undefined
  readonly #epochs = new Map<bigint, EpochRecord>()
  readonly #listeners = new Set<Listener>()

  /** @param keptEpochs how many attested epochs stay readable. */
  constructor(readonly keptEpochs = 240) {}

  get latest(): Assessment | undefined {
    return this.#latest
  }

  get latestEpoch(): EpochRecord | undefined {
    return [...this.#epochs.values()].at(-1)
  }

  epoch(number: bigint): EpochRecord | undefined {
    return this.#epochs.get(number)
  }

  recordAssessment(assessment: Assessment): void {
    this.#latest = assessment
    this.#announce()
  }

  /** Adds an epoch, or replaces what is known of it. */
  recordEpoch(record: EpochRecord): void {
    this.#epochs.set(record.attestation.epoch, record)
    for (const old of [...this.#epochs.keys()].slice(0, -this.keptEpochs)) this.#epochs.delete(old)
    this.#announce()
  }

  recordPublication(epoch: bigint, publication: NonNullable<EpochRecord["publication"]>): void {
    const record = this.#epochs.get(epoch)
    if (record) this.recordEpoch({ ...record, publication })
  }

  /** Sets the row of the delivery's chain; a row of an epoch no longer kept is dropped. */
  recordDelivery(epoch: bigint, delivery: Delivery): void {
    const record = this.#epochs.get(epoch)
    if (!record) return
    const others = record.deliveries.filter(each => each.chain !== delivery.chain)
    const deliveries = [...others, delivery].sort((a, b) => (a.chain < b.chain ? -1 : 1))
    this.recordEpoch({ ...record, deliveries })
  }

  /** Calls back after every change until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #announce(): void {
    for (const listener of this.#listeners) listener()
  }
}
