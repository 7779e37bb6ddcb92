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
import { chainBytes32 } from "../domain/chain-bytes.js"
import { usd } from "../domain/fixed.js"
import { type Hashing, type Keccak, PORTABLE_HASHING } from "../domain/hashing.js"
import type { AccountHealth } from "../domain/health.js"
import { type AttestationTree, attestationTree } from "../domain/merkle.js"
import type { InputGrade, Pin } from "../domain/pin.js"
import type { Snapshot } from "../domain/snapshot.js"
import type { Assessment } from "./assess-snapshot.js"
import { type Roster, rosterOf } from "./roster.js"
import { type WrittenSnapshot, writtenSnapshot } from "./written-snapshot.js"

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

const ZERO = usd(0n)
const WEAKEST_FIRST: readonly InputGrade[] = ["single", "quorum", "query"]

/**
 * Commits to every account. Accounts without figures get a leaf too, with zero figures and their status, so that a
 * consumer sees "unavailable" rather than nothing.
 *
 * @param before an attestation that was made by this function: what it has in common with this one is not hashed again.
 * @throws LeafOrderError when an address is linked twice.
 */
export function attest(
  { snapshot, health }: Assessment,
  terms: AttestationTerms,
  hashing: Hashing = PORTABLE_HASHING,
  before: Attestation | null = null,
): Attestation {
  const known = before && made.get(before)
  const roster = rosterOf(snapshot.accounts, terms.chains, known?.roster ?? null)
  const written = writtenSnapshot(snapshot, hashing, known?.written ?? null)
  const header: AttestationHeader = {
    wasmHash: terms.wasmHash,
    policyHash: terms.policyHash,
    snapshotHash: written.hash,
    leafCount: roster.seats.length,
    pins: pinsOf(snapshot).flatMap(pin => headerPin(pin, terms)),
  }
  const sameSeats = known?.roster.seats === roster.seats
  const leaves = leavesOf(roster, health, sameSeats ? known.tree.leaves : [])
  const tree = sameSeats
    ? known.tree.with(header, leaves.filter(isNew(known.tree)))
    : attestationTree(header, leaves, hashing)
  // What neither a leaf nor a pin names is left out: nothing commits to it, so nobody could check it.
  const named = new Set([...roster.seated, ...header.pins.map(pin => pin.chain)])
  const grades = pinsOf(snapshot).map(pin => pin.inputGrade)
  const attestation: Attestation = {
    epoch: terms.epoch,
    timestamp: snapshot.valuationTime,
    validity: terms.validity,
    inputGrade: WEAKEST_FIRST.find(grade => grades.includes(grade)) ?? "single",
    revokedBelow: terms.revokedBelow,
    root: tree.root,
    chains: terms.chains.filter(each => named.has(each.chain)).sort((a, b) => (a.chain < b.chain ? -1 : 1)),
    header,
    leaves: tree.leaves,
  }
  made.set(attestation, { roster, tree, written })
  return attestation
}

/** What the next epoch may begin with. */
const made = new WeakMap<
  Attestation,
  { readonly roster: Roster; readonly tree: AttestationTree; readonly written: WrittenSnapshot }
>()
const rebuilt = new WeakMap<Attestation, AttestationTree>()

/** The tree that an attestation's root is of: the one that it was made with, or built when first asked for. */
export function treeOf(attestation: Attestation, keccak: Keccak): AttestationTree {
  const known = made.get(attestation)?.tree ?? rebuilt.get(attestation)
  if (known) return known
  const tree = attestationTree(attestation.header, attestation.leaves, keccak)
  rebuilt.set(attestation, tree)
  return tree
}

const isNew =
  ({ leaves }: AttestationTree) =>
  (leaf: AccountLeaf): boolean =>
    leaf !== leaves[leaf.index]

/** @param before leaves of the same seats; who is as before keeps the very leaf. */
function leavesOf(
  { seats, accounts }: Roster,
  health: readonly AccountHealth[],
  before: readonly AccountLeaf[],
): readonly AccountLeaf[] {
  return seats.map((seat, index) => {
    const assessed = health[seat.owner]
    if (assessed?.id !== accounts[seat.owner]?.id) throw new TypeError("health is not in the order of the accounts")
    const { figures, status, asOf } = assessed as AccountHealth
    const equity = figures?.equity ?? ZERO
    const initialMargin = figures?.initialMargin ?? ZERO
    const maintenanceMargin = figures?.maintenanceMargin ?? ZERO
    const old = before[index]
    if (
      old?.equity === equity &&
      old.initialMargin === initialMargin &&
      old.maintenanceMargin === maintenanceMargin &&
      old.status === status &&
      old.asOf === asOf
    )
      return old
    const { address, wormholeChain, holder, account } = seat
    return { index, address, wormholeChain, holder, account, equity, initialMargin, maintenanceMargin, status, asOf }
  })
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
