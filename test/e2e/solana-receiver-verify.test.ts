/**
 * Accounts proved by the Solana receiver program in the real runtime, as another program or a wallet would have it.
 */
import { Keypair } from "@solana/web3.js"
import { beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { AccountLeaf, Bytes32 } from "../../aggregator/domain/attestation.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { accountHash, accountLeafHash, LeafEncodingError } from "../../aggregator/domain/leaf.js"
import { attestationTree } from "../../aggregator/domain/merkle.js"
import { LayoutError } from "../../chains/solana/layout.js"
import { provedHealth, verifyInstruction } from "../../chains/solana/receiver-proof.js"
import { encodePayload, revocationPayload } from "../../chains/wormhole/payload.js"
import { attestationOf, holder, leaves } from "../support/attestation.js"
import { climbed, madeUpProof } from "../support/climb.js"
import { NOW, ReceiverBench, signed } from "../support/solana-receiver.js"

const TAKEN_AT = NOW - 20
const VALIDITY = 60
const COUNT = 9
const received = attestationOf(COUNT, 1n, TAKEN_AT, VALIDITY)
const tree = attestationTree(received.header, received.leaves)
const someLeaf = leafAt(3)

let bench: ReceiverBench
beforeAll(() => {
  bench = ReceiverBench.opened()
  hold(received.root)
})
beforeEach(() => bench.setTime(NOW))

function leafAt(index: number): AccountLeaf {
  const leaf = leaves(COUNT)[index]
  if (!leaf) throw new Error(`no leaf ${index}`)
  return leaf
}

/** Delivers a root as the next epoch. */
function hold(root: Bytes32): void {
  const epoch = bench.held().epoch + 1n
  const { refusal } = bench.deliver(signed({ payload: encodePayload({ ...received, epoch, root }) }))
  if (refusal !== null) throw new Error(`not delivered: ${refusal}`)
}

/** Holds a tree in which one leaf stands at a depth, under made-up siblings, and asks for it. */
function proveAlone(leaf: AccountLeaf, depth: number) {
  const proof = madeUpProof(depth)
  hold(climbed(accountLeafHash(leaf), proof))
  const outcome = bench.send([verifyInstruction(bench.receiver, leaf, proof)])
  hold(received.root)
  return outcome
}

const ask = (leaf: AccountLeaf, proof = tree.proof(leaf.index)) =>
  bench.send([verifyInstruction(bench.receiver, leaf, proof)])

describe("a proved account", () => {
  it("has the health and the status of its leaf, whatever their signs", () => {
    for (const leaf of received.leaves) {
      const { refusal, returnData } = ask(leaf)
      expect(refusal).toBeNull()
      expect(provedHealth(returnData)).toEqual({
        health: usd(leaf.equity - leaf.maintenanceMargin),
        status: leaf.status,
      })
    }
  })

  it("costs 3,500 units at depth 20, the derivation of its leaf included", () => {
    const deep = proveAlone(someLeaf, 20)
    console.info(`Solana verify: ${deep.units} units at depth 20`)
    expect(deep.refusal).toBeNull()
    expect(deep.units).toBeLessThanOrEqual(3_500)
    expect(deep.bytes).toBeLessThanOrEqual(1_232)
  })

  it.each([
    ["the largest amounts", 2n ** 127n - 1n, 0n],
    ["the smallest amounts", -(2n ** 127n), 0n],
    ["one wei of debt", -1n, 0n],
    ["a negative margin", 0n, -1n],
    ["amounts that borrow between their halves", 2n ** 64n, 1n],
  ])("may have %s", (_, equity, maintenanceMargin) => {
    const { refusal, returnData } = proveAlone(
      { ...someLeaf, equity: usd(equity), maintenanceMargin: usd(maintenanceMargin) },
      2,
    )
    expect(refusal).toBeNull()
    expect(provedHealth(returnData).health).toBe(equity - maintenanceMargin)
  })
})

describe("a revoked epoch", () => {
  it("proves nothing any more; the next one does", () => {
    const withdrawn = bench.held().epoch + 1n
    expect(bench.deliver(signed({ payload: encodePayload(revocationPayload(withdrawn, NOW)) })).refusal).toBeNull()
    expect(ask(someLeaf).refusal).toBe("EPOCH_REVOKED")
    hold(received.root)
    expect(ask(someLeaf).refusal).toBeNull()
  })
})

describe("refused is", () => {
  it.each<[string, Partial<AccountLeaf>]>([
    ["another index", { index: 4 }],
    ["another chain", { wormholeChain: 30 }],
    ["another holder", { holder: holder(1_000) }],
    ["another account", { account: accountHash("other") }],
    ["more equity", { equity: usd(someLeaf.equity + 1n) }],
    ["equity of another sign", { equity: usd(-someLeaf.equity) }],
    ["less initial margin", { initialMargin: usd(someLeaf.initialMargin - 1n) }],
    ["less maintenance margin", { maintenanceMargin: usd(someLeaf.maintenanceMargin - 1n) }],
    ["a better status", { status: someLeaf.status === "NORMAL" ? "BANKRUPT" : "NORMAL" }],
    ["another time", { asOf: someLeaf.asOf + 1 }],
  ])("a leaf with %s", (_, change) => {
    expect(ask({ ...someLeaf, ...change }, tree.proof(someLeaf.index)).refusal).toBe("LEAF_NOT_INCLUDED")
  })

  it("a proof that is another leaf's, too short, too long or of a changed sibling", () => {
    const proof = tree.proof(someLeaf.index)
    const changed = proof.map((sibling, i) => (i === 0 ? accountHash("sibling") : sibling))
    for (const wrong of [tree.proof(0), proof.slice(1), proof.slice(0, -1), [], [...proof, received.root], changed]) {
      expect(ask(someLeaf, wrong).refusal).toBe("LEAF_NOT_INCLUDED")
    }
  })

  it("a proof deeper than any tree", () => {
    expect(proveAlone(someLeaf, 32).refusal).toBeNull()
    expect(proveAlone(someLeaf, 33).refusal).toBe("MALFORMED_INSTRUCTION")
  })

  it.each(["STALE", "UNAVAILABLE"] as const)("an account whose status is %s, though it is proved", status => {
    expect(proveAlone({ ...someLeaf, status }, 3).refusal).toBe("HEALTH_UNKNOWN")
  })

  it("a health that does not fit its number", () => {
    const least = { ...someLeaf, equity: usd(-(2n ** 127n)), maintenanceMargin: usd(1n) }
    expect(proveAlone(least, 1).refusal).toBe("MALFORMED_INSTRUCTION")
    const most = { ...someLeaf, equity: usd(2n ** 127n - 1n), maintenanceMargin: usd(-1n) }
    expect(proveAlone(most, 1).refusal).toBe("MALFORMED_INSTRUCTION")
  })

  it("an attestation after its last second", () => {
    bench.setTime(TAKEN_AT + VALIDITY)
    expect(ask(someLeaf).refusal).toBeNull()
    bench.setTime(TAKEN_AT + VALIDITY + 1)
    expect(ask(someLeaf).refusal).toBe("ATTESTATION_EXPIRED")
    bench.setTime(0)
    expect(ask(someLeaf).refusal).toBe("NO_CLOCK")
    bench.setTime(-1)
    expect(ask(someLeaf).refusal).toBe("NO_CLOCK")
  })

  it("everything before the first attestation", () => {
    const empty = ReceiverBench.opened()
    const before = empty.send([verifyInstruction(empty.receiver, someLeaf, [])])
    expect(before.refusal).toBe("ATTESTATION_EXPIRED")
  })

  it("a state that the program does not own, of another tag or of another length", () => {
    const { owner, data } = bench.account(bench.state)
    const forgeries = [
      { owner: Keypair.generate().publicKey, data },
      { owner, data: data.map((byte, i) => (i === 7 ? byte ^ 1 : byte)) },
      { owner, data: data.subarray(0, -1) },
      { owner, data: Uint8Array.from([...data, 0]) },
    ]
    for (const forged of forgeries) {
      bench.put(bench.state, forged.owner, forged.data)
      expect(ask(someLeaf).refusal).toBe("WRONG_STATE")
    }
    bench.put(bench.state, owner, data)
    expect(ask(someLeaf).refusal).toBeNull()
  })

  it("any other number of accounts", () => {
    const instruction = verifyInstruction(bench.receiver, someLeaf, tree.proof(someLeaf.index))
    const [state] = instruction.keys
    if (!state) throw new Error("no state")
    for (const keys of [[], [state, state], [state, { ...state, pubkey: bench.guardianSet }]]) {
      instruction.keys = keys
      expect(bench.send([instruction]).refusal).toBe("WRONG_ACCOUNTS")
    }
  })

  it("instruction data cut short at any length", () => {
    const { data } = verifyInstruction(bench.receiver, someLeaf, tree.proof(someLeaf.index))
    const instruction = verifyInstruction(bench.receiver, someLeaf, [])
    for (let length = 0; length < data.length; length++) {
      instruction.data = data.subarray(0, length)
      const whole = length >= 128 && length % 32 === 0
      expect(bench.send([instruction]).refusal).toBe(whole ? "LEAF_NOT_INCLUDED" : "MALFORMED_INSTRUCTION")
    }
  })
})

describe("the client refuses", () => {
  it("amounts beyond 128 bits and malformed hashes", () => {
    const proof = tree.proof(someLeaf.index)
    const wide = { ...someLeaf, equity: usd(2n ** 127n) }
    expect(() => verifyInstruction(bench.receiver, wide, proof)).toThrow(LeafEncodingError)
    expect(() => verifyInstruction(bench.receiver, someLeaf, ["0x12"])).toThrow(LeafEncodingError)
  })

  it("return data that is not the program's", () => {
    expect(() => provedHealth(new Uint8Array(16))).toThrow(LayoutError)
    expect(() => provedHealth(new Uint8Array(17).fill(9))).toThrow(LayoutError)
  })
})
