/**
 * A chain that attestations are delivered to, as the relay sees it.
 */
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { Delivery } from "../../aggregator/domain/ports.js"

export interface SignedAttestation {
  readonly epoch: bigint
  readonly root: Bytes32
  readonly vaa: Uint8Array
}

export interface DeliveryTarget {
  readonly chain: ChainId
  /** Delivers unless the chain already holds this or a newer epoch. May throw: the relay records the failure. */
  deliver(attestation: SignedAttestation, signal: AbortSignal): Promise<Delivery>
}

export const pending = (chain: ChainId, reason: string): Delivery => ({
  chain,
  status: "PENDING",
  transaction: null,
  gasUsed: null,
  fee: null,
  reason,
})

export const failed = (chain: ChainId, reason: string, transaction: string | null = null): Delivery => ({
  chain,
  status: "FAILED",
  transaction,
  gasUsed: null,
  fee: null,
  reason,
})

/** What the chain holds already makes the delivery needless, or hopeless; `null` when it does neither. */
export function settledBy(
  chain: ChainId,
  held: { readonly epoch: bigint; readonly root: Bytes32 },
  { epoch, root }: SignedAttestation,
): Delivery | null {
  if (held.epoch < epoch) return null
  if (held.epoch > epoch) return failed(chain, `superseded: the chain holds epoch ${held.epoch}`)
  if (held.root !== root) return failed(chain, `the chain holds another root for epoch ${epoch}: ${held.root}`)
  return { ...pending(chain, "the chain held it already"), status: "DELIVERED" }
}

/** A chain without a receiver: its row says so, epoch after epoch. */
export const undeployedTarget = (chain: ChainId, reason: string): DeliveryTarget => ({
  chain,
  deliver: async () => pending(chain, reason),
})
