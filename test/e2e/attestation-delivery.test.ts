import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { ChainFault } from "../../chains/chain-fault.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { MessageNotLoggedError, openCoreBridge } from "../../chains/evm/core-bridge.js"
import { openReceiver } from "../../chains/evm/receiver.js"
import { CallRefusedError, openSender, TransactionUnconfirmedError } from "../../chains/evm/sender.js"
import { evmTarget } from "../../chains/relay/evm-target.js"
import type { DeliveryTarget } from "../../chains/relay/target.js"
import { attestationOf } from "../support/attestation.js"
import { chainTime, startAttestationChains } from "../support/attestation-chains.js"
import { type RelayBench, startRelayBench } from "../support/relay-bench.js"
import { until } from "../support/until.js"

const never = new AbortController().signal

let chains: Awaited<ReturnType<typeof startAttestationChains>>
beforeAll(async () => {
  chains = await startAttestationChains()
})
afterAll(() => chains.stop())

const fresh = async (epoch: bigint, count = 3) => attestationOf(count, epoch, await chainTime(chains.home), 3_600)

let benches: RelayBench[] = []
afterEach(async () => {
  for (const bench of benches) await bench.stop()
  benches = []
})
async function bench(targets: readonly DeliveryTarget[]): Promise<RelayBench> {
  const made = await startRelayBench({ targets, emitter: chains.emitter })
  benches.push(made)
  return made
}

describe("delivery to a chain", () => {
  it("is done once, whoever relays it first, and the row says what was paid", async () => {
    const { receiver, client, sender } = chains.home
    const attestation = await fresh(1n)
    const [first, second] = [await bench([evmTarget(receiver)]), await bench([evmTarget(receiver)])]
    const before = await client.getBalance({ address: sender.address })
    await first.publish(attestation)
    await second.publish(attestation)
    const [delivered] = await first.round(1n)
    expect(delivered).toMatchObject({ status: "DELIVERED", reason: null, transaction: expect.stringMatching(/^0x/) })
    expect(delivered?.gasUsed).toBeGreaterThan(0n)
    expect(before - (await client.getBalance({ address: sender.address }))).toBe(delivered?.fee)
    expect(await second.round(1n)).toMatchObject([{ status: "DELIVERED", transaction: null, fee: null }])
  })

  it("is one successful transaction when two relays with keys of their own send at the same moment", async () => {
    const { receiver, anvil, chainId } = chains.home
    const rival = openReceiver(openSender({ url: anvil.url, chainId, account: devAccount(8) }), receiver.address)
    const attestation = await fresh(2n)
    const rivals = [await bench([evmTarget(receiver)]), await bench([evmTarget(rival)])]
    await Promise.all(rivals.map(each => each.publish(attestation)))
    await Promise.all(rivals.map(each => each.relay.round()))
    const rows = (await Promise.all(rivals.map(each => each.round(2n)))).flat()
    expect((await receiver.latest()).epoch).toBe(2n)
    expect(rows.map(({ status }) => status)).toEqual(["DELIVERED", "DELIVERED"])
    expect(rows.filter(({ gasUsed }) => gasUsed !== null)).toHaveLength(1)
  })

  it("is one transaction when two relays share a key: they compete for one nonce", async () => {
    const { receiver, anvil, chainId, client } = chains.home
    const twin = () => openReceiver(openSender({ url: anvil.url, chainId, account: devAccount(11) }), receiver.address)
    const attestation = await fresh(3n)
    const twins = [await bench([evmTarget(twin())]), await bench([evmTarget(twin())])]
    await Promise.all(twins.map(each => each.publish(attestation)))
    await Promise.all(twins.map(each => each.relay.round()))
    await Promise.all(twins.map(each => each.relay.round()))
    expect((await receiver.latest()).epoch).toBe(3n)
    expect(await client.getTransactionCount({ address: devAccount(11).address })).toBe(1)
  })

  it("is superseded by a newer epoch on the chain, and fails beside another root", async () => {
    const relaying = await bench([evmTarget(chains.home.receiver)])
    await relaying.publish(await fresh(5n))
    await relaying.round(5n)
    await relaying.publish(await fresh(4n))
    expect(await relaying.round(4n)).toMatchObject([{ status: "SUPERSEDED", transaction: null }])
    const other = await bench([evmTarget(chains.home.receiver)])
    await other.publish(await fresh(5n, 4))
    expect(await other.round(5n)).toMatchObject([{ status: "FAILED", transaction: null }])
  })

  it("sends only the newest of what piled up", async () => {
    const { receiver, client, sender } = chains.home
    const before = await client.getTransactionCount({ address: sender.address })
    const relaying = await bench([evmTarget(receiver)])
    for (const epoch of [6n, 7n, 8n]) await relaying.publish(await fresh(epoch))
    await relaying.relay.round()
    const rows = (await Promise.all([6n, 7n, 8n].map(epoch => relaying.outbox.deliveries(epoch)))).flat()
    expect(rows.map(({ status }) => status)).toEqual(["SUPERSEDED", "SUPERSEDED", "DELIVERED"])
    expect((await client.getTransactionCount({ address: sender.address })) - before).toBe(1)
  })

  it("never takes another chain's word for it", async () => {
    const { anvil, chainId, receiver } = chains.home
    const strayed = openSender({ url: anvil.url, chainId: chainId + 1, account: devAccount(8) })
    const relaying = await bench([evmTarget(openReceiver(strayed, receiver.address))])
    await relaying.publish(await fresh(9n))
    const [row] = await relaying.round(9n)
    expect(row).toMatchObject({ status: "PENDING", reason: expect.stringContaining("WRONG_CHAIN") })
  })

  it("goes on where chains answer when one is down", async () => {
    const dead = "http://127.0.0.1:9"
    const sender = openSender({ url: dead, chainId: 31_337, account: devAccount(7) })
    const unreachable = openReceiver(sender, chains.home.receiver.address)
    const relaying = await bench([unreachable, chains.away.receiver].map(evmTarget))
    await relaying.publish(await fresh(10n))
    const [down, up] = await relaying.round(10n)
    expect(down).toMatchObject({ status: "PENDING", reason: expect.stringContaining("RPC_UNAVAILABLE") })
    expect(down?.reason).not.toContain(dead)
    expect(up).toMatchObject({ status: "DELIVERED" })
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
