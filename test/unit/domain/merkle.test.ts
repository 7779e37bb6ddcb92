import { describe, expect, it } from "vitest"
import { usd } from "../../../aggregator/domain/fixed.js"
import {
  attestationTree,
  LeafOrderError,
  LeafPresentError,
  orderLeaves,
  proveAbsence,
  UnknownLeafError,
  verifyAbsence,
  verifyHeaderProof,
  verifyProof,
} from "../../../aggregator/domain/merkle.js"
import { headerOf, holder, leaves, tree } from "../../support/attestation.js"

describe("attestation tree", () => {
  it("refuses a forged leaf, a neighbour's proof and an empty proof", () => {
    const three = tree(3)
    const [first] = three.leaves
    if (!first) throw new Error("no leaf")
    expect(verifyProof(three.root, first, three.proof(0))).toBe(true)
    expect(verifyProof(three.root, { ...first, equity: usd(first.equity + 1n) }, three.proof(0))).toBe(false)
    expect(verifyProof(three.root, first, three.proof(1))).toBe(false)
    expect(verifyProof(three.root, first, [])).toBe(false)
    expect(verifyHeaderProof(three.root, three.header, [])).toBe(false)
    expect(verifyHeaderProof(three.root, { ...three.header, leafCount: 4 }, three.headerProof())).toBe(false)
  })

  it("is the header alone when nobody is linked", () => {
    const empty = tree(0)
    expect(verifyHeaderProof(empty.root, empty.header, empty.headerProof())).toBe(true)
    expect(() => empty.proof(0)).toThrow(UnknownLeafError)
  })

  it.each([
    ["unsorted", [...leaves(3)].reverse()],
    ["wrongly numbered", leaves(3).map(leaf => ({ ...leaf, index: leaf.index + 1 }))],
  ])("refuses %s leaves", (_, bad) => {
    expect(() => attestationTree(headerOf(3), bad)).toThrow(LeafOrderError)
  })

  it("refuses one address twice and a wrong count", () => {
    const [first] = leaves(1)
    if (!first) throw new Error("no leaf")
    expect(() => orderLeaves([first, first])).toThrow(LeafOrderError)
    expect(() => attestationTree(headerOf(2), leaves(3))).toThrow(LeafOrderError)
  })
})

describe("absence", () => {
  it.each([
    ["between two leaves", { wormholeChain: 2, holder: holder(3) }],
    ["before the first", { wormholeChain: 1, holder: holder(9) }],
    ["after the last", { wormholeChain: 4, holder: holder(99) }],
  ])("is proved %s", (_, key) => {
    const three = tree(3)
    expect(verifyAbsence(three.root, key, proveAbsence(three, key))).toBe(true)
  })

  it("is proved in an empty tree", () => {
    const key = { wormholeChain: 2, holder: holder(1) }
    expect(verifyAbsence(tree(0).root, key, proveAbsence(tree(0), key))).toBe(true)
  })

  it("cannot be proved for a present address", () => {
    const five = tree(5)
    for (const leaf of five.leaves) expect(() => proveAbsence(five, leaf)).toThrow(LeafPresentError)
  })

  it("refuses neighbours with somebody between them, and ends that are none", () => {
    const five = tree(5)
    const [, second, third, fourth] = five.leaves
    if (!second || !third || !fourth) throw new Error("no leaves")
    const proved = (leaf: typeof second) => ({ leaf, proof: five.proof(leaf.index) })
    const header = { header: five.header, headerProof: five.headerProof() }
    expect(verifyAbsence(five.root, third, { before: proved(second), after: proved(fourth), ...header })).toBe(false)
    expect(verifyAbsence(five.root, third, { before: null, after: proved(fourth), ...header })).toBe(false)
    expect(verifyAbsence(five.root, third, { before: proved(second), after: null, ...header })).toBe(false)
    expect(verifyAbsence(five.root, third, { before: null, after: null, ...header })).toBe(false)
  })

  it("refuses neighbours whose fields were changed", () => {
    const five = tree(5)
    const key = { wormholeChain: 2, holder: holder(3) }
    const absence = proveAbsence(five, key)
    if (!absence.before) throw new Error("no neighbour")
    const forged = { ...absence.before, leaf: { ...absence.before.leaf, equity: usd(0n) } }
    expect(verifyAbsence(five.root, key, { ...absence, before: forged })).toBe(false)
  })
})
