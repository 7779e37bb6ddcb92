import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import type { AccountLeaf, Attestation } from "../../aggregator/domain/attestation.js"
import { InvalidInputError } from "../../aggregator/domain/errors.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { attestationTree } from "../../aggregator/domain/merkle.js"
import type { Snapshot } from "../../aggregator/domain/snapshot.js"
import { type PublishedEpoch, type Verdict, verifyEpoch } from "../../aggregator/pipeline/verify-epoch.js"
import { loadKernel } from "../../wasm-core/kernel.js"
import { type Publisher, publisherOf, randomEpochSnapshots, someEpochs } from "../support/published-epochs.js"

let publisher: Publisher
let snapshot: Snapshot
let attestation: Attestation
let epoch: PublishedEpoch
beforeAll(async () => {
  publisher = await publisherOf()
  snapshot = fc.sample(randomEpochSnapshots(), { numRuns: 20, seed: 7 }).find(hasFigures) ?? never()
  attestation = publisher.attest(snapshot, 7n)
  epoch = publisher.publish(attestation, snapshot)
})

const hasFigures = (taken: Snapshot) => publisher.attest(taken, 1n).leaves.some(leaf => leaf.equity !== 0n)
const never = (): never => {
  throw new Error("no sample has figures")
}
const verdict = (published: PublishedEpoch): Promise<Verdict> => verifyEpoch(published, loadKernel)

/** Refused as malformed, or found to differ: either way it does not pass. */
async function passes(published: PublishedEpoch): Promise<boolean> {
  try {
    return (await verdict(published)).status === "ok"
  } catch (error) {
    if (error instanceof InvalidInputError) return false
    throw error
  }
}

/** Attested again with one leaf changed, its root and its message too: all of it consistent, none of it true. */
function lyingAbout(change: (leaf: AccountLeaf) => AccountLeaf): PublishedEpoch {
  const place = attestation.leaves.findIndex(leaf => leaf.equity !== 0n)
  const leaves = attestation.leaves.map((leaf, i) => (i === place ? change(leaf) : leaf))
  const { root } = attestationTree(attestation.header, leaves)
  return publisher.publish({ ...attestation, leaves, root }, snapshot)
}

describe("re-computing an epoch", () => {
  it("finds 200 random epochs right, bit for bit", async () => {
    for (const published of await someEpochs(200)) expect((await verdict(published)).status).toBe("ok")
  })

  it.each(["commitment", "snapshot", "policy", "wasm"] as const)(
    "detects every change of a single bit: %s",
    async name => {
      expect(await passes(epoch)).toBe(true)
      const bits = epoch[name].length * 8
      await fc.assert(
        fc.asyncProperty(fc.nat(bits - 1), async bit => {
          const changed = new Uint8Array(epoch[name])
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          expect(await passes({ ...epoch, [name]: changed })).toBe(false)
        }),
        { numRuns: name === "commitment" ? 400 : 100 },
      )
    },
  )

  it("names the account, the field and both values", async () => {
    const liar = lyingAbout(leaf => ({ ...leaf, equity: usd(leaf.equity + 1n) }))
    const found = await verdict(liar)
    expect(found).toMatchObject({ status: "differs", difference: { field: "equity" } })
    if (found.status !== "differs") return
    expect(snapshot.accounts.map(each => each.id)).toContain(found.difference.account)
    expect(found.difference.published).not.toBe(found.difference.recomputed)
  })

  it("detects a price that does not follow from what was observed", async () => {
    const [first, ...others] = snapshot.prices
    const prices = first?.status === "ok" ? [{ ...first, publishTime: first.publishTime - 1 }, ...others] : []
    const taken = { ...snapshot, prices }
    const found = await verdict(publisher.publish(publisher.attest(taken, 7n), taken))
    expect(found).toMatchObject({ status: "differs", difference: { account: null } })
    expect(found.status === "differs" && found.difference.field).toMatch(/^prices\//)
  })

  it("detects a message that says something else", async () => {
    for (const [field, message] of Object.entries({
      epoch: { ...attestation, epoch: 8n },
      timestamp: { ...attestation, timestamp: attestation.timestamp + 1 },
      validity: { ...attestation, validity: 6_000 },
      inputGrade: { ...attestation, inputGrade: "query" as const },
      root: { ...attestation, root: attestation.header.wasmHash },
    })) {
      expect(await verdict({ ...epoch, message })).toMatchObject({ difference: { field: `message/${field}` } })
    }
  })

  it("takes the publisher's word for number and validity while nothing is signed", async () => {
    expect((await verdict({ ...epoch, message: null })).status).toBe("ok")
  })

  it("refuses to run a module that is not the attested one", async () => {
    const load = () => {
      throw new Error("loaded")
    }
    const found = await verifyEpoch({ ...epoch, wasm: Uint8Array.of(0) }, load)
    expect(found).toMatchObject({ difference: { field: "wasmHash" } })
  })
})
