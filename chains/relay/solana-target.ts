/**
 * Delivers to the receiver program of a Solana cluster.
 */
import { deliveryFee, type OpenSolanaReceiver } from "../solana/receiver.js"
import { SolanaTransactionFailedError } from "../solana/sender.js"
import { DeliveryFailedError, type DeliveryTarget } from "./target.js"

/** @param microLamports priority fee, millionths of a lamport for each compute unit. */
export function solanaTarget(receiver: OpenSolanaReceiver, microLamports = 0n): DeliveryTarget {
  const fee = deliveryFee(microLamports)
  return {
    chain: receiver.chain,
    held: async signal => {
      const { epoch, root, timestamp } = await receiver.latest(signal)
      return { epoch, root, timestamp: Number(timestamp) }
    },
    forecast: async ({ vaa }, signal) => ({ gas: await receiver.dryRun(vaa, signal, microLamports), fee }),
    submit: async ({ vaa }, _mostFee, signal) => {
      const { transaction, units } = await receiver.submit(vaa, signal, microLamports).catch(error => {
        if (error instanceof SolanaTransactionFailedError) throw new DeliveryFailedError(error.transaction, fee, error)
        throw error
      })
      return { transaction, gasUsed: units, fee }
    },
    balance: signal => receiver.sender.balance(signal),
  }
}
