/**
 * From health to an attestation: one leaf a linked address, one header over all inputs, one root.
 */
import type {
  AccountLeaf,
  Attestation,
  AttestationHeader,
  AttestedChain,
  Bytes32,
  HeaderPin,
} from "../domain/attestation.js"
import { type Address, splitAddress } from "../domain/caip.js"
import { chainBytes32 } from "../domain/chain-bytes.js"
import { usd } from "../domain/fixed.js"
import type { AccountHealth } from "../domain/health.js"
import { accountHash } from "../domain/leaf.js"
import { attestationTree, orderLeaves } from "../domain/merkle.js"
import type { InputGrade, Pin } from "../domain/pin.js"
import type { Snapshot } from "../domain/snapshot.js"
import type { Assessment } from "./assess-snapshot.js"
import { snapshotHash } from "./snapshot-format.js"

export interface AttestationTerms {
  readonly epoch: bigint
  /** Seconds. */
  readonly validity: number
  /** Epochs below this one are withdrawn; 0 when none is. */
  readonly revokedBelow: bigint
  readonly wasmHash: Bytes32
  readonly policyHash: Bytes32
  /** Addresses and pins of other chains are left out. */
  readonly chains: readonly AttestedChain[]
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
    snapshotHash: snapshotHash(snapshot),
    leafCount: leaves.length,
    pins: pinsOf(snapshot).flatMap(pin => headerPin(pin, terms)),
  }
  const { root } = attestationTree(header, leaves)
  // What neither a leaf nor a pin names is left out: nothing commits to it, so nobody could check it.
  const named = new Set([...leaves.map(leaf => splitAddress(leaf.address).chain), ...header.pins.map(pin => pin.chain)])
  const grades = pinsOf(snapshot).map(pin => pin.inputGrade)
  return {
    epoch: terms.epoch,
    timestamp: snapshot.valuationTime,
    validity: terms.validity,
    inputGrade: WEAKEST_FIRST.find(grade => grades.includes(grade)) ?? "single",
    revokedBelow: terms.revokedBelow,
    root,
    chains: terms.chains.filter(each => named.has(each.chain)).sort((a, b) => (a.chain < b.chain ? -1 : 1)),
    header,
    leaves,
  }
}

function leavesOf(
  snapshot: Snapshot,
  health: readonly AccountHealth[],
  { chains }: AttestationTerms,
): readonly AccountLeaf[] {
  const byId = new Map(health.map(each => [each.id, each]))
  const wormholeChains = new Map(chains.map(each => [each.chain, each.wormholeChain]))
  const unsorted = snapshot.accounts.flatMap(account => {
    const assessed = byId.get(account.id)
    if (!assessed) return []
    return account.addresses.flatMap(address => {
      const wormholeChain = wormholeChains.get(splitAddress(address).chain)
      return wormholeChain === undefined ? [] : [leafOf(address, wormholeChain, assessed)]
    })
  })
  return orderLeaves(unsorted)
}

function leafOf(address: Address, wormholeChain: number, assessed: AccountHealth): Omit<AccountLeaf, "index"> {
  const { figures } = assessed
  const { chain, holder } = splitAddress(address)
  return {
    address,
    wormholeChain,
    holder: chainBytes32(chain, holder),
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

function headerPin(pin: Pin, { chains }: AttestationTerms): HeaderPin[] {
  const attested = chains.find(each => each.chain === pin.chain)
  if (!attested) return []
  const height = pin.kind === "evm" ? pin.blockNumber : pin.minSlot
  return [{ ...attested, height, blockHash: chainBytes32(pin.chain, pin.blockHash) }]
}
