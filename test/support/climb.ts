/**
 * The root over a leaf's hash and its siblings, computed apart from the code under test.
 */
import { keccak_256 } from "@noble/hashes/sha3.js"
import { hexToBytes } from "@noble/hashes/utils.js"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { accountHash } from "../../aggregator/domain/leaf.js"
import type { MerkleProof } from "../../aggregator/domain/merkle.js"

/** By the rule of the tree: pairs are hashed in ascending order. */
export const climbed = (node: Bytes32, proof: MerkleProof): Bytes32 =>
  proof.reduce((at, sibling) => {
    const [low, high] = at < sibling ? [at, sibling] : [sibling, at]
    return `0x${Buffer.from(keccak_256(hexToBytes(low.slice(2) + high.slice(2)))).toString("hex")}`
  }, node)

export const madeUpProof = (depth: number): MerkleProof =>
  Array.from({ length: depth }, (_, level) => accountHash(`sibling ${level}`))
