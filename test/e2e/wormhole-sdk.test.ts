import { deserialize, UniversalAddress, type WormholeMessageId, wormhole } from "@wormhole-foundation/sdk"
import evm from "@wormhole-foundation/sdk/evm"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Receipt } from "../../aggregator/domain/ports.js"
import { decodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf } from "../support/attestation.js"
import { startAttestationChains } from "../support/attestation-chains.js"

let chains: Awaited<ReturnType<typeof startAttestationChains>>
const attestation = attestationOf(3, 7n, Math.floor(Date.now() / 1000))
let receipt: Receipt

beforeAll(async () => {
  chains = await startAttestationChains()
  receipt = await chains.publisher.publish(attestation, new AbortController().signal)
})
afterAll(() => chains?.stop())

/** What somebody who knows nothing of this project does with the official SDK. */
const integrator = () =>
  wormhole("Devnet", [evm], {
    api: chains.guardian.url,
    chains: { Ethereum: { rpc: chains.home.url, contracts: { coreBridge: chains.home.core } } },
  })

describe("an integrator with the official SDK", () => {
  it("finds the message of a publishing transaction", async () => {
    const [message] = await (await integrator()).getChain("Ethereum").parseTransaction(receipt.transaction)
    expect(message).toMatchObject({ chain: "Ethereum", sequence: receipt.sequence })
    expect(message?.emitter.toString()).toBe(chains.emitter)
  })

  it("fetches the signed message from the guardians and reads the attestation", async () => {
    const emitter = new UniversalAddress(chains.emitter)
    const id: WormholeMessageId = { chain: "Ethereum", emitter, sequence: receipt.sequence }
    const bytes = await (await integrator()).getVaaBytes(id)
    if (!bytes) throw new Error("the guardians have not signed it")
    const vaa = deserialize("Uint8Array", bytes)
    expect(vaa.signatures).toHaveLength(13)
    expect(decodePayload(vaa.payload)).toMatchObject({ epoch: 7n, root: attestation.root })
  })
})
