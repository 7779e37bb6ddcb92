/**
 * The tree whose root an epoch publishes: account leaves sorted by (chain, holder), then the header leaf.
 * Pairs are hashed sorted and nodes are laid out as OpenZeppelin's libraries do, so contracts verify with theirs.
 */
import type { AccountLeaf, AttestationHeader, Bytes32 } from "./attestation.js"
import { PlimsollError } from "./errors.js"
import { HashTree, hashPair } from "./hash-tree.js"
import { HASH_BYTES, type Keccak, PORTABLE_HASHING } from "./hashing.js"
import { accountLeafHash, accountLeafHashes, fromBytes32, headerLeafHash, toBytes32 } from "./leaf.js"

/** Siblings from the leaf up to the root. */
export type MerkleProof = readonly Bytes32[]

/** Leaves that are not sorted, not numbered in their order, listed twice, or not as many as the header says. */
export class LeafOrderError extends PlimsollError {
  readonly code = "LEAF_ORDER"
  constructor(readonly detail: string) {
    super(`the leaves cannot be attested: ${detail}`)
  }
}

export class UnknownLeafError extends PlimsollError {
  readonly code = "UNKNOWN_LEAF"
  constructor(readonly index: number) {
    super(`the attestation has no leaf number ${index}`)
  }
}

/** Only a missing address can be proved missing. */
export class LeafPresentError extends PlimsollError {
  readonly code = "LEAF_PRESENT"
  constructor(readonly index: number) {
    super(`the address is leaf number ${index} of the attestation, so its absence cannot be proved`)
  }
}

export interface AttestationTree {
  readonly header: AttestationHeader
  readonly leaves: readonly AccountLeaf[]
  readonly root: Bytes32
  /** @throws UnknownLeafError when no leaf has that index. */
  proof(index: number): MerkleProof
  headerProof(): MerkleProof
  /**
   * The tree of another epoch of the same addresses: only what changed is hashed again. This tree stays what it is.
   *
   * @param changed leaves that stand for the address that their index has here.
   * @throws UnknownLeafError, LeafOrderError when a leaf is another address's; LeafEncodingError.
   */
  with(header: AttestationHeader, changed: readonly AccountLeaf[]): AttestationTree
}

/**
 * Builds the tree over account leaves and header.
 *
 * @throws LeafOrderError when the leaves are not strictly ascending by (chain, holder), `index` is not their place, or
 *   the header counts another number of leaves.
 * @throws LeafEncodingError when a field does not fit its word.
 */
export function attestationTree(
  header: AttestationHeader,
  leaves: readonly AccountLeaf[],
  keccak: Keccak = PORTABLE_HASHING,
): AttestationTree {
  requireOrder(leaves)
  requireCount(header, leaves)
  return treeOn(header, leaves, HashTree.over(leafHashes(leaves, header, keccak), keccak))
}

/** Account leaves in the order given, then the header. */
function leafHashes(leaves: readonly AccountLeaf[], header: AttestationHeader, keccak: Keccak): Uint8Array {
  const hashes = new Uint8Array((leaves.length + 1) * HASH_BYTES)
  hashes.set(accountLeafHashes(leaves, keccak))
  hashes.set(fromBytes32("leaf", headerLeafHash(header)), leaves.length * HASH_BYTES)
  return hashes
}

function treeOn(header: AttestationHeader, leaves: readonly AccountLeaf[], hashes: HashTree): AttestationTree {
  return {
    header,
    leaves,
    root: toBytes32(hashes.root),
    proof: index => {
      if (leaves[index] === undefined) throw new UnknownLeafError(index)
      return hashes.proof(index).map(toBytes32)
    },
    headerProof: () => hashes.proof(leaves.length).map(toBytes32),
    with: (nextHeader, changed) => {
      requireCount(nextHeader, leaves)
      const next = [...leaves]
      for (const leaf of changed) {
        const before = leaves[leaf.index]
        if (before === undefined) throw new UnknownLeafError(leaf.index)
        if (byHolder(before, leaf) !== 0) throw new LeafOrderError(`leaf ${leaf.index} is another address's`)
        next[leaf.index] = leaf
      }
      const replaced = [...changed.map(leaf => leaf.index), leaves.length]
      return treeOn(nextHeader, next, hashes.with(replaced, leafHashes(changed, nextHeader, hashes.keccak)))
    },
  }
}

