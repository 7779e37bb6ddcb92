import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chainId } from "../../aggregator/domain/caip.js"
import { type Usd, usd } from "../../aggregator/domain/fixed.js"
import { attestationTree } from "../../aggregator/domain/merkle.js"
import type { Delivery } from "../../aggregator/domain/ports.js"
import { DEV_GUARDIANS } from "../../chains/devnet/guardian-keys.js"
import { signersOf, signMessage } from "../../chains/devnet/guardian-signing.js"
import { CallRefusedError } from "../../chains/evm/sender.js"
import { evmTarget } from "../../chains/relay/evm-target.js"
import { memoryOutbox } from "../../chains/relay/outbox.js"
import { openRelay } from "../../chains/relay/relay.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf, headerOf, leaves } from "../support/attestation.js"
import { type AttestationChain, chainTime, startAttestationChains } from "../support/attestation-chains.js"
import { routeTo } from "../support/relay-bench.js"
import { until } from "../support/until.js"

const never = new AbortController().signal
const SOLANA = chainId("solana:devnet")
/** Valid from the newest block on, which may be minutes old on a slow machine. */
const HOUR = 3_600

let chains: Awaited<ReturnType<typeof startAttestationChains>>
beforeAll(async () => {
  chains = await startAttestationChains()
})
afterAll(() => chains.stop())

const openBench = () =>
  openRelay({
    guardianApis: [chains.guardian.url],
    routes: [chains.home, chains.away].map(({ receiver }) => routeTo(evmTarget(receiver))),
    undeployed: [SOLANA],
    outbox: memoryOutbox(),
    clock: { now: () => Math.floor(Date.now() / 1_000) },
    intervalMs: 20,
  })

const byChain = (rows: readonly Delivery[]) => new Map(rows.map(row => [row.chain, row]))

/** A VAA as guardians would sign it, whatever is wrong with it. */
const forged = (change: Partial<Parameters<typeof signMessage>[0]>, signers = signersOf(0n)) =>
  signMessage(
    {
      emitterChain: 2,
      emitter: chains.emitter,
      sequence: 1_000n,
      timestamp: 1_760_000_000,
      nonce: 0,
      consistencyLevel: 200,
      payload: new Uint8Array(),
      ...change,
    },
    signers,
  )

const payloadOf = (epoch: bigint, timestamp: number, validity = 60) =>
  encodePayload(attestationOf(5, epoch, timestamp, validity))

/** Resolves with the name of the contract's error. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof CallRefusedError)) throw error ?? new Error("nothing was refused")
  return error.errorName
}

/** A receiver that already holds `epoch` and is not expired. */
async function holding(chain: AttestationChain, epoch: bigint, count = 5) {
  const attestation = attestationOf(count, epoch, await chainTime(chain), HOUR)
  const submission = await chain.receiver.submit(forged({ payload: encodePayload(attestation) }), never)
  return { ...attestation, submission, tree: attestationTree(attestation.header, attestation.leaves) }
}

