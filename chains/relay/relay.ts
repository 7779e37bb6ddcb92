/**
 * Carries published attestations to every chain: waits for the guardians' signatures, then delivers to all targets
 * side by side. One chain's failure is that chain's row and stops no other; the next epoch tries again.
 */
import type { Attestation, Bytes32 } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { OutboundMessage, Outbox } from "../../aggregator/domain/outbox.js"
import type { Clock, Delivery, Receipt } from "../../aggregator/domain/ports.js"
import { awaitSignedVaa, type PollOptions } from "../wormhole/guardian-api.js"
import { decodePayload } from "../wormhole/payload.js"
import { parseVaa } from "../wormhole/vaa.js"
import { type DeliveryTarget, failed, pending } from "./target.js"

export interface RelayOptions {
  readonly guardians: PollOptions
  readonly targets: readonly DeliveryTarget[]
  readonly outbox: Outbox
  readonly clock: Clock
  /** Told of the signed copy once the guardians' API has it. */
  readonly onSigned?: (epoch: bigint, vaa: Uint8Array) => Promise<void>
  /** Told of every row as it changes. */
  readonly onDelivery?: (epoch: bigint, delivery: Delivery) => void
  /** Told when the outbox itself fails; the next run takes the epoch up again. Without it such a failure ends the process. */
  readonly onError?: (epoch: bigint, error: unknown) => void
}

/** Where an attestation was published. */
export interface Origin {
  readonly emitterChain: number
  readonly emitter: Bytes32
}

export interface Relay {
  /** Writes the message to the outbox and starts on it; resolves once it is written. */
  dispatch(attestation: Attestation, origin: Origin, receipt: Receipt): Promise<void>
  deliveries(epoch: bigint): Promise<readonly Delivery[]>
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>
  /** Stops waiting and sending; what was not finished stays pending in the outbox. */
  stop(): Promise<void>
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Starts a relay and takes up what an earlier run left pending. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { guardians, targets, outbox, clock, onSigned, onDelivery, onError } = options
  const stopping = new AbortController()
  const underway = new Map<bigint, Promise<void>>()

  const record = async (epoch: bigint, delivery: Delivery): Promise<void> => {
    await outbox.record(epoch, delivery)
    onDelivery?.(epoch, delivery)
  }

  async function carry(message: OutboundMessage): Promise<void> {
    const rows = await outbox.deliveries(message.epoch)
    const open = targets.filter(({ chain }) => rows.some(row => row.chain === chain && row.status === "PENDING"))
    const signed = await awaitSignedVaa(message, guardians, untilExpiry(message))
    if (stopping.signal.aborted) return
    const outcome = signed.status === "signed" ? accepted(signed.bytes, message) : refusalOf(signed)
    if (outcome.vaa) await onSigned?.(message.epoch, outcome.vaa)
    await Promise.all(open.map(target => carryTo(target, message, outcome)))
  }

  async function carryTo(target: DeliveryTarget, message: OutboundMessage, outcome: Acceptance): Promise<void> {
    const { epoch, root } = message
    const { signal } = stopping
    const delivery = outcome.vaa
      ? await target.deliver({ epoch, root, vaa: outcome.vaa }, signal).catch(error => failureOf(target.chain, error))
      : failed(target.chain, outcome.reason)
    // Cut off half-way: the row stays pending, and the next run looks at the chain before it sends.
    if (signal.aborted && delivery.status === "FAILED") return
    await record(epoch, delivery)
  }

  const untilExpiry = ({ expiresAt }: OutboundMessage): AbortSignal => {
    const left = Math.min(Math.max(0, (expiresAt - clock.now()) * 1_000), LONGEST_TIMER_MS)
    return AbortSignal.any([stopping.signal, AbortSignal.timeout(left)])
  }

  const start = (message: OutboundMessage): void => {
    const { epoch } = message
    if (underway.has(epoch)) return
    const carried = carry(message).finally(() => underway.delete(epoch))
    underway.set(epoch, onError ? carried.catch(error => onError(epoch, error)) : carried)
  }

  for (const message of await outbox.pending()) start(message)

  return {
    async dispatch({ epoch, root, timestamp, validity }, origin, { sequence }) {
      const message = { ...origin, sequence, epoch, root, expiresAt: timestamp + validity }
      const rows = targets.map(({ chain }) => pending(chain, "waiting for the guardians' signatures"))
      await outbox.put(message, rows)
      for (const row of rows) onDelivery?.(epoch, row)
      start(message)
    },
    deliveries: epoch => outbox.deliveries(epoch),
    idle: async () => {
      await Promise.all(underway.values())
    },
    stop: async () => {
      stopping.abort()
      await Promise.all(underway.values())
    },
  }
}

type Acceptance = { readonly vaa: Uint8Array } | { readonly vaa: null; readonly reason: string }

const refusalOf = (unsigned: { readonly status: string; readonly reason?: string }): Acceptance => ({
  vaa: null,
  reason: `not delivered before it expired${unsigned.reason ? `: ${unsigned.reason}` : ""}`,
})

/** An API may answer with another message: what is carried must be what was published. */
function accepted(bytes: Uint8Array, { epoch, root, sequence }: OutboundMessage): Acceptance {
  try {
    const vaa = parseVaa(bytes)
    const payload = decodePayload(vaa.payload)
    if (vaa.sequence === sequence && payload.epoch === epoch && payload.root === root) return { vaa: bytes }
    return { vaa: null, reason: `the guardian API answered with epoch ${payload.epoch}, root ${payload.root}` }
  } catch (error) {
    return { vaa: null, reason: `the guardian API answered with something else: ${reasonOf(error)}` }
  }
}

const failureOf = (chain: ChainId, error: unknown): Delivery => failed(chain, reasonOf(error))

function reasonOf(error: unknown): string {
  if (error instanceof PlimsollError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
