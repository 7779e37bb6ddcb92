/**
 * Attestations carried to the local Solana over JSON-RPC: once, in one small transaction, whatever endpoint answers.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { chainId } from "../../aggregator/domain/caip.js"
import { DEV_GUARDIAN_SET, DEV_GUARDIANS } from "../../chains/devnet/guardian-keys.js"
import { signersOf, signMessage } from "../../chains/devnet/guardian-signing.js"
import { deployReceiver } from "../../chains/devnet/solana/receiver.js"
import { devnetKeypair } from "../../chains/devnet/solana/seed.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import { solanaTarget } from "../../chains/relay/solana-target.js"
import {
  connectSolanaReceiver,
  DeliveryRefusedError,
  type OpenSolanaReceiver,
  StateNotOpenError,
} from "../../chains/solana/receiver.js"
import { ForeignMessageError } from "../../chains/solana/receiver-delivery.js"
import { MAX_TRANSACTION_BYTES, TransactionTooLargeError } from "../../chains/solana/sender.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf } from "../support/attestation.js"
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js"
import { type RelayBench, startRelayBench } from "../support/relay-bench.js"

const EMITTER = `0x${"00".repeat(12)}${"ab".repeat(20)}` as const
/** A blockhash is good for 150 of them: long enough for a slow machine to sign and send. */
const SLOT_MS = 100
const never = new AbortController().signal
const payer = devnetKeypair("courier")

let solana: LocalSolana
let front: FaultProxy
let receiver: OpenSolanaReceiver
let connect: (change?: Partial<Parameters<typeof connectSolanaReceiver>[0]>) => OpenSolanaReceiver
beforeAll(async () => {
  solana = await startSolana({ slotMs: SLOT_MS })
  front = await startFaultProxy(solana.url)
  solana.seeder.fund(payer.publicKey, 10n ** 9n)
  const { program, source } = deployReceiver(solana, { wormholeChain: 2, emitter: EMITTER })
  connect = change =>
    connectSolanaReceiver({
      chain: chainId(solana.chain),
      rpc: [front.url, solana.url],
      timeoutMs: 10_000,
      core: source.core.toBase58(),
      receiver: program.toBase58(),
      wormholeChain: 2,
      emitter: EMITTER,
      key: JSON.stringify([...payer.secretKey]),
      ...change,
    })
  receiver = connect()
})
afterAll(async () => {
  await front?.stop()
  await solana?.stop()
})

const now = () => solana.ledger.blocks.head.time
const fresh = (epoch: bigint, count = 3) => attestationOf(count, epoch, now(), 3_600)
function signedCopy(attestation: Attestation, { payload = encodePayload(attestation), emitterChain = 2 } = {}) {
  const { epoch, root, timestamp } = attestation
  const message = { emitterChain, emitter: EMITTER, sequence: epoch, nonce: 0, consistencyLevel: 1, timestamp, payload }
  return { epoch, root, vaa: signMessage(message, signersOf(epoch), DEV_GUARDIAN_SET) }
}

let benches: RelayBench[] = []
afterEach(async () => {
  for (const bench of benches) await bench.stop()
  benches = []
})
/** Delivers through a relay of its own and returns the row. */
async function deliver(attestation: Attestation, to = receiver) {
  const bench = await startRelayBench({ targets: [solanaTarget(to)], emitter: EMITTER, guardianSet: DEV_GUARDIAN_SET })
  benches.push(bench)
  await bench.publish(attestation)
  const [row] = await bench.round(attestation.epoch)
  if (!row) throw new Error("no row")
  return row
}

