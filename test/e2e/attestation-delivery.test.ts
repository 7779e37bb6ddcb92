import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { ChainFault } from "../../chains/chain-fault.js"
import { startAnvil } from "../../chains/devnet/anvil.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { signersOf, signMessage } from "../../chains/devnet/guardian-signing.js"
import { MessageNotLoggedError, openCoreBridge } from "../../chains/evm/core-bridge.js"
import { openReceiver } from "../../chains/evm/receiver.js"
import { CallRefusedError, openSender, TransactionUnconfirmedError } from "../../chains/evm/sender.js"
import { evmTarget } from "../../chains/relay/evm-target.js"
import { memoryOutbox } from "../../chains/relay/outbox.js"
import { startRelay } from "../../chains/relay/relay.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf } from "../support/attestation.js"
import { chainTime, startAttestationChains } from "../support/attestation-chains.js"
import { until } from "../support/until.js"

const never = new AbortController().signal

let chains: Awaited<ReturnType<typeof startAttestationChains>>
beforeAll(async () => {
  chains = await startAttestationChains()
})
afterAll(() => chains.stop())

/** The signed copy of an attestation that was never published, ready for a target. */
function signedCopy(attestation: Attestation) {
  const { epoch, root, timestamp } = attestation
  const message = { emitterChain: 2, emitter: chains.emitter, sequence: epoch, nonce: 0, consistencyLevel: 1 }
  const vaa = signMessage({ ...message, timestamp, payload: encodePayload(attestation) }, signersOf(epoch))
  return { epoch, root, vaa }
}

const fresh = async (epoch: bigint, count = 3) => attestationOf(count, epoch, await chainTime(chains.home))

describe("delivery to a chain", () => {
  it("is done once, whoever relays it first", async () => {
    const target = evmTarget(chains.home.receiver)
    const signed = signedCopy(await fresh(1n))
    const first = await target.deliver(signed, never)
    const second = await target.deliver(signed, never)
    expect(first).toMatchObject({ status: "DELIVERED", reason: null })
    expect(first.gasUsed).toBeGreaterThan(0n)
    expect(second).toMatchObject({ status: "DELIVERED", transaction: null, gasUsed: null })
  })

  it("is one transaction when two relays send at the same moment", async () => {
    const { receiver, anvil, chainId } = chains.home
    const rival = openReceiver(openSender({ url: anvil.url, chainId, account: devAccount(8) }), receiver.address)
    const signed = signedCopy(await fresh(2n))
    const rows = await Promise.all([receiver, rival].map(each => evmTarget(each).deliver(signed, never)))
    expect((await receiver.latest()).epoch).toBe(2n)
    expect(rows.filter(({ transaction, status }) => status === "DELIVERED" && transaction !== null)).toHaveLength(1)
  })

  it("fails with the reason when the chain holds a newer epoch or another root", async () => {
    const target = evmTarget(chains.home.receiver)
    await target.deliver(signedCopy(await fresh(5n)), never)
    expect(await target.deliver(signedCopy(await fresh(4n)), never)).toMatchObject({
      status: "FAILED",
      transaction: null,
    })
    expect(await target.deliver(signedCopy(await fresh(5n, 4)), never)).toMatchObject({ status: "FAILED" })
  })

  it("never takes another chain's word for it", async () => {
    const { anvil, chainId, receiver } = chains.home
    const signed = signedCopy(await fresh(6n))
    await evmTarget(receiver).deliver(signed, never)
    const strayed = openSender({ url: anvil.url, chainId: chainId + 1, account: devAccount(8) })
    const delivery = evmTarget(openReceiver(strayed, receiver.address)).deliver(signed, never)
    await expect(delivery).rejects.toMatchObject({ code: "WRONG_CHAIN" })
  })

  it("goes on where chains answer when one is down", async () => {
    const dead = await startAnvil({ chainId: 31_337 })
    const sender = openSender({ url: dead.url, chainId: 31_337, account: devAccount(7), requestTimeoutMs: 500 })
    const unreachable = openReceiver(sender, chains.home.receiver.address)
    await dead.stop()
    const attestation = await fresh(10n)
    const relay = await startRelay({
      guardians: { apis: [chains.guardian.url], intervalMs: 20 },
      targets: [unreachable, chains.away.receiver].map(evmTarget),
      outbox: memoryOutbox(),
      clock: { now: () => attestation.timestamp },
    })
    const receipt = await chains.publisher.publish(attestation, never)
    await relay.dispatch(attestation, { emitterChain: 2, emitter: chains.emitter }, receipt)
    await relay.idle()
    const [down, up] = await relay.deliveries(10n)
    expect(down).toMatchObject({ status: "FAILED", reason: expect.stringContaining("RPC_UNAVAILABLE") })
    expect(down?.reason).not.toContain(dead.url)
    expect(up).toMatchObject({ status: "DELIVERED" })
    await relay.stop()
  })
})

