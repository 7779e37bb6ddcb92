/**
 * An outbox that lives as long as the process: for tests, for dry runs, and what the journal replays into.
 */
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { OutboundMessage, Outbox } from "../../aggregator/domain/outbox.js"
import type { Delivery } from "../../aggregator/domain/ports.js"

interface Entry {
  readonly message: OutboundMessage
  readonly rows: Map<ChainId, Delivery>
}

export interface OutboxEntry {
  readonly message: OutboundMessage
  readonly deliveries: readonly Delivery[]
}

export interface MemoryOutbox extends Outbox {
  /** All that is kept, oldest epoch first. */
  entries(): readonly OutboxEntry[]
}

/** More than a day of epochs every ten seconds: daily budgets are counted from what is kept. */
const CAPACITY = 10_000

/** Forgets everything with the process, and the oldest epochs before that. */
export function memoryOutbox(capacity = CAPACITY): MemoryOutbox {
  const kept = new Map<bigint, Entry>()
  const inOrder = (): readonly Entry[] =>
    [...kept.values()].sort((a, b) => (a.message.epoch < b.message.epoch ? -1 : 1))

  return {
    put: async (message, deliveries) => {
      if (kept.has(message.epoch)) return
      kept.set(message.epoch, { message, rows: new Map(deliveries.map(delivery => [delivery.chain, delivery])) })
      for (const oldest of kept.keys()) {
        if (kept.size <= capacity) break
        kept.delete(oldest)
      }
    },
    record: async (epoch, delivery) => {
      kept.get(epoch)?.rows.set(delivery.chain, delivery)
    },
    deliveries: async epoch => [...(kept.get(epoch)?.rows.values() ?? [])],
    pending: async () =>
      inOrder()
        .filter(({ rows }) => [...rows.values()].some(({ status }) => status === "PENDING"))
        .map(({ message }) => message),
    newest: async () => inOrder().at(-1)?.message,
    spent: async (chain, since) =>
      [...kept.values()]
        .filter(({ message }) => message.expiresAt > since)
        .reduce((sum, { rows }) => sum + (rows.get(chain)?.fee ?? 0n), 0n),
    entries: () => inOrder().map(({ message, rows }) => ({ message, deliveries: [...rows.values()] })),
  }
}
