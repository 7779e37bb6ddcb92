/**
 * An outbox that lives as long as the process: for relays without storage, and for tests.
 */
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { OutboundMessage, Outbox } from "../../aggregator/domain/outbox.js"
import type { Delivery } from "../../aggregator/domain/ports.js"

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
      inOrder(
        [...entries.values()].filter(({ rows }) => [...rows.values()].some(isPending)).map(({ message }) => message),
      ),
    newest: async () => inOrder([...entries.values()].map(({ message }) => message)).at(-1),
    spent: async (chain, since) =>
      [...entries.values()]
        .filter(({ message }) => message.expiresAt > since)
        .reduce((sum, { rows }) => sum + (rows.get(chain)?.fee ?? 0n), 0n),
  }
}

const isPending = ({ status }: Delivery): boolean => status === "PENDING"

const inOrder = (messages: readonly OutboundMessage[]): readonly OutboundMessage[] =>
  [...messages].sort((a, b) => (a.epoch < b.epoch ? -1 : 1))
