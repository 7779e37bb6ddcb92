import { afterEach, describe, expect, it } from "vitest"
import type { Attestation } from "../../../../aggregator/domain/attestation.js"
import { chainId } from "../../../../aggregator/domain/caip.js"
import type { Delivery } from "../../../../aggregator/domain/ports.js"
import { signersOf, signMessage } from "../../../../chains/devnet/guardian-signing.js"
import { memoryOutbox } from "../../../../chains/relay/outbox.js"
import { type RelayOptions, startRelay } from "../../../../chains/relay/relay.js"
import { type DeliveryTarget, undeployedTarget } from "../../../../chains/relay/target.js"
import { encodePayload } from "../../../../chains/wormhole/payload.js"
import { attestationOf } from "../../../support/attestation.js"
import { type Answer, startServer } from "../../../support/http.js"

const NOW = 1_760_000_000
const ORIGIN = { emitterChain: 2, emitter: `0x${"0a".repeat(32)}` } as const
const RECEIPT = { transaction: "0x1", sequence: 7n }
const [ONE, TWO, SOLANA] = [chainId("eip155:1"), chainId("eip155:2"), chainId("solana:x")]

const signedCopy = (attestation: Attestation, sequence = RECEIPT.sequence): Answer => {
  const payload = encodePayload(attestation)
  const message = { ...ORIGIN, sequence, timestamp: NOW, nonce: 0, consistencyLevel: 1, payload }
  return {
    status: 200,
    body: JSON.stringify({ vaaBytes: Buffer.from(signMessage(message, signersOf(0n))).toString("base64") }),
  }
}

const delivered = (chain: Delivery["chain"]): Delivery => ({
  chain,
  status: "DELIVERED",
  transaction: "0x2",
  gasUsed: 1n,
  fee: 1n,
  reason: null,
})
const takes = (chain: Delivery["chain"]): DeliveryTarget => ({ chain, deliver: async () => delivered(chain) })
const breaks = (chain: Delivery["chain"]): DeliveryTarget => ({
  chain,
  deliver: () => Promise.reject(new Error("down")),
})

const open: { stop(): Promise<void> }[] = []
afterEach(() => Promise.all(open.splice(0).map(part => part.stop())))

async function relayWith(answer: (path: string, count: number) => Answer | null, options: Partial<RelayOptions>) {
  const api = await startServer(answer)
  const relay = await startRelay({
    guardians: { apis: [api.url], intervalMs: 1 },
    targets: [takes(ONE)],
    outbox: memoryOutbox(),
    clock: { now: () => NOW },
    ...options,
  })
  open.push(relay, api)
  return relay
}

const statuses = (rows: readonly Delivery[]) => rows.map(({ chain, status }) => [chain, status])
const attestation = attestationOf(3, 5n, NOW, 60)

