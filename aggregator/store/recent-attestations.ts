/**
 * The attestations that were asked for last, whole: who proves accounts asks for the same few again and again, and each has
 * a tree that stays with it.
 */
import type { Attestation } from "../domain/attestation.js"

/** The newest, the one that receivers hold, and one that somebody looks up. */
const KEPT = 3

export class RecentAttestations {
  readonly #kept = new Map<bigint, Promise<Attestation | undefined>>()

  constructor(private readonly read: (epoch: bigint) => Promise<Attestation | undefined>) {}

  add(attestation: Attestation): void {
    this.#keep(attestation.epoch, Promise.resolve(attestation))
  }

  /** Who asks for an epoch that is being read waits for the same reading. */
  of(epoch: bigint): Promise<Attestation | undefined> {
    const known = this.#kept.get(epoch)
    const attestation = known ?? this.read(epoch)
    this.#keep(epoch, attestation)
    if (!known) this.#forgetUnless(attestation, epoch)
    return attestation
  }

  #keep(epoch: bigint, attestation: Promise<Attestation | undefined>): void {
    this.#kept.delete(epoch)
    this.#kept.set(epoch, attestation)
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(oldest)
  }

  /** What is not there, or failed to be read, may be the next time. */
  #forgetUnless(attestation: Promise<Attestation | undefined>, epoch: bigint): void {
    const forget = () => {
      if (this.#kept.get(epoch) === attestation) this.#kept.delete(epoch)
    }
    attestation.then(found => found ?? forget(), forget)
  }
}
