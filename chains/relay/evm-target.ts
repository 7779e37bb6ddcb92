/**
 * Delivers to the receiver contract of an EVM chain, at most once per epoch whoever else relays.
 */
import type { Delivery } from "../../aggregator/domain/ports.js"
import type { EvmReceiver } from "../evm/receiver.js"
import { CallRefusedError, TransactionFailedError, TransactionUnconfirmedError } from "../evm/sender.js"
import { type DeliveryTarget, failed, type SignedAttestation, settledBy } from "./target.js"

export function evmTarget(receiver: EvmReceiver): DeliveryTarget {
  const { chain } = receiver

  const settled = async (attestation: SignedAttestation): Promise<Delivery | null> =>
    settledBy(chain, await receiver.latest(), attestation)

  async function submit(attestation: SignedAttestation, signal: AbortSignal): Promise<Delivery> {
    const { transaction, gasUsed, fee } = await receiver.submit(attestation.vaa, signal)
    return { chain, status: "DELIVERED", transaction, gasUsed, fee, reason: null }
  }

  /** Another relay may win between the look and the transaction: then look again. */
  async function outcomeOf(error: unknown, attestation: SignedAttestation): Promise<Delivery> {
    const refused = error instanceof CallRefusedError && error.errorName === "EpochNotRising"
    if (refused || error instanceof TransactionFailedError) {
      const outcome = await settled(attestation)
      if (outcome) return outcome
    }
    if (error instanceof TransactionUnconfirmedError) return failed(chain, error.message, error.transaction)
    throw error
  }

  return {
    chain,
    deliver: async (attestation, signal) =>
      (await settled(attestation)) ?? submit(attestation, signal).catch(error => outcomeOf(error, attestation)),
  }
}
