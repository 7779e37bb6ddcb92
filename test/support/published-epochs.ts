/**
 * Random epochs as a service publishes them: a snapshot, the policy and the kernel as they ship, and what they commit to.
 */
import fc from "fast-check"
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { sha256Hex } from "../../aggregator/domain/canonical.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import type { Snapshot } from "../../aggregator/domain/snapshot.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { attest } from "../../aggregator/pipeline/attest.js"
import { encodeCommitment } from "../../aggregator/pipeline/commitment-format.js"
import { encodeSnapshot } from "../../aggregator/pipeline/snapshot-format.js"
import type { PublishedEpoch } from "../../aggregator/pipeline/verify-epoch.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { kernelBytes, shippedKernel } from "./kernel.js"
import { RANDOM_SNAPSHOT_CHAINS, randomSnapshots } from "./random-snapshots.js"

const policy = shippedPolicy("span16")
const utf8 = (text: string) => new TextEncoder().encode(text)

export const randomEpochSnapshots = (): fc.Arbitrary<Snapshot> => randomSnapshots(policy.policy.prices)

export interface Publisher {
  attest(snapshot: Snapshot, epoch: bigint): Attestation
  publish(attestation: Attestation, snapshot: Snapshot): PublishedEpoch
}

export async function publisherOf(): Promise<Publisher> {
  const wasm = new Uint8Array(await kernelBytes())
  const kernel: RiskKernel = await shippedKernel()
  const terms = {
    validity: 600,
    revokedBelow: 0n,
    wasmHash: sha256Hex(wasm),
    policyHash: policy.hash,
    chains: RANDOM_SNAPSHOT_CHAINS,
  }
  return {
    attest: (snapshot, epoch) => attest(assessSnapshot(snapshot, policy.policy, kernel), { ...terms, epoch }),
    publish: (attestation, snapshot) => ({
      commitment: utf8(encodeCommitment(attestation)),
      snapshot: utf8(encodeSnapshot(snapshot)),
      policy: utf8(policy.text),
      wasm,
      message: attestation,
    }),
  }
}

/** The same epochs in every run. */
export async function someEpochs(count: number): Promise<readonly PublishedEpoch[]> {
  const publisher = await publisherOf()
  return fc
    .sample(randomEpochSnapshots(), { numRuns: count, seed: 20_261_125 })
    .map((snapshot, i) => publisher.publish(publisher.attest(snapshot, BigInt(i) + 1n), snapshot))
}
