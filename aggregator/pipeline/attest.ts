/**
 * From health to an attestation: one leaf a linked address, one header over all inputs, one root.
 */
import type {
  AccountLeaf,
  Attestation,
  AttestationHeader,
  Bytes32,
  ChainEncoding,
  HeaderPin,
} from "../domain/attestation.js"
import { type Address, type ChainId, splitAddress } from "../domain/caip.js"
import { canonicalHash } from "../domain/canonical.js"
import { usd } from "../domain/fixed.js"
import type { AccountHealth } from "../domain/health.js"
import { accountHash } from "../domain/leaf.js"
import { attestationTree, orderLeaves } from "../domain/merkle.js"
import type { InputGrade, Pin } from "../domain/pin.js"
import type { Snapshot } from "../domain/snapshot.js"
import type { Assessment } from "./assess-snapshot.js"

export interface AttestationTerms {
  readonly epoch: bigint
  /** Seconds. */
  readonly validity: number
  readonly wasmHash: Bytes32
  readonly policyHash: Bytes32
  readonly encodings: ReadonlyMap<ChainId, ChainEncoding>
}

const WEAKEST_FIRST: readonly InputGrade[] = ["single", "quorum", "query"]

/**
 * Commits to every account. Accounts without figures get a leaf too, with zero figures and their status, so that a
 * consumer sees "unavailable" rather than nothing.
 */
export function attest({ snapshot, health }: Assessment, terms: AttestationTerms): Attestation {
  const leaves = leavesOf(snapshot, health, terms)
  const header: AttestationHeader = {
    wasmHash: terms.wasmHash,
    policyHash: terms.policyHash,
    snapshotHash: canonicalHash(snapshot),
    leafCount: leaves.length,
    pins: pinsOf(snapshot).flatMap(pin => headerPin(pin, terms)),
  }
  const { root } = attestationTree(header, leaves)
  const grades = pinsOf(snapshot).map(pin => pin.inputGrade)
  return {
    epoch: terms.epoch,
    timestamp: snapshot.valuationTime,
    validity: terms.validity,
    inputGrade: WEAKEST_FIRST.find(grade => grades.includes(grade)) ?? "single",
    root,
    header,
    leaves,
  }
}

function leavesOf(
  snapshot: Snapshot,
  health: readonly AccountHealth[],
  { encodings }: AttestationTerms,
): readonly AccountLeaf[] {
  const byId = new Map(health.map(each => [each.id, each]))
  const unsorted = snapshot.accounts.flatMap(account => {
    const assessed = byId.get(account.id)
    if (!assessed) return []
    return account.addresses.flatMap(address => {
      const encoding = encodings.get(splitAddress(address).chain)
      return encoding ? [leafOf(address, encoding, assessed)] : []
    })
  })
  return orderLeaves(unsorted)
}

function leafOf(address: Address, encoding: ChainEncoding, assessed: AccountHealth): Omit<AccountLeaf, "index"> {
  const { figures } = assessed
  return {
    address,
    wormholeChain: encoding.wormholeChain,
    holder: encoding.holderBytes(splitAddress(address).holder),
    account: accountHash(assessed.id),
    equity: figures?.equity ?? usd(0n),
    initialMargin: figures?.initialMargin ?? usd(0n),
    maintenanceMargin: figures?.maintenanceMargin ?? usd(0n),
    status: assessed.status,
    asOf: assessed.asOf,
  }
}

function pinsOf(snapshot: Snapshot): Pin[] {
  return snapshot.chains.flatMap(each => (each.status === "ok" ? [each.pin] : []))
}

function headerPin(pin: Pin, { encodings }: AttestationTerms): HeaderPin[] {
  const encoding = encodings.get(pin.chain)
  if (!encoding) return []
  const height = pin.kind === "evm" ? pin.blockNumber : pin.minSlot
  return [
    { chain: pin.chain, wormholeChain: encoding.wormholeChain, height, blockHash: encoding.hashBytes(pin.blockHash) },
  ]
}