function requireCount({ leafCount }: AttestationHeader, leaves: readonly AccountLeaf[]): void {
  if (leafCount === leaves.length) return
  throw new LeafOrderError(`the header counts ${leafCount} leaves, there are ${leaves.length}`)
}

/**
 * Sorts leaves by (chain, holder) and numbers them.
 *
 * @throws LeafOrderError when an address occurs twice.
 */
export function orderLeaves(leaves: readonly Omit<AccountLeaf, "index">[]): readonly AccountLeaf[] {
  const ordered = [...leaves].sort(byHolder).map((leaf, index) => ({ ...leaf, index }))
  requireOrder(ordered)
  return ordered
}

/**
 * Whether the root commits to exactly this account leaf.
 *
 * @throws LeafEncodingError when a field or a sibling is malformed.
 */
export const verifyProof = (root: Bytes32, leaf: AccountLeaf, proof: MerkleProof): boolean =>
  climb(accountLeafHash(leaf), proof) === root

/**
 * Whether the root commits to exactly this header.
 *
 * @throws LeafEncodingError when a field or a sibling is malformed.
 */
export const verifyHeaderProof = (root: Bytes32, header: AttestationHeader, proof: MerkleProof): boolean =>
  climb(headerLeafHash(header), proof) === root

interface ProvedLeaf {
  readonly leaf: AccountLeaf
  readonly proof: MerkleProof
}

/** The two neighbours between which an address would stand; `null` beyond either end. The header says where the end is. */
export interface AbsenceProof {
  readonly before: ProvedLeaf | null
  readonly after: ProvedLeaf | null
  readonly header: AttestationHeader
  readonly headerProof: MerkleProof
}

export interface HolderKey {
  readonly wormholeChain: number
  readonly holder: Bytes32
}

/**
 * Proves that no leaf stands for an address.
 *
 * @throws LeafPresentError when one does.
 */
export function proveAbsence(tree: AttestationTree, key: HolderKey): AbsenceProof {
  const at = placeOf(tree.leaves, key)
  const after = tree.leaves[at]
  if (after && byHolder(after, key) === 0) throw new LeafPresentError(at)
  const before = tree.leaves[at - 1]
  return {
    before: before ? { leaf: before, proof: tree.proof(before.index) } : null,
    after: after ? { leaf: after, proof: tree.proof(after.index) } : null,
    header: tree.header,
    headerProof: tree.headerProof(),
  }
}

/** How many leaves come before the address. */
function placeOf(leaves: readonly AccountLeaf[], key: HolderKey): number {
  let [low, high] = [0, leaves.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (byHolder(leaves[middle] as AccountLeaf, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether the root commits to two neighbours (or an end) that leave no room for the address. */
export function verifyAbsence(root: Bytes32, key: HolderKey, absence: AbsenceProof): boolean {
  const { before, after, header, headerProof } = absence
  if (!verifyHeaderProof(root, header, headerProof)) return false
  if (before && !(verifyProof(root, before.leaf, before.proof) && byHolder(before.leaf, key) < 0)) return false
  if (after && !(verifyProof(root, after.leaf, after.proof) && byHolder(after.leaf, key) > 0)) return false
  const next = before ? before.leaf.index + 1 : 0
  return next === (after ? after.leaf.index : header.leafCount)
}

function requireOrder(leaves: readonly AccountLeaf[]): void {
  for (const [place, leaf] of leaves.entries()) {
    const previous = leaves[place - 1]
    if (leaf.index !== place) throw new LeafOrderError(`leaf ${place} is numbered ${leaf.index}`)
    if (previous && byHolder(previous, leaf) >= 0)
      throw new LeafOrderError(`leaf ${place} does not follow ${place - 1}`)
  }
}

/** The order of the tree. */
export function byHolder(a: HolderKey, b: HolderKey): number {
  if (a.wormholeChain !== b.wormholeChain) return a.wormholeChain - b.wormholeChain
  if (a.holder === b.holder) return 0
  return a.holder < b.holder ? -1 : 1
}

function climb(leaf: Bytes32, proof: MerkleProof): Bytes32 {
  const pair = (node: Uint8Array, sibling: Bytes32) => hashPair(PORTABLE_HASHING, node, fromBytes32("proof", sibling))
  const top = proof.reduce(pair, fromBytes32("leaf", leaf))
  return toBytes32(top)
}
