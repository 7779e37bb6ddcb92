/**
 * Delivers to the receiver contract of an EVM chain.
 */
import type { EvmReceiver } from "../evm/receiver.js"
import { TransactionFailedError } from "../evm/sender.js"
import { DeliveryFailedError, type DeliveryTarget } from "./target.js"

export function evmTarget(receiver: EvmReceiver): DeliveryTarget {
  return {
    chain: receiver.chain,
    held: async () => {
      const { epoch, root, timestamp } = await receiver.latest()
      return { epoch, root, timestamp: Number(timestamp) }
    },
    forecast: ({ vaa }) => receiver.quote(vaa),
    submit: ({ vaa }, mostFee, signal) =>
      receiver.submit(vaa, signal, mostFee ?? undefined).catch(error => {
        if (error instanceof TransactionFailedError) throw new DeliveryFailedError(error.transaction, error.fee, error)
        throw error
      }),
    balance: () => receiver.sender.balance(),
  }
}