describe("what a publisher left on the home chain", () => {
  it("is found by its very contents, and what was never published is not", async () => {
    const [sent, unsent] = [await fresh(20n), await fresh(21n)]
    const before = await chains.home.client.getBlockNumber()
    const receipt = await chains.publisher.publish(sent, never)
    expect(await chains.publisher.find(sent, before, never)).toEqual(receipt)
    expect(await chains.publisher.find(unsent, before, never)).toBeNull()
    expect(await chains.publisher.find({ ...sent, root: unsent.header.policyHash }, before, never)).toBeNull()
  })

  it("is waited for while it is still to be mined", async () => {
    const { client } = chains.home
    const attestation = await fresh(22n)
    const before = await client.getBlockNumber()
    await client.setAutomine(false)
    const cutOff = new AbortController()
    const publishing = chains.publisher.publish(attestation, cutOff.signal)
    await until("the transaction is sent", async () => {
      const [mined, sent] = await Promise.all(
        (["latest", "pending"] as const).map(blockTag =>
          client.getTransactionCount({ address: devAccount(6).address, blockTag }),
        ),
      )
      return (sent ?? 0) > (mined ?? 0)
    })
    cutOff.abort()
    await expect(publishing).rejects.toThrow(TransactionUnconfirmedError)
    const found = chains.publisher.find(attestation, before, never)
    await client.mine({ blocks: 1 })
    await client.setAutomine(true)
    expect(await found).not.toBeNull()
  })
})

describe("a sender", () => {
  it("numbers transactions that are asked for at the same moment", async () => {
    const receipts = await Promise.all([0, 1, 2, 3].map(nonce => chains.publisher.publishMessage(nonce, "0x00", never)))
    const sequences = receipts.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b)
    const first = sequences[0] ?? 0
    expect(sequences).toEqual([first, first + 1, first + 2, first + 3])
  })

  it("refuses a chain other than the one it signs for", async () => {
    const { anvil, core } = chains.away
    const sender = openSender({ url: anvil.url, chainId: 1337, account: devAccount(9) })
    const wrong = openCoreBridge({ sender, core, consistency: "instant" })
    await expect(wrong.publishMessage(0, "0x00", never)).rejects.toThrow(ChainFault)
  })

  it("notices an address that is no core contract", async () => {
    const { anvil, chainId } = chains.home
    const sender = openSender({ url: anvil.url, chainId, account: devAccount(9) })
    const nobody = openCoreBridge({ sender, core: devAccount(12).address, consistency: "instant" })
    await expect(nobody.publishMessage(0, "0x00", never)).rejects.toThrow(ChainFault)
    const receiver = openCoreBridge({ sender, core: chains.home.receiver.address, consistency: "instant" })
    await expect(receiver.publishMessage(0, "0x00", never)).rejects.toThrow(CallRefusedError)

    // Returns one zero word to whoever calls and logs nothing.
    const silent = devAccount(13).address
    await chains.home.client.setCode({ address: silent, bytecode: "0x60206000f3" })
    const mute = openCoreBridge({ sender, core: silent, consistency: "instant" })
    await expect(mute.publishMessage(0, "0x00", never)).rejects.toThrow(MessageNotLoggedError)
  })

  it("gives up waiting for a block, and names the transaction", async () => {
    const { anvil, chainId, client, core } = chains.away
    await client.setAutomine(false)
    const sender = openSender({ url: anvil.url, chainId, account: devAccount(10), confirmTimeoutMs: 50 })
    const bridge = openCoreBridge({ sender, core, consistency: "instant" })
    const outcome = bridge.publishMessage(0, "0x00", never)
    await expect(outcome).rejects.toThrow(TransactionUnconfirmedError)
    await expect(outcome).rejects.toMatchObject({ transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    await client.setAutomine(true)
  })

  it("sends nothing once it is told to stop", async () => {
    const { client } = chains.home
    const before = await client.getTransactionCount({ address: devAccount(6).address })
    await expect(chains.publisher.publishMessage(0, "0x00", AbortSignal.abort())).rejects.toThrow()
    expect(await client.getTransactionCount({ address: devAccount(6).address })).toBe(before)
  })
})