describe("delivery to Solana", () => {
  it("is one confirmed transaction whose row says what was really paid, and none the second time", async () => {
    const before = await receiver.sender.balance(never)
    const attestation = fresh(1n)
    const first = await deliver(attestation)
    expect(first).toMatchObject({ status: "DELIVERED", reason: null, fee: 5_000n })
    expect(first.gasUsed).toBeLessThanOrEqual(340_000n)
    expect(solana.ledger.outcome(first.transaction ?? "")?.unitsConsumed).toBe(first.gasUsed)
    expect(before - (await receiver.sender.balance(never))).toBe(first.fee)
    expect(await receiver.latest(never)).toMatchObject({ epoch: 1n, root: attestation.root, inputGrade: "single" })

    expect(await deliver(attestation)).toMatchObject({ status: "DELIVERED", transaction: null, fee: null })
    expect(before - (await receiver.sender.balance(never))).toBe(first.fee)
  })

  it("pays the priority fee that it is told to, to the lamport", async () => {
    const before = await receiver.sender.balance(never)
    const { fee } = await receiver.submit(signedCopy(fresh(2n)).vaa, never, 1_001n)
    expect(fee).toBe(5_341n)
    expect(before - (await receiver.sender.balance(never))).toBe(fee)
  })

  it("is done once when two relays send at the same moment", async () => {
    const attestation = fresh(3n)
    await Promise.all([receiver, connect()].map(each => deliver(attestation, each)))
    expect((await receiver.latest(never)).epoch).toBe(3n)
    expect(await deliver(attestation)).toMatchObject({ status: "DELIVERED", transaction: null })
  })

  it("goes on at the next endpoint while the first hangs, talks nonsense or serves another cluster", async () => {
    const other = await startSolana({ slotMs: SLOT_MS, genesisHash: "GH7ome3EiwEr7tu9JuTh2dpYWBJK3z69Xm1ZE3MEE6JC" })
    try {
      for (const [epoch, how] of [
        [4n, "hangs"],
        [5n, "garbage"],
        [6n, new URL(other.url)],
      ] as const) {
        front.misbehave(how)
        expect(await deliver(fresh(epoch), connect())).toMatchObject({
          status: "DELIVERED",
          transaction: expect.any(String),
        })
      }
    } finally {
      front.misbehave(undefined)
      await other.stop()
    }
  })

  it("is superseded by a newer epoch on the chain, and fails beside another root", async () => {
    await deliver(fresh(10n))
    expect(await deliver(fresh(9n))).toMatchObject({ status: "SUPERSEDED" })
    expect(await deliver(fresh(10n, 4))).toMatchObject({ status: "FAILED" })
  })
})

describe("refused before anything is paid is", () => {
  it("what the program refuses, by its own word", async () => {
    const before = await receiver.sender.balance(never)
    const attestation = fresh(20n)
    const late = signedCopy({ ...attestation, timestamp: now() + 3_600 })
    const few = signMessage(
      { ...messageOf(attestation), payload: encodePayload(attestation) },
      DEV_GUARDIANS.slice(0, 12),
      DEV_GUARDIAN_SET,
    )
    await expect(receiver.submit(late.vaa, never)).rejects.toMatchObject({ refusal: "TIMESTAMP_AHEAD" })
    await expect(receiver.submit(few, never)).rejects.toMatchObject({ refusal: "NO_QUORUM" })
    await expect(receiver.dryRun(few, never)).rejects.toThrow(DeliveryRefusedError)
    expect(await receiver.sender.balance(never)).toBe(before)
  })

  it("a message of another emitter", async () => {
    const foreign = signedCopy(fresh(21n), { emitterChain: 4 })
    await expect(receiver.submit(foreign.vaa, never)).rejects.toThrow(ForeignMessageError)
  })

  it("a transaction that no packet holds", async () => {
    const attestation = fresh(22n)
    const long = signedCopy(attestation, {
      payload: Uint8Array.of(...encodePayload(attestation), ...new Uint8Array(60)),
    })
    const outcome = receiver.submit(long.vaa, never)
    await expect(outcome).rejects.toThrow(TransactionTooLargeError)
    await expect(outcome).rejects.toMatchObject({ bytes: expect.any(Number) })
    expect(MAX_TRANSACTION_BYTES).toBe(1_232)
  })

  it("a delivery to an emitter's state that nobody has opened", async () => {
    const closed = connect({ emitter: `0x${"00".repeat(12)}${"cd".repeat(20)}` })
    await expect(closed.latest(never)).rejects.toThrow(StateNotOpenError)
  })

  it("a key that is none", () => {
    expect(() => connect({ key: "[1,2]" })).toThrow(RangeError)
  })
})

const messageOf = ({ epoch, timestamp }: Attestation) => ({
  emitterChain: 2,
  emitter: EMITTER,
  sequence: epoch,
  nonce: 0,
  consistencyLevel: 1,
  timestamp,
})
