/**
 * A Merkle tree of bare hashes in one block of memory: built once, or copied with some leaves replaced, for which only
 * the nodes above them are hashed again. Laid out and hashed as OpenZeppelin's libraries do.
 */
import { keccak_256 } from "@noble/hashes/sha3.js"

const HASH_BYTES = 32

/**
 * A complete binary tree in one array, root first, leaves last and in reverse:
 *
 *   node    0      1      2      3      4       n leaves, 2n − 1 nodes of 32 bytes
 *         [root] [3 + 4] [leaf2] [leaf1] [leaf0]  children of i: 2i + 1 and 2i + 2; leaf k at 2n − 2 − k
 */
export class HashTree {
  private constructor(
    readonly leafCount: number,
    readonly nodes: Uint8Array,
  ) {}

  /** @param hashes leaf k is the 32 bytes at 32k; at least one leaf. */
  static over(hashes: Uint8Array): HashTree {
    const leafCount = hashes.length / HASH_BYTES
    const tree = new HashTree(leafCount, new Uint8Array((2 * leafCount - 1) * HASH_BYTES))
    for (let leaf = 0; leaf < leafCount; leaf++) {
      tree.nodes.set(hashes.subarray(leaf * HASH_BYTES, (leaf + 1) * HASH_BYTES), tree.#placeOf(leaf) * HASH_BYTES)
    }
    for (let node = leafCount - 2; node >= 0; node--) tree.#hash(node)
    return tree
  }

  get root(): Uint8Array {
    return this.#at(0)
  }

  /** The tree with some leaves replaced; this one stays as it is. @param hashes 32 bytes by number of leaf. */
  with(hashes: ReadonlyMap<number, Uint8Array>): HashTree {
    const tree = new HashTree(this.leafCount, this.nodes.slice())
    let stale = new Set<number>()
    for (const [leaf, hash] of hashes) {
      const place = this.#placeOf(leaf)
      tree.nodes.set(hash, place * HASH_BYTES)
      if (place > 0) stale.add(parentOf(place))
    }
    // Leaves lie on two levels at most, so a parent can be among those above: the largest number goes first.
    while (stale.size > 0) {
      const above = new Set<number>()
      for (const node of [...stale].sort((a, b) => b - a)) {
        tree.#hash(node)
        if (node > 0) above.add(parentOf(node))
      }
      stale = above
    }
    return tree
  }

  /** Siblings from a leaf up to the root. */
  proof(leaf: number): readonly Uint8Array[] {
    const siblings: Uint8Array[] = []
    for (let node = this.#placeOf(leaf); node > 0; node = parentOf(node)) siblings.push(this.#at(siblingOf(node)))
    return siblings
  }

  #placeOf(leaf: number): number {
    return 2 * this.leafCount - 2 - leaf
  }

  #at(node: number): Uint8Array {
    return this.nodes.subarray(node * HASH_BYTES, (node + 1) * HASH_BYTES)
  }

  #hash(node: number): void {
    this.nodes.set(hashPair(this.#at(2 * node + 1), this.#at(2 * node + 2)), node * HASH_BYTES)
  }
}

const parentOf = (node: number): number => (node - 1) >> 1
const siblingOf = (node: number): number => (node % 2 === 1 ? node + 1 : node - 1)

const pair = new Uint8Array(2 * HASH_BYTES)

/** keccak256 of two hashes, the lower one first. */
export function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  const ascending = isBelow(a, b)
  pair.set(ascending ? a : b)
  pair.set(ascending ? b : a, HASH_BYTES)
  return keccak_256(pair)
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) {
    const [left = 0, right = 0] = [a[i], b[i]]
    if (left !== right) return left < right
  }
  return false
}
