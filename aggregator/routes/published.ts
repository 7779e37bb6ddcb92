/**
 * What the service publishes beside every epoch, by its hash: the policies, in use or shipped, and the Wasm module, byte for byte.
 */
import type { Bytes32 } from "../domain/attestation.js"
import { sha256Hex } from "../domain/canonical.js"
import type { LoadedPolicy } from "../policies/load.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../policies/shipped.js"

export interface PublishedDocuments {
  readonly policies: ReadonlyMap<Bytes32, LoadedPolicy>
  readonly wasm: { readonly hash: Bytes32; readonly bytes: Uint8Array }
}

/** @param policies those in use: listed first, before what ships. */
export const publishedDocuments = (policies: readonly LoadedPolicy[], wasm: Uint8Array): PublishedDocuments => ({
  policies: new Map([...policies, ...SHIPPED_POLICIES.map(shippedPolicy)].map(policy => [policy.hash, policy])),
  wasm: { hash: sha256Hex(wasm), bytes: wasm },
})
