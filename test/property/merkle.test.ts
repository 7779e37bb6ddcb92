import { SimpleMerkleTree } from "@openzeppelin/merkle-tree"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { usd } from "../../aggregator/domain/fixed.js"
import { accountHash, accountLeafHash, headerLeafHash } from "../../aggregator/domain/leaf.js"
import {
  attestationTree,
  proveAbsence,
  verifyAbsence,
  verifyHeaderProof,
  verifyProof,
} from "../../aggregator/domain/merkle.js"
import { headerOf, holder, tree } from "../support/attestation.js"

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

  it("is the same whether built anew or from the epoch before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(39), { maxLength: 10 }),
        fc.nat(),
        (count, places, more) => {
          const before = tree(count)
          const changed = [...new Set(places)].flatMap(place => {
            const leaf = before.leaves[place]
            return leaf ? [{ ...leaf, equity: usd(leaf.equity + BigInt(more)) }] : []
          })
          const header = { ...headerOf(count), snapshotHash: accountHash(String(more)) }
          const next = before.with(header, changed)
          const anew = attestationTree(header, next.leaves)
          expect(next.root).toBe(anew.root)
          expect(next.headerProof()).toEqual(anew.headerProof())
          expect(before.root).toBe(tree(count).root)
        },
      ),
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
