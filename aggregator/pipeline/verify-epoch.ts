/**
 * Re-computes an epoch from what was published and compares every value with what was attested. Pure: runs in a browser.
 * It proves the arithmetic; whether the snapshot shows the chains as they were is `verify-reading.ts`.
 */
import type { AccountLeaf, Attestation } from "../domain/attestation.js"
import { canonicalJson, sha256Hex } from "../domain/canonical.js"
import { formatDecimal } from "../domain/decimal.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import { loadPolicy } from "../policies/load.js"
import { assessSnapshot } from "./assess-snapshot.js"
import { attest } from "./attest.js"
import { combinePrices } from "./combine-prices.js"
import { decodeCommitment } from "./commitment-format.js"
import { decodeSnapshot } from "./snapshot-format.js"

/** The published bytes, exactly as they came. */
export interface PublishedEpoch {
  readonly commitment: Uint8Array
  readonly snapshot: Uint8Array
  readonly policy: Uint8Array
  readonly wasm: Uint8Array<ArrayBuffer>
  /** What the signed message says; `null` when it is not signed yet, and epoch and validity are the publisher's word. */
  readonly message: AttestedTerms | null
}

/** The part of an attestation that the message itself carries. */
export type AttestedTerms = Pick<
  Attestation,
  "epoch" | "timestamp" | "validity" | "inputGrade" | "revokedBelow" | "root"
>

/** The first value that is not what it should be. */
export interface Difference {
  /** `null` for what belongs to no one account. */
  readonly account: string | null
  readonly field: string
  readonly published: string
  readonly recomputed: string
}

export type Verdict =
  | { readonly status: "ok"; readonly attestation: Attestation; readonly snapshot: Snapshot }
  | { readonly status: "differs"; readonly difference: Difference }

/**
 * @param loadKernel makes a kernel of the attested module; called only once the bytes have the attested hash.
 * @throws InvalidInputError when a document is not of its format, so that nothing can be compared.
 */
export async function verifyEpoch(
  published: PublishedEpoch,
  loadKernel: (wasm: Uint8Array<ArrayBuffer>) => Promise<RiskKernel>,
): Promise<Verdict> {
  const attested = decodeCommitment(textOf(published.commitment))
  const { header } = attested
  const hashed =
    unequal("wasmHash", header.wasmHash, sha256Hex(published.wasm)) ??
    unequal("policyHash", header.policyHash, sha256Hex(published.policy)) ??
    unequal("snapshotHash", header.snapshotHash, sha256Hex(published.snapshot))
  if (hashed) return differs(hashed)

  const snapshot = decodeSnapshot(textOf(published.snapshot))
  const { policy } = loadPolicy(JSON.parse(textOf(published.policy)))
  const priced = priceDifference(snapshot, pricesOf(snapshot, policy.prices))
  if (priced) return differs(priced)

  const assessment = assessSnapshot(snapshot, policy, await loadKernel(published.wasm))
  const { epoch, validity, revokedBelow, chains } = attested
  const { wasmHash, policyHash } = header
  const recomputed = attest(assessment, { epoch, validity, revokedBelow, chains, wasmHash, policyHash })
  const difference =
    leafDifference(snapshot, attested.leaves, recomputed.leaves) ??
    firstDifference("", withoutLeaves(attested), withoutLeaves(recomputed)) ??
    (published.message && messageDifference(published.message, recomputed))
  return difference ? differs(difference) : { status: "ok", attestation: recomputed, snapshot }
}

const differs = (difference: Difference): Verdict => ({ status: "differs", difference })

/** A byte order mark is a character here, and no format has it. Bytes that are no UTF-8 cannot have passed the hash. */
const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)

function pricesOf(
  { observations, lastPrices, valuationTime }: Snapshot,
  rules: Parameters<typeof combinePrices>[1]["rules"],
) {
  const lastAccepted = new Map(lastPrices.map(each => [each.symbol, each]))
  return combinePrices(observations, { rules, valuationTime, lastAccepted })
}

function priceDifference({ prices }: Snapshot, recomputed: Snapshot["prices"]): Difference | null {
  for (let i = 0; i < Math.max(prices.length, recomputed.length); i++) {
    const symbol = prices[i]?.symbol ?? recomputed[i]?.symbol
    const found = firstDifference(`prices/${symbol}`, prices[i], recomputed[i])
    if (found) return found
  }
  return null
}

function leafDifference(
  { accounts }: Snapshot,
  attested: readonly AccountLeaf[],
  recomputed: readonly AccountLeaf[],
): Difference | null {
  const owners = new Map(accounts.flatMap(({ id, addresses }) => addresses.map(each => [each, id])))
  for (let i = 0; i < Math.max(attested.length, recomputed.length); i++) {
    const address = recomputed[i]?.address ?? attested[i]?.address
    const found = firstDifference("", shown(attested[i]), shown(recomputed[i]))
    if (found) return { ...found, account: (address && owners.get(address)) ?? address ?? null }
  }
  return null
}

/** Dollars as people read them. */
const shown = (leaf: AccountLeaf | undefined) =>
  leaf && {
    ...leaf,
    equity: formatDecimal(leaf.equity),
    initialMargin: formatDecimal(leaf.initialMargin),
    maintenanceMargin: formatDecimal(leaf.maintenanceMargin),
  }

const withoutLeaves = ({ leaves: _, ...rest }: Attestation) => rest

function messageDifference(message: AttestedTerms, recomputed: Attestation): Difference | null {
  return firstDifference("message", termsOf(message), termsOf(recomputed))
}

const termsOf = ({ epoch, timestamp, validity, inputGrade, revokedBelow, root }: AttestedTerms): AttestedTerms => ({
  epoch,
  timestamp,
  validity,
  inputGrade,
  revokedBelow,
  root,
})

/** The first place, in the order of the recomputed value's fields, at which two values are not the same. */
export function firstDifference(field: string, published: unknown, recomputed: unknown): Difference | null {
  if (isNested(published) && isNested(recomputed)) {
    for (const name of new Set([...Object.keys(recomputed), ...Object.keys(published)])) {
      const found = firstDifference(field ? `${field}/${name}` : name, published[name], recomputed[name])
      if (found) return found
    }
    return null
  }
  return unequal(field, said(published), said(recomputed))
}

const isNested = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const said = (value: unknown): string =>
  value === undefined ? "nothing" : typeof value === "string" ? value : canonicalJson(value)

const unequal = (field: string, published: string, recomputed: string): Difference | null =>
  published === recomputed ? null : { account: null, field, published, recomputed }
