import { SimpleMerkleTree } from "@openzeppelin/merkle-tree"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { accountLeafHash, headerLeafHash } from "../../aggregator/domain/leaf.js"
import { proveAbsence, verifyAbsence, verifyHeaderProof, verifyProof } from "../../aggregator/domain/merkle.js"
import { holder, tree } from "../support/attestation.js"

const count = fc.integer({ min: 0, max: 40 })

describe("attestation tree", () => {
  it("has the root and the proofs of OpenZeppelin's tree", () => {
    fc.assert(
      fc.property(count, n => {
        const ours = tree(n)
        const hashes = [...ours.leaves.map(accountLeafHash), headerLeafHash(ours.header)]
        const theirs = SimpleMerkleTree.of(hashes, { sortLeaves: false })
        expect(ours.root).toBe(theirs.root)
        for (const { index } of ours.leaves) expect(ours.proof(index)).toEqual(theirs.getProof(index))
        expect(ours.headerProof()).toEqual(theirs.getProof(n))
        for (const leaf of ours.leaves) {
          expect(SimpleMerkleTree.verify(ours.root, accountLeafHash(leaf), [...ours.proof(leaf.index)])).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it("proves each leaf with its own proof and no other leaf with it", () => {
    fc.assert(
      fc.property(count, n => {
        const ours = tree(n)
        for (const leaf of ours.leaves) {
          for (const other of ours.leaves) {
            expect(verifyProof(ours.root, leaf, ours.proof(other.index))).toBe(leaf === other)
          }
        }
        expect(verifyHeaderProof(ours.root, ours.header, ours.headerProof())).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it("proves the absence of exactly the absent", () => {
    const key = fc.record({
      wormholeChain: fc.integer({ min: 0, max: 6 }),
      holder: fc.integer({ min: 0, max: 90 }).map(holder),
    })
    fc.assert(
      fc.property(count, key, (n, wanted) => {
        const ours = tree(n)
        const present = ours.leaves.some(
          leaf => leaf.wormholeChain === wanted.wormholeChain && leaf.holder === wanted.holder,
        )
        if (present) expect(() => proveAbsence(ours, wanted)).toThrow()
        else expect(verifyAbsence(ours.root, wanted, proveAbsence(ours, wanted))).toBe(true)
      }),
    )
  })
})
