import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DEV_GUARDIANS } from "../../chains/devnet/guardian-keys.js"
import type { Consistency } from "../../chains/wormhole/consistency.js"
import { fetchSignedVaa, type MessageId } from "../../chains/wormhole/guardian-api.js"
import { parseVaa, requireQuorum } from "../../chains/wormhole/vaa.js"
import { startAttestationChains } from "../support/attestation-chains.js"
import { until } from "../support/until.js"

const never = new AbortController().signal
const guardianSet = { index: 0, guardians: DEV_GUARDIANS.map(({ account }) => account.address.toLowerCase()) }

let chains: Awaited<ReturnType<typeof startAttestationChains>>
beforeAll(async () => {
  chains = await startAttestationChains()
})
afterAll(() => chains.stop())

async function publish(consistency: Consistency, payload: `0x${string}` = "0x01", chain = chains.home) {
  const publisher = chain.publisher(consistency)
  const { sequence } = await publisher.publishMessage(0, payload, never)
  return { emitterChain: chain.wormholeChain, emitter: publisher.emitter, sequence }
}

const ask = (id: MessageId) => fetchSignedVaa(chains.guardian.url, id, never)

describe("the devnet's guardians", () => {
  it("sign with a quorum of other guardians each time, in the form the SDK reads", async () => {
    const signers = new Set<string>()
    for (const payload of ["0x0a", "0x0b"] as const) {
      const answer = await ask(await publish("instant", payload))
      if (answer.status !== "signed") throw new Error(answer.status)
      const vaa = parseVaa(answer.bytes)
      requireQuorum(vaa, guardianSet)
      expect(vaa.emitterChain).toBe("Ethereum")
      expect(Buffer.from(vaa.payload).toString("hex")).toBe(payload.slice(2))
      expect(vaa.timestamp).toBe(Number((await chains.home.client.getBlock()).timestamp))
      signers.add(vaa.signatures.map(({ guardianIndex }) => guardianIndex).join())
    }
    expect(signers.size).toBe(2)
  })

  it("sign what the other chain publishes under that chain's id", async () => {
    const answer = await ask(await publish("instant", "0x0c", chains.away))
    if (answer.status !== "signed") throw new Error(answer.status)
    expect(parseVaa(answer.bytes).emitterChain).toBe("Bsc")
  })

  it.each([
    ["instant", 0],
    ["safe", 1],
    ["finalized", 2],
  ] as const)("sign %s messages after %i further blocks and not before", async (consistency, blocks) => {
    const id = await publish(consistency)
    for (let mined = 0; mined < blocks; mined++) {
      expect((await ask(id)).status).toBe("pending")
      await chains.home.client.mine({ blocks: 1 })
    }
    expect((await ask(id)).status).toBe("signed")
  })

  it("answer while they are polled, as soon as the block is final", async () => {
    const id = await publish("finalized")
    const signed = until("the signed copy", async () => (await ask(id)).status === "signed")
    await chains.home.client.mine({ blocks: 2 })
    await signed
  })

  it.each([0, 4])("forget a message that a reorganisation took back, after %i further blocks", async blocks => {
    const { client } = chains.home
    const id = await publish("instant", "0x0d")
    if (blocks > 0) await client.mine({ blocks })
    expect((await ask(id)).status).toBe("signed")
    await client.request<{ Method: string; Parameters: unknown; ReturnType: unknown }>({
      method: "anvil_reorg",
      params: [blocks + 1, []],
    })
    expect((await ask(id)).status).toBe("pending")
    const again = await publish("instant", "0x0e")
    expect(again.sequence).toBe(id.sequence)
    const answer = await ask(again)
    if (answer.status !== "signed") throw new Error(answer.status)
    expect(Buffer.from(parseVaa(answer.bytes).payload).toString("hex")).toBe("0e")
  })

  it("know nothing of unknown messages, chains and malformed paths", async () => {
    const { emitter } = chains
    for (const id of [
      { emitterChain: 2, emitter, sequence: 10_000n },
      { emitterChain: 3, emitter, sequence: 0n },
    ]) {
      expect((await ask(id)).status).toBe("pending")
    }
    for (const path of ["/", "/v1/signed_vaa/2/xyz/0", `/v1/signed_vaa/2/${emitter.slice(2)}/x`]) {
      expect((await fetch(chains.guardian.url + path)).status).toBe(404)
    }
  })
})