describe("relay", () => {
  it("delivers to every chain; one that fails stops no other", async () => {
    const seen: string[] = []
    const relay = await relayWith((_, count) => (count < 3 ? { status: 404, body: "" } : signedCopy(attestation)), {
      targets: [breaks(ONE), takes(TWO), undeployedTarget(SOLANA, "not deployed")],
      onDelivery: (_, { chain, status }) => seen.push(`${chain} ${status}`),
    })
    await relay.dispatch(attestation, ORIGIN, RECEIPT)
    expect((await relay.deliveries(5n)).every(({ status }) => status === "PENDING")).toBe(true)
    await relay.idle()
    const rows = await relay.deliveries(5n)
    expect(statuses(rows)).toEqual([
      [ONE, "FAILED"],
      [TWO, "DELIVERED"],
      [SOLANA, "PENDING"],
    ])
    expect(rows.map(({ reason }) => reason)).toEqual(["down", null, "not deployed"])
    expect(seen.slice(0, 3)).toEqual([`${ONE} PENDING`, `${TWO} PENDING`, `${SOLANA} PENDING`])
    expect(seen).toContain(`${TWO} DELIVERED`)
  })

  it.each([
    ["another epoch", signedCopy({ ...attestation, epoch: 6n })],
    ["another root", signedCopy(attestationOf(4, 5n, NOW, 60))],
    ["another sequence", signedCopy(attestation, 8n)],
    ["no VAA", { status: 200, body: JSON.stringify({ vaaBytes: "AAAA" }) }],
  ])("delivers nothing when the guardian API answers with %s", async (_, answer) => {
    const relay = await relayWith(() => answer, {})
    await relay.dispatch(attestation, ORIGIN, RECEIPT)
    await relay.idle()
    expect(statuses(await relay.deliveries(5n))).toEqual([[ONE, "FAILED"]])
  })

  it("gives an epoch up once nobody could rely on it any more", async () => {
    const relay = await relayWith(() => ({ status: 404, body: "" }), { clock: { now: () => NOW + 60 } })
    await relay.dispatch(attestation, ORIGIN, RECEIPT)
    await relay.idle()
    expect(statuses(await relay.deliveries(5n))).toEqual([[ONE, "FAILED"]])
  })

  it("stops at once and leaves what it waited for to the next run", async () => {
    const outbox = memoryOutbox()
    const waiting = await relayWith(() => null, { outbox })
    await waiting.dispatch(attestation, ORIGIN, RECEIPT)
    await waiting.stop()
    expect(statuses(await outbox.deliveries(5n))).toEqual([[ONE, "PENDING"]])

    const next = await relayWith(() => signedCopy(attestation), { outbox })
    await next.idle()
    expect(statuses(await outbox.deliveries(5n))).toEqual([[ONE, "DELIVERED"]])
  })

  it("leaves a delivery that was cut off half-way pending", async () => {
    const cutOff: DeliveryTarget = {
      chain: ONE,
      deliver: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("cut off")))),
    }
    const relay = await relayWith(() => signedCopy(attestation), { targets: [cutOff, takes(TWO)] })
    await relay.dispatch(attestation, ORIGIN, RECEIPT)
    await expect.poll(async () => statuses(await relay.deliveries(5n))).toContainEqual([TWO, "DELIVERED"])
    await relay.stop()
    expect(statuses(await relay.deliveries(5n))).toEqual([
      [ONE, "PENDING"],
      [TWO, "DELIVERED"],
    ])
  })

  it("says when the outbox fails, and still stops", async () => {
    const outbox = { ...memoryOutbox(), record: () => Promise.reject(new Error("disk full")) }
    const failures: unknown[] = []
    const relay = await relayWith(() => signedCopy(attestation), {
      outbox,
      onError: (epoch, error) => failures.push([epoch, error]),
    })
    await relay.dispatch(attestation, ORIGIN, RECEIPT)
    await relay.idle()
    expect(failures).toEqual([[5n, new Error("disk full")]])
  })

  it("does not deliver again what is delivered", async () => {
    let deliveries = 0
    const counting: DeliveryTarget = {
      chain: ONE,
      deliver: async () => {
        deliveries += 1
        return delivered(ONE)
      },
    }
    const relay = await relayWith(() => signedCopy(attestation), { targets: [counting] })
    for (let i = 0; i < 3; i++) {
      await relay.dispatch(attestation, ORIGIN, RECEIPT)
      await relay.idle()
    }
    expect(deliveries).toBe(1)
  })
})

describe("memory outbox", () => {
  it("keeps the newest epochs only", async () => {
    const outbox = memoryOutbox(2)
    for (const epoch of [1n, 2n, 3n]) {
      await outbox.put({ ...ORIGIN, sequence: epoch, epoch, root: attestation.root, expiresAt: NOW }, [delivered(ONE)])
    }
    expect(await outbox.deliveries(1n)).toEqual([])
    expect(await outbox.deliveries(3n)).toHaveLength(1)
  })
})
