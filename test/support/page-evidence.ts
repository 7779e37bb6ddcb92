/**
 * What the scripted page's attestation was computed from: a snapshot of its accounts, the shipped policy and kernel.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { sha256Hex } from "../../aggregator/domain/canonical.js"
import { encodeSnapshot } from "../../aggregator/pipeline/snapshot-format.js"
import { snapshotHash } from "../../aggregator/pipeline/written-snapshot.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { accountOf, collateral, debt, option, snapshotOf } from "./snapshots.js"

const LEGS = [
  collateral("USDC", "40000"),
  debt("USDC", "9000"),
  option("ETH-25DEC26-3200-C", "-8"),
  option("ETH-25DEC26-3600-C", "8"),
]
const snapshot = snapshotOf(LEGS, {
  accounts: [
    { ...accountOf(LEGS), id: "hedged-book" },
    { ...accountOf(LEGS.slice(0, 1)), id: "plain-holder" },
  ],
})
const policy = shippedPolicy("span16")
const wasm = readFileSync(createRequire(import.meta.url).resolve("#kernel.wasm"))

export const EVIDENCE = {
  snapshotHash: snapshotHash(snapshot),
  policyHash: policy.hash,
  wasmHash: sha256Hex(wasm),
}

/** The document at a path of the service, `undefined` for any other path. */
export function evidenceAt(path: string): { readonly type: string; readonly body: string | Uint8Array } | undefined {
  if (path.endsWith("/snapshot")) return { type: "application/json", body: encodeSnapshot(snapshot) }
  if (path === `/v1/policies/${policy.hash}`) return { type: "application/json", body: policy.text }
  if (path === `/v1/wasm/${EVIDENCE.wasmHash}`) return { type: "application/wasm", body: wasm }
  if (path.endsWith("/history")) return { type: "application/json", body: '{"points":[],"next":null}' }
  return undefined
}
