/**
 * Where a published epoch is written before anything is delivered, so that a restart loses none and repeats none.
 */
import type { Bytes32 } from "./attestation.js"
import type { ChainId } from "./caip.js"
import type { Delivery } from "./ports.js"

/** A published attestation on its way: enough to fetch its signed copy and to know it when it comes. */
export interface OutboundMessage {
  /** Wormhole chain id of the emitter, its address as 32 bytes, and which of its messages this is. */
  readonly emitterChain: number
  readonly emitter: Bytes32
  readonly sequence: bigint
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
  /** The message of the highest epoch, whatever became of it. */
  newest(): Promise<OutboundMessage | undefined>
  /** Sum of the fees in the rows of a chain whose messages expire after a time (unix seconds); a missing fee is 0. */
  spent(chain: ChainId, since: number): Promise<bigint>
}