describe("an attestation", () => {
  it("is published, signed, delivered to both chains and proved leaf by leaf on each", async () => {
    const attestation = attestationOf(5, 1n, await chainTime(chains.home), HOUR)
    const relay = openBench()
    relay.run()
    const receipt = await chains.publisher.publish(attestation, never)
    await relay.dispatch(attestation, { emitterChain: 2, emitter: chains.emitter }, receipt)
    const rows = await until("both deliveries", async () => {
      const seen = byChain(await relay.deliveries(1n))
      return [...seen.values()].every(({ status }) => status !== "PENDING") && seen
    })
    const tree = attestationTree(attestation.header, attestation.leaves)
    for (const { receiver } of [chains.home, chains.away]) {
      const row = rows.get(receiver.chain)
      expect(row).toMatchObject({ status: "DELIVERED", reason: null, transaction: expect.stringMatching(/^0x/) })
      console.info(`delivery on ${receiver.chain}: ${row?.gasUsed} gas (first, cold slots)`)
      expect(await receiver.latest()).toMatchObject({ epoch: 1n, root: attestation.root, consistencyLevel: 200 })
      for (const leaf of attestation.leaves) {
        const proved = await receiver.verifyHealth(leaf, tree.proof(leaf.index))
        expect(proved).toEqual({ health: usd(leaf.equity - leaf.maintenanceMargin), status: leaf.status })
      }
      await receiver.verifyHeader(attestation.header, tree.headerProof())
    }
    expect(rows.get(SOLANA)).toMatchObject({ status: "FAILED", transaction: null, fee: null })
    await relay.stop()
  })

  it("costs the gas that the second and later deliveries cost", async () => {
    const { submission } = await holding(chains.home, 2n)
    console.info(
      `delivery on ${chains.home.receiver.chain}, 13 of 19 signatures, warm slots: ${submission.gasUsed} gas`,
    )
    expect(submission.gasUsed).toBeLessThanOrEqual(100_000n)
  })

  it("pays the core's message fee", async () => {
    const { client, core } = chains.home
    const feeSlot = `0x${(7).toString(16)}` as const
    await client.setStorageAt({ address: core, index: feeSlot, value: `0x${(12_345).toString(16).padStart(64, "0")}` })
    const before = await client.getBalance({ address: core })
    await chains.publisher.publishMessage(0, "0x00", never)
    expect((await client.getBalance({ address: core })) - before).toBe(12_345n)
    await client.setStorageAt({ address: core, index: feeSlot, value: `0x${"0".repeat(64)}` })
  })
})

