/**
 * Delivers to the receiver program of a Solana cluster, at most once per epoch whoever else relays.
 */
import type { Delivery } from "../../aggregator/domain/ports.js"
import { DeliveryRefusedError, type OpenSolanaReceiver } from "../solana/receiver.js"
import { SolanaTransactionFailedError, SolanaTransactionUnconfirmedError } from "../solana/sender.js"
import { type DeliveryTarget, failed, type SignedAttestation, settledBy } from "./target.js"

export function solanaTarget(receiver: OpenSolanaReceiver): DeliveryTarget {
  const { chain } = receiver
  const settled = async (attestation: SignedAttestation, signal: AbortSignal): Promise<Delivery | null> =>
    settledBy(chain, await receiver.latest(signal), attestation)

  async function submit({ vaa }: SignedAttestation, signal: AbortSignal): Promise<Delivery> {
    const { transaction, units, fee } = await receiver.submit(vaa, signal)
    return { chain, status: "DELIVERED", transaction, gasUsed: units, fee, reason: null }
  }

  /** Another relay may win between the look and the transaction: then look again. */
  async function outcomeOf(error: unknown, attestation: SignedAttestation, signal: AbortSignal): Promise<Delivery> {
    const refused = error instanceof DeliveryRefusedError && error.refusal === "EPOCH_NOT_RISING"
    if (refused || error instanceof SolanaTransactionFailedError) {
      const outcome = await settled(attestation, signal)
      if (outcome) return outcome
    }
    if (error instanceof SolanaTransactionUnconfirmedError) return failed(chain, error.message, error.transaction)
    throw error
  }

  return {
    chain,
    deliver: async (attestation, signal) =>
      (await settled(attestation, signal)) ??
      submit(attestation, signal).catch(error => outcomeOf(error, attestation, signal)),
  }
}
