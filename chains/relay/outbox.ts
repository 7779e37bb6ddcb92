/**
 * Where a published epoch is written before anything is sent, so that a restart loses none and repeats none.
 */
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { Delivery } from "../../aggregator/domain/ports.js"
import type { MessageId } from "../wormhole/guardian-api.js"

/** A published attestation on its way: enough to fetch its signed copy and to know it when it comes. */
export interface OutboundMessage extends MessageId {
  readonly epoch: bigint
  readonly root: Bytes32
  /** Unix seconds after which no consumer would rely on it. */
  readonly expiresAt: number
}

export interface Outbox {
  /** Adds a message with one row per delivery; an epoch that is already there is left as it is. */
  put(message: OutboundMessage, deliveries: readonly Delivery[]): Promise<void>
  /** Replaces the row of the delivery's chain. */
  record(epoch: bigint, delivery: Delivery): Promise<void>
  /** One row per chain; empty for an unknown epoch. */
  deliveries(epoch: bigint): Promise<readonly Delivery[]>
  /** Messages with a pending row, oldest first: what a restart takes up again. */
  pending(): Promise<readonly OutboundMessage[]>
}

interface Entry {
  readonly message: OutboundMessage
  readonly rows: Map<ChainId, Delivery>
}

/** Forgets everything with the process, and the oldest epochs before that. */
export function memoryOutbox(capacity = 1_000): Outbox {
  const entries = new Map<bigint, Entry>()
  return {
    put: async (message, deliveries) => {
      if (entries.has(message.epoch)) return
      entries.set(message.epoch, { message, rows: new Map(deliveries.map(delivery => [delivery.chain, delivery])) })
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break
        entries.delete(oldest)
      }
    },
    record: async (epoch, delivery) => {
      entries.get(epoch)?.rows.set(delivery.chain, delivery)
    },
    deliveries: async epoch => [...(entries.get(epoch)?.rows.values() ?? [])],
    pending: async () =>
      [...entries.values()].filter(({ rows }) => [...rows.values()].some(isPending)).map(({ message }) => message),
  }
}

const isPending = ({ status }: Delivery): boolean => status === "PENDING"
