/**
 * What goes wrong with deliveries on a real EVM chain: reorganised, stuck, underpriced, too dear.
 */
import { parseGwei } from "viem"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { openReceiver } from "../../chains/evm/receiver.js"
import { openSender, type SenderOptions } from "../../chains/evm/sender.js"
import { NO_LIMITS } from "../../chains/relay/courier.js"
import { evmTarget } from "../../chains/relay/evm-target.js"
import { attestationOf } from "../support/attestation.js"
import { chainTime, startAttestationChains } from "../support/attestation-chains.js"
import { startFaultProxy } from "../support/fault-proxy.js"
import { type RelayBench, routeTo, startRelayBench } from "../support/relay-bench.js"
import { until } from "../support/until.js"

let chains: Awaited<ReturnType<typeof startAttestationChains>>
beforeAll(async () => {
  chains = await startAttestationChains()
})
afterAll(() => chains.stop())

let benches: RelayBench[] = []
afterEach(async () => {
  for (const bench of benches) await bench.stop()
  benches = []
})

/** A relay to the home chain with a key of its own. */
async function relaying(key: number, change: Partial<SenderOptions> = {}, limits = NO_LIMITS) {
  const { anvil, chainId, receiver } = chains.home
  const sender = openSender({ url: anvil.url, chainId, account: devAccount(key), stuckAfterMs: 200, ...change })
  const target = evmTarget(openReceiver(sender, receiver.address))
  const bench = await startRelayBench({ routes: [routeTo(target, { limits })], emitter: chains.emitter })
  benches.push(bench)
  return bench
}

let epoch = 0n
const next = async () => attestationOf(3, ++epoch, await chainTime(chains.home), 3_600)
const held = async () => (await chains.home.receiver.latest()).epoch
const sentBy = (key: number, blockTag: "latest" | "pending" = "latest") =>
  chains.home.client.getTransactionCount({ address: devAccount(key).address, blockTag })
const rpc = (method: string, params: unknown[]) =>
  chains.home.client.request<{ Method: string; Parameters: unknown; ReturnType: unknown }>({ method, params })

describe("a delivery", () => {
  it("that a reorganisation took back is made again", async () => {
    const bench = await relaying(11)
    const attestation = await next()
    await bench.publish(attestation)
    expect(await bench.round(attestation.epoch)).toMatchObject([{ status: "DELIVERED" }])
    await rpc("anvil_reorg", [1, []])
    expect(await held()).toBeLessThan(attestation.epoch)
    expect(await bench.round(attestation.epoch)).toMatchObject([{ status: "DELIVERED" }])
    expect(await held()).toBe(attestation.epoch)
  })

  it("that is stuck is offered again for more under the same number, and paid once", async () => {
    const { client } = chains.home
    await client.setAutomine(false)
    const bench = await relaying(12)
    const attestation = await next()
    await bench.publish(attestation)
    const round = bench.relay.round()
    const address = devAccount(12).address
    const offered = async () => {
      const pool = (await rpc("txpool_content", [])) as {
        pending: Record<string, Record<string, { maxFeePerGas: string }>>
      }
      const mine = Object.entries(pool.pending).find(([from]) => from.toLowerCase() === address.toLowerCase())?.[1]
      return Object.values(mine ?? {}).map(({ maxFeePerGas }) => BigInt(maxFeePerGas))
    }
    const [first = 0n] = await until("the first offer", async () => (await offered()).length === 1 && offered())
    await until("a better offer", async () => ((await offered())[0] ?? 0n) >= (first * 11n) / 10n)
    expect(await offered()).toHaveLength(1)
    await client.setAutomine(true)
    await client.mine({ blocks: 1 })
    await round
    expect(await bench.outbox.deliveries(attestation.epoch)).toMatchObject([{ status: "DELIVERED", reason: null }])
    expect([await sentBy(12), await held()]).toEqual([1, attestation.epoch])
  })

  it("finds its number taken by a dearer transaction of an earlier life, and outbids it", async () => {
    const { client, anvil, chainId } = chains.home
    await client.setAutomine(false)
    const account = devAccount(13)
    const fees = { maxFeePerGas: parseGwei("50"), maxPriorityFeePerGas: parseGwei("5") }
    const leftover = {
      chainId,
      type: "eip1559",
      to: account.address,
      gas: 21_000n,
      nonce: 0,
      value: 0n,
      ...fees,
    } as const
    await client.sendRawTransaction({ serializedTransaction: await account.signTransaction(leftover) })
    const bench = await relaying(13, { url: anvil.url, confirmTimeoutMs: 60_000 })
    const attestation = await next()
    await bench.publish(attestation)
    const round = bench.relay.round()
    await until("its own offer in the place of the other", async () => {
      const pool = JSON.stringify(await rpc("txpool_content", []))
      return pool.toLowerCase().includes(chains.home.receiver.address.toLowerCase())
    })
    await client.setAutomine(true)
    await client.mine({ blocks: 1 })
    await round
    expect([await sentBy(13), await held()]).toEqual([1, attestation.epoch])
  })

  it("that costs more gas than it may is deferred, and sent when gas has fallen", async () => {
    const { client } = chains.home
    const bench = await relaying(14, { fees: { multiplierPercent: 100, mostPerGas: parseGwei("20") } })
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("500") })
    await client.mine({ blocks: 1 })
    const attestation = await next()
    await bench.publish(attestation)
    expect(await bench.round(attestation.epoch)).toMatchObject([
      { status: "PENDING", reason: expect.stringContaining("GAS_PRICE_CAPPED"), fee: null },
    ])
    expect(await sentBy(14, "pending")).toBe(0)
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("1") })
    await client.mine({ blocks: 1 })
    expect(await bench.round(attestation.epoch)).toMatchObject([{ status: "DELIVERED" }])
  })

  it("never costs more than is left of the budget", async () => {
    const bench = await relaying(15, {}, { dailyBudget: 1n, balanceAlert: null })
    const attestation = await next()
    await bench.publish(attestation)
    expect(await bench.round(attestation.epoch)).toMatchObject([
      { status: "PENDING", reason: expect.stringMatching(/^deferred/) },
    ])
    expect(await sentBy(15, "pending")).toBe(0)
  })

  it("goes through the next endpoint while the first hangs, talks nonsense or sits on another chain", async () => {
    const front = await startFaultProxy(chains.home.url)
    try {
      for (const how of ["hangs", "garbage", new URL(chains.away.url)] as const) {
        front.misbehave(how)
        const options = { url: front.url, fallbackUrls: [chains.home.url], requestTimeoutMs: 5_000 }
        const bench = await relaying(16, options)
        const attestation = await next()
        await bench.publish(attestation)
        expect(await bench.round(attestation.epoch)).toMatchObject([{ status: "DELIVERED" }])
        expect(await held()).toBe(attestation.epoch)
      }
    } finally {
      front.misbehave(undefined)
      await front.stop()
    }
  })
})
