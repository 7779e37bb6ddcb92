/**
 * A relay whose rounds a test calls one by one, before an API that has the guardians' signatures of what it is given.
 */
import type { Attestation } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { Delivery } from "../../aggregator/domain/ports.js"
import { signersOf, signMessage, type WormholeMessage } from "../../chains/devnet/guardian-signing.js"
import { NO_LIMITS, type Route } from "../../chains/relay/courier.js"
import { memoryOutbox } from "../../chains/relay/outbox.js"
import { openRelay, type RelayEvent, type RelayOptions } from "../../chains/relay/relay.js"
import type { DeliveryTarget } from "../../chains/relay/target.js"
import { EVERY_EPOCH } from "../../chains/relay/trigger.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { type Answer, startServer } from "./http.js"

const EMITTER = `0x${"00".repeat(12)}${"ab".repeat(20)}` as const

export interface RelayBenchOptions extends Partial<RelayOptions> {
  readonly targets?: readonly DeliveryTarget[]
  readonly emitter?: WormholeMessage["emitter"]
  readonly guardianSet?: number
  /** Overrules what the API says. */
  answer?(sequence: bigint, count: number): Answer | null | undefined
}

export const routeTo = (target: DeliveryTarget, change: Partial<Route> = {}): Route => ({
  target,
  rules: EVERY_EPOCH,
  limits: NO_LIMITS,
  ...change,
})

export const vaaAnswer = (vaa: Uint8Array): Answer => ({
  status: 200,
  body: JSON.stringify({ vaaBytes: Buffer.from(vaa).toString("base64") }),
})

export type RelayBench = Awaited<ReturnType<typeof startRelayBench>>

export async function startRelayBench(options: RelayBenchOptions) {
  const { targets = [], emitter = EMITTER, guardianSet = 0, answer, ...rest } = options
  const signed = new Map<string, Uint8Array>()
  const api = await startServer((path, count) => {
    const sequence = path.split("/").at(-1) ?? ""
    const given = answer?.(BigInt(sequence), count)
    if (given !== undefined) return given
    const vaa = signed.get(sequence)
    return vaa ? vaaAnswer(vaa) : { status: 404, body: "" }
  })
  const events: RelayEvent[] = []
  const outbox = options.outbox ?? memoryOutbox()
  const relay = openRelay({
    guardianApis: [api.url],
    routes: targets.map(target => routeTo(target)),
    clock: { now: () => Math.floor(Date.now() / 1_000) },
    intervalMs: 10,
    report: event => events.push(event),
    ...rest,
    outbox,
  })
  const sign = (attestation: Attestation, change: Partial<WormholeMessage> = {}): Uint8Array => {
    const { epoch, timestamp } = attestation
    const message = { emitterChain: 2, emitter, sequence: epoch, timestamp, nonce: 0, consistencyLevel: 1 }
    return signMessage({ ...message, payload: encodePayload(attestation), ...change }, signersOf(epoch), guardianSet)
  }
  return {
    relay,
    outbox,
    events,
    api,

    /** What the guardians would sign of an attestation whose sequence is its epoch. */
    sign,

    /** Publishes and, unless told otherwise, has it signed. */
    async publish(attestation: Attestation, vaa: Uint8Array | null = sign(attestation)): Promise<void> {
      const { epoch } = attestation
      if (vaa) signed.set(String(epoch), vaa)
      await relay.dispatch(attestation, { emitterChain: 2, emitter }, { transaction: "0x1", sequence: epoch })
    },

    /** Rows of an epoch after a round. */
    async round(epoch: bigint): Promise<readonly Delivery[]> {
      await relay.round()
      return outbox.deliveries(epoch)
    },

    row: async (epoch: bigint, chain: ChainId): Promise<Delivery | undefined> =>
      (await outbox.deliveries(epoch)).find(each => each.chain === chain),

    async stop(): Promise<void> {
      await relay.stop()
      await api.stop()
    },
  }
}
