/**
 * What an epoch was computed from, fetched and checked in the browser: snapshot, policy and kernel, each against the hash
 * that was attested. Whatever the page computes itself, it computes from this.
 */
import { sha256Hex } from "../../domain/canonical.js"
import { PlimsollError } from "../../domain/errors.js"
import type { RiskKernel } from "../../domain/ports.js"
import type { Snapshot } from "../../domain/snapshot.js"
import { decodeSnapshot } from "../../pipeline/snapshot-format.js"
import type { PublishedEpoch } from "../../pipeline/verify-epoch.js"
import { type LoadedPolicy, loadPolicy } from "../../policies/load.js"
import type { AttestationView } from "../../routes/attestation-schemas.js"

export type Commitments = Pick<AttestationView, "epoch" | "snapshotHash" | "policyHash" | "wasmHash">

export interface Evidence {
  readonly epoch: string
  readonly snapshot: Snapshot
  readonly policy: LoadedPolicy
  readonly kernel: RiskKernel
  readonly wasm: Uint8Array<ArrayBuffer>
}

/** A document that could not be fetched, or whose bytes are not those that were attested. */
export class EvidenceError extends PlimsollError {
  readonly code = "EVIDENCE_UNUSABLE"
  constructor(
    readonly what: string,
    why: string,
  ) {
    super(`${what} ${why}`)
  }
}

/** The published bytes of an epoch, unchecked: what a verifier compares with what was attested. */
export async function publishedEpoch(
  { epoch, policyHash, wasmHash }: Commitments,
  get: typeof fetch = fetch,
): Promise<PublishedEpoch> {
  const [commitment, snapshot, policy, wasm] = await Promise.all([
    download(get, `/v1/attestations/${epoch}/commitment`, "the commitment"),
    download(get, `/v1/attestations/${epoch}/snapshot`, "the snapshot"),
    download(get, `/v1/policies/${policyHash}`, "the policy"),
    download(get, `/v1/wasm/${wasmHash}`, "the Wasm module"),
  ])
  return { commitment, snapshot, policy, wasm, message: null }
}

/** Opens the kernel from its bytes; given by the page so that nothing here touches WebAssembly. */
export type OpenKernel = (wasm: Uint8Array<ArrayBuffer>) => Promise<RiskKernel>

/**
 * A loader that keeps the policy and the kernel it fetched last: they change seldom, the snapshot every epoch.
 *
 * @throws EvidenceError by the returned function, naming the document at fault.
 */
export function evidenceLoader(openKernel: OpenKernel, get: typeof fetch = fetch) {
  let policy: LoadedPolicy | undefined
  let core: { readonly hash: string; readonly wasm: Uint8Array<ArrayBuffer>; readonly kernel: RiskKernel } | undefined

  return async ({ epoch, snapshotHash, policyHash, wasmHash }: Commitments): Promise<Evidence> => {
    const [text, document, opened] = await Promise.all([
      bytesOf(get, `/v1/attestations/${epoch}/snapshot`, "the snapshot", snapshotHash),
      policy?.hash === policyHash ? policy : fetchPolicy(get, policyHash),
      core?.hash === wasmHash ? core : fetchKernel(get, wasmHash, openKernel),
    ])
    policy = document
    core = opened
    const snapshot = decodeSnapshot(new TextDecoder().decode(text))
    return { epoch, snapshot, policy, kernel: opened.kernel, wasm: opened.wasm }
  }
}

async function fetchPolicy(get: typeof fetch, hash: string): Promise<LoadedPolicy> {
  const bytes = await bytesOf(get, `/v1/policies/${hash}`, "the policy", hash)
  return loadPolicy(JSON.parse(new TextDecoder().decode(bytes)))
}

async function fetchKernel(get: typeof fetch, hash: string, openKernel: OpenKernel) {
  const wasm = await bytesOf(get, `/v1/wasm/${hash}`, "the Wasm module", hash)
  return { hash, wasm, kernel: await openKernel(wasm) }
}

async function download(get: typeof fetch, path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await get(path)
  if (!response.ok) throw new EvidenceError(what, `is not published here (${response.status})`)
  return new Uint8Array(await response.arrayBuffer())
}

async function bytesOf(get: typeof fetch, path: string, what: string, hash: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await download(get, path, what)
  const actual = sha256Hex(bytes)
  if (actual !== hash) throw new EvidenceError(what, `has hash ${actual}, but ${hash} was attested`)
  return bytes
}
