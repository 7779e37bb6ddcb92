/**
 * What a verifier runs in an engine of its own choice, bundled for it: epochs in, verdicts out.
 */
import { verifyEpoch } from "../../aggregator/pipeline/verify-epoch.js"
import { loadKernel } from "../../wasm-core/kernel.js"

/** Bytes as base64. */
export interface PackedEpochs {
  readonly policy: string
  readonly wasm: string
  readonly epochs: readonly { readonly commitment: string; readonly snapshot: string }[]
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))

/** The root of each epoch as it was re-computed; for one that differs, where. */
export async function verifyAll({ policy, wasm, epochs }: PackedEpochs): Promise<readonly string[]> {
  const shared = { policy: bytesOf(policy), wasm: bytesOf(wasm), message: null }
  const verdicts: string[] = []
  for (const { commitment, snapshot } of epochs) {
    const published = { ...shared, commitment: bytesOf(commitment), snapshot: bytesOf(snapshot) }
    const verdict = await verifyEpoch(published, loadKernel)
    verdicts.push(verdict.status === "ok" ? verdict.attestation.root : JSON.stringify(verdict.difference))
  }
  return verdicts
}
