/**
 * A Merkle tree of bare hashes in one block of memory: built once, or copied with some leaves replaced, for which only
 * the nodes above them are hashed again. Laid out and hashed as OpenZeppelin's libraries do.
 */
import { HASH_BYTES, type Keccak } from "./hashing.js"

const HASH_WORDS = HASH_BYTES / 4
/** Nodes that are hashed in one call, so that copies of them stay small. */
const MOST_AT_ONCE = 4_096
/** From this share of the leaves on, hashing everything in order is sooner done than finding out what not to. */
const MANY = 1 / 8

/**
 * A complete binary tree in one array, root first, leaves last and in reverse:
 *
 *   node    0      1      2      3      4       n leaves, 2n − 1 nodes of 32 bytes
 *         [root] [3 + 4] [leaf2] [leaf1] [leaf0]  children of i: 2i + 1 and 2i + 2; leaf k at 2n − 2 − k
 */
export class HashTree {
  readonly #words: Uint32Array

  private constructor(
    readonly leafCount: number,
    readonly nodes: Uint8Array,
    readonly keccak: Keccak,
  ) {
    this.#words = wordsOf(nodes)
  }

  /** @param hashes leaf k is the 32 bytes at 32k; at least one leaf. */
  static over(hashes: Uint8Array, keccak: Keccak): HashTree {
    const leafCount = hashes.length / HASH_BYTES
    const tree = new HashTree(leafCount, new Uint8Array((2 * leafCount - 1) * HASH_BYTES), keccak)
    const words = wordsOf(hashes)
    for (let leaf = 0; leaf < leafCount; leaf++) tree.#put(tree.#placeOf(leaf), words, leaf)
    tree.#hashAll()
    return tree
  }

  get root(): Uint8Array {
    return this.#at(0)
  }

  /**
   * The tree with some leaves replaced; this one stays as it is.
   *
   * @param leaves numbers of the leaves, none of them twice.
   * @param hashes theirs, 32 bytes each, in the same order.
   */
  with(leaves: readonly number[], hashes: Uint8Array): HashTree {
    const tree = new HashTree(this.leafCount, this.nodes.slice(), this.keccak)
    const words = wordsOf(hashes)
    for (const [i, leaf] of leaves.entries()) tree.#put(tree.#placeOf(leaf), words, i)
    if (leaves.length > MANY * this.leafCount) tree.#hashAll()
    else tree.#hashAbove(leaves.map(leaf => tree.#placeOf(leaf)))
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

  #put(node: number, words: Uint32Array, i: number): void {
    for (let k = 0; k < HASH_WORDS; k++) this.#words[node * HASH_WORDS + k] = words[i * HASH_WORDS + k] ?? 0
  }

  /** Children of nodes that stand next to each other do so too: pairs are hashed where they lie. */
  #hashAll(): void {
    for (let last = this.leafCount - 2; last >= 0; ) {
      // From the middle on, none of a call's nodes is the parent of another of them.
      const first = Math.max((last + 1) >> 1, last - MOST_AT_ONCE + 1)
      const pairs = this.nodes.subarray((2 * first + 1) * HASH_BYTES, (2 * last + 3) * HASH_BYTES)
      this.nodes.set(this.keccak.keccakPairs(pairs), first * HASH_BYTES)
      last = first - 1
    }
  }

  /** Level by level, since leaves lie on two of them. */
  #hashAbove(places: readonly number[]): void {
    const stale: Set<number>[] = []
    const mark = (node: number) => {
      const level = levelOf(node)
      stale[level] ??= new Set()
      stale[level].add(node)
    }
    for (const place of places) if (place > 0) mark(parentOf(place))
    for (let level = stale.length - 1; level >= 0; level--) {
      const nodes = [...(stale[level] ?? [])]
      const pairs = new Uint8Array(nodes.length * 2 * HASH_BYTES)
      for (const [i, node] of nodes.entries()) {
        pairs.set(this.nodes.subarray((2 * node + 1) * HASH_BYTES, (2 * node + 3) * HASH_BYTES), i * 2 * HASH_BYTES)
        if (node > 0) mark(parentOf(node))
      }
      const hashed = wordsOf(this.keccak.keccakPairs(pairs))
      for (const [i, node] of nodes.entries()) this.#put(node, hashed, i)
    }
  }
}

/** Hashes one by one are moved as words: a view on each would take longer than its bytes. */
const wordsOf = (hashes: Uint8Array) => new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length / 4)

const parentOf = (node: number): number => (node - 1) >> 1
const siblingOf = (node: number): number => (node % 2 === 1 ? node + 1 : node - 1)
/** Steps below the root. */
const levelOf = (node: number): number => 31 - Math.clz32(node + 1)

/** keccak256 of two hashes, the lower one first. */
export function hashPair(keccak: Keccak, a: Uint8Array, b: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HASH_BYTES)
  pair.set(a)
  pair.set(b, HASH_BYTES)
  return keccak.keccakPairs(pair)
}
