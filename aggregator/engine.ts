/**
 * The heart beat: read the chains, compute health, and once an epoch attest and publish it.
 * A fault in one beat is reported and the next beat starts anew; only the caller's signal ends it.
 */

import type { Attestation } from "./domain/attestation.js"
import type { Hashing } from "./domain/hashing.js"
import type { AttestationWire, ChainReader, Clock, PriceSource, Receipt } from "./domain/ports.js"
import type { Account, Snapshot } from "./domain/snapshot.js"
import type { Assessment } from "./pipeline/assess-snapshot.js"
import { type AttestationTerms, attest } from "./pipeline/attest.js"
import { keepUnchanged } from "./pipeline/keep-unchanged.js"
import { EMPTY_MEMORY, type Memory, remember, takeSnapshot } from "./pipeline/take-snapshot.js"
import type { LoadedPolicy } from "./policies/load.js"
import type { MarginBook } from "./store/margin-book.js"

export interface EngineParts {
  readonly readers: readonly ChainReader[]
  readonly priceSources: readonly PriceSource[]
  /** Who is margined now; asked anew at every beat. */
  accounts(): readonly Account[]
  readonly policy: LoadedPolicy
  assess(snapshot: Snapshot): Promise<Assessment>
  readonly hashing: Hashing
  readonly clock: Clock
  readonly book: MarginBook
  /** Absent: health is computed and served, nothing is published. */
  readonly wire?: AttestationWire
  readonly terms: Omit<AttestationTerms, "epoch" | "revokedBelow" | "policyHash">
  readonly refreshSeconds: number
  readonly epochSeconds: number
  report(event: EngineEvent): void
}

export type EngineEvent =
  | { readonly kind: "assessed"; readonly assessment: Assessment; readonly milliseconds: number }
  | { readonly kind: "published"; readonly epoch: bigint; readonly transaction: string }
  | { readonly kind: "failed"; readonly stage: "assess" | "publish"; readonly error: unknown }

/** Runs until the signal aborts; resolves when the beat and the publication under way have ended. */
export async function runEngine(parts: EngineParts, signal: AbortSignal): Promise<void> {
  const publisher = parts.wire && epochPublisher(parts, parts.wire)
  let memory = await memoryOf(parts.book)
  let before: Snapshot | null = null
  while (!signal.aborted) {
    const started = performance.now()
    const assessment = await guarded(parts, "assess", signal, async () => {
      const { readers, priceSources, policy, clock } = parts
      const taken = await takeSnapshot({
        readers,
        priceSources,
        accounts: parts.accounts(),
        rules: policy.policy.prices,
        memory,
        clock,
        signal,
      })
      const snapshot = keepUnchanged(before, taken)
      before = snapshot
      memory = remember(memory, snapshot)
      return parts.assess(snapshot)
    })
    if (assessment && !signal.aborted) {
      parts.book.recordAssessment(assessment)
      parts.report({ kind: "assessed", assessment, milliseconds: performance.now() - started })
      publisher?.offer(assessment, signal)
    }
    await pause(parts.refreshSeconds * 1000 - (performance.now() - started), signal)
  }
  await publisher?.idle()
}

/** What the last attested epoch showed, also one of an earlier run: a restart does not forget how fast a price may move. */
async function memoryOf(book: MarginBook): Promise<Memory> {
  const epoch = book.latestEpoch?.attestation.epoch
  const memory = epoch === undefined ? undefined : await book.memory(epoch)
  return memory ?? EMPTY_MEMORY
}

/**
 * Attests and publishes an assessment when an epoch is due, one at a time and beside the beat: a home chain that hangs
 * holds up no reading.
 */
function epochPublisher(parts: EngineParts, wire: AttestationWire) {
  let lastEpoch: bigint | undefined
  let lastBegun = Number.NEGATIVE_INFINITY
  let underway: Promise<void> | undefined
  let before: Attestation | null = null

  const publish = (assessment: Assessment, signal: AbortSignal) =>
    guarded(parts, "publish", signal, async () => {
      // Asked anew each time: somebody may have revoked epochs by a message of their own.
      const standing = await wire.standing(signal)
      lastEpoch = highest(lastEpoch ?? (await resume(standing.epoch, signal)), standing.epoch)
      // Counted up before publishing: a number that may have reached a chain is never used for other contents.
      lastEpoch += 1n
      const terms = { ...parts.terms, epoch: lastEpoch, revokedBelow: standing.revokedBelow }
      const attestation = attest(assessment, { ...terms, policyHash: parts.policy.hash }, parts.hashing, before)
      before = attestation
      await parts.book.recordEpoch(attestation, assessment)
      await published(attestation, await wire.publish(attestation, signal))
    })

  /** Finishes what an earlier run began, and resolves with the highest number used so far by anybody. */
  async function resume(held: bigint, signal: AbortSignal): Promise<bigint> {
    const newest = parts.book.latestEpoch
    if (!newest) return held
    const { epoch } = newest.attestation
    const attestation = newest.publication === null ? await parts.book.attestation(epoch) : undefined
    if (attestation) {
      const receipt = (await wire.find(attestation, signal)) ?? (await republish(attestation, held, signal))
      if (receipt) await published(attestation, receipt)
    }
    return highest(held, epoch)
  }

  /** An epoch that never left is published now, unless it is of no use any more. */
  async function republish(attestation: Attestation, held: bigint, signal: AbortSignal): Promise<Receipt | null> {
    const { epoch, timestamp, validity } = attestation
    const useless = held >= epoch || timestamp + validity <= parts.clock.now()
    return useless ? null : wire.publish(attestation, signal)
  }

  async function published({ epoch }: Attestation, receipt: Receipt): Promise<void> {
    await parts.book.recordPublication(epoch, { ...receipt, chain: wire.homeChain })
    parts.report({ kind: "published", epoch, transaction: receipt.transaction })
  }

  return {
    offer(assessment: Assessment, signal: AbortSignal): void {
      if (underway || parts.clock.now() - lastBegun < parts.epochSeconds) return
      lastBegun = parts.clock.now()
      underway = publish(assessment, signal).finally(() => {
        underway = undefined
      })
    },
    idle: async () => underway,
  }
}

const highest = (a: bigint, b: bigint): bigint => (a > b ? a : b)

async function guarded<T>(
  parts: EngineParts,
  stage: "assess" | "publish",
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!signal.aborted) parts.report({ kind: "failed", stage, error })
    return undefined
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const wake = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", wake)
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    signal.addEventListener("abort", wake)
  })
}