describe("the receiver refuses", () => {
  it("a forged leaf, another leaf's proof, no proof and a forged header", async () => {
    const { receiver } = chains.home
    const { tree } = await holding(chains.home, 10n)
    const [first, second] = tree.leaves
    if (!first || !second) throw new Error("no leaves")
    const richer = { ...first, equity: usd(first.equity + 1n) }
    expect(await refusal(receiver.verifyHealth(richer, tree.proof(0)))).toBe("LeafNotIncluded")
    expect(await refusal(receiver.verifyHealth(first, tree.proof(1)))).toBe("LeafNotIncluded")
    expect(await refusal(receiver.verifyHealth(second, tree.proof(0)))).toBe("LeafNotIncluded")
    expect(await refusal(receiver.verifyHealth(first, []))).toBe("LeafNotIncluded")
    expect(await refusal(receiver.verifyHeader({ ...tree.header, leafCount: 6 }, tree.headerProof()))).toBe(
      "LeafNotIncluded",
    )
  })

  it("to give a number for an account whose inputs were not trusted, but proves that it is so", async () => {
    const { receiver } = chains.home
    const [known] = leaves(1)
    if (!known) throw new Error("no leaf")
    const leaf = { ...known, status: "UNAVAILABLE" as const, equity: 0n as Usd }
    const tree = attestationTree(headerOf(1), [leaf])
    const { root } = tree
    const payload = encodePayload({ ...attestationOf(1, 11n, await chainTime(chains.home), HOUR), root })
    await receiver.submit(forged({ payload }), never)
    await receiver.verifyLeaf(leaf, tree.proof(0))
    expect(await refusal(receiver.verifyHealth(leaf, tree.proof(0)))).toBe("HealthUnknown")
  })

  it("an epoch that does not rise", async () => {
    const { receiver } = chains.home
    const { timestamp } = await holding(chains.home, 20n)
    for (const epoch of [20n, 19n, 0n]) {
      expect(await refusal(receiver.submit(forged({ payload: payloadOf(epoch, timestamp) }), never))).toBe(
        "EpochNotRising",
      )
    }
  })

  it("twelve signatures, none, one by the wrong guardian, and one guardian twice", async () => {
    const { receiver } = chains.home
    const payload = payloadOf(30n, await chainTime(chains.home))
    const [first, second, ...rest] = DEV_GUARDIANS.slice(0, 13)
    if (!first || !second) throw new Error("no guardians")
    const swapped = [{ ...first, privateKey: second.privateKey }, second, ...rest]
    for (const signers of [DEV_GUARDIANS.slice(0, 12), [], swapped, [first, first, ...rest]]) {
      expect(await refusal(receiver.submit(forged({ payload }, signers), never))).toBe("InvalidVaa")
    }
  })

  it("another emitter, and the same emitter on another chain", async () => {
    const { receiver, publisher } = chains.home
    const payload = payloadOf(40n, await chainTime(chains.home))
    const stranger = publisher("instant", 9).emitter
    expect(await refusal(receiver.submit(forged({ payload, emitter: stranger }), never))).toBe("UnknownEmitter")
    expect(await refusal(receiver.submit(forged({ payload, emitterChain: 4 }), never))).toBe("UnknownEmitter")
  })

  it("payloads cut short, too long, of another magic, version or grade", async () => {
    const { receiver } = chains.home
    const payload = payloadOf(50n, await chainTime(chains.home))
    const changed = (at: number, value: number) => payload.map((byte, i) => (i === at ? value : byte))
    const bad = [
      payload.subarray(0, -1),
      new Uint8Array(),
      Uint8Array.of(...payload, 0),
      changed(0, 0x51),
      changed(4, 2),
      changed(25, 3),
    ]
    for (const bytes of bad) {
      expect(await refusal(receiver.submit(forged({ payload: bytes }), never))).toBe("MalformedPayload")
    }
  })

  it("a body changed after it was signed", async () => {
    const vaa = forged({ payload: payloadOf(60n, await chainTime(chains.home)) })
    const changed = vaa.map((byte, i) => (i === vaa.length - 1 ? byte ^ 1 : byte))
    expect(await refusal(chains.home.receiver.submit(changed, never))).toBe("InvalidVaa")
  })

  it("a timestamp that would stretch the validity", async () => {
    const ahead = (await chainTime(chains.home)) + 3_600
    expect(await refusal(chains.home.receiver.submit(forged({ payload: payloadOf(70n, ahead) }), never))).toBe(
      "TimestampAhead",
    )
  })

  it("to rely on an expired attestation", async () => {
    const { receiver, client } = chains.away
    const { tree, timestamp, validity } = await holding(chains.away, 80n)
    const [leaf] = tree.leaves
    if (!leaf) throw new Error("no leaf")
    await client.setNextBlockTimestamp({ timestamp: BigInt(timestamp + validity) })
    await client.mine({ blocks: 1 })
    await receiver.verifyHealth(leaf, tree.proof(0))
    await client.setNextBlockTimestamp({ timestamp: BigInt(timestamp + validity + 1) })
    await client.mine({ blocks: 1 })
    expect(await refusal(receiver.verifyHealth(leaf, tree.proof(0)))).toBe("AttestationExpired")
    expect(await refusal(receiver.verifyLeaf(leaf, tree.proof(0)))).toBe("AttestationExpired")
    expect(await refusal(receiver.verifyHeader(tree.header, tree.headerProof()))).toBe("AttestationExpired")
  })
})

describe("the receiver accepts", () => {
  it.each([
    ["the first thirteen guardians", DEV_GUARDIANS.slice(0, 13)],
    ["the last thirteen", DEV_GUARDIANS.slice(6)],
    ["thirteen with gaps", DEV_GUARDIANS.filter(({ index }) => index % 3 !== 1)],
    ["all nineteen", DEV_GUARDIANS],
  ])("signatures of %s", async (_, signers) => {
    const { receiver } = chains.home
    const epoch = (await receiver.latest()).epoch + 1n
    const payload = payloadOf(epoch, await chainTime(chains.home))
    await receiver.submit(forged({ payload }, signers), never)
    expect((await receiver.latest()).epoch).toBe(epoch)
  })
})
