/**
 * A chain that attestations are delivered to, as the relay sees it, and what becomes of an epoch there.
 */
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { Delivery } from "../../aggregator/domain/ports.js"

export interface SignedAttestation {
  readonly epoch: bigint
  readonly root: Bytes32
  readonly vaa: Uint8Array
}

/** The newest attestation that a chain holds. */
export interface HeldAttestation {
  /** 0 before the first. */
  readonly epoch: bigint
  readonly root: Bytes32
  /** Unix seconds. */
  readonly timestamp: number
}

export const NOTHING_HELD: HeldAttestation = { epoch: 0n, root: `0x${"00".repeat(32)}`, timestamp: 0 }

export interface CostForecast {
  /** Gas, or compute units on Solana. */
  readonly gas: bigint
  /** The most that it can cost, in the chain's smallest unit. */
  readonly fee: bigint
}

export interface SentDelivery {
  readonly transaction: string
  readonly gasUsed: bigint
  /** In the chain's smallest unit. */
  readonly fee: bigint
}

/** Every method may throw; the relay records why and tries again. */
export interface DeliveryTarget {
  readonly chain: ChainId
  held(signal: AbortSignal): Promise<HeldAttestation>
  /** By a dry run: nothing is sent, what the receiver would refuse is thrown. */
  forecast(attestation: SignedAttestation, signal: AbortSignal): Promise<CostForecast>
  /** Resolves when it is on chain. @param mostFee what it may cost; `null`: no limit. */
  submit(attestation: SignedAttestation, mostFee: bigint | null, signal: AbortSignal): Promise<SentDelivery>
  /** What the paying key holds, in the chain's smallest unit. */
  balance(signal: AbortSignal): Promise<bigint>
}

const row =
  (status: Delivery["status"]) =>
  (chain: ChainId, reason: string, { transaction = null, fee = null }: Partial<Delivery> = {}): Delivery => ({
    chain,
    status,
    transaction,
    gasUsed: null,
    fee,
    reason,
  })

export const pending = row("PENDING")
export const failed = row("FAILED")
export const superseded = row("SUPERSEDED")
export const deliveredByOthers = row("DELIVERED")

/** On chain and failed: it cost something all the same. */
export class DeliveryFailedError extends PlimsollError {
  readonly code = "DELIVERY_FAILED"
  constructor(
    readonly transaction: string,
    /** In the chain's smallest unit. */
    readonly fee: bigint,
    cause: Error,
  ) {
    super(cause.message, { cause })
  }
}
