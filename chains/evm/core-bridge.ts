/**
 * Publishes attestations through the Wormhole core contract of an EVM chain.
 * The publishing key is the emitter that receivers trust, so it should publish nothing else.
 */
import { getAbiItem, type Hex, type Address as Holder, hexToBigInt, parseEventLogs, toHex } from "viem"
import type { Attestation, Bytes32 } from "../../aggregator/domain/attestation.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { AttestationPublisher, Receipt } from "../../aggregator/domain/ports.js"
import { CONSISTENCY, type Consistency } from "../wormhole/consistency.js"
import { encodePayload } from "../wormhole/payload.js"
import { coreBridgeAbi } from "./core-bridge-abi.js"
import { type EvmSender, rethrown } from "./sender.js"

export interface CoreBridgeOptions {
  readonly sender: EvmSender
  /** The core contract. */
  readonly core: Holder
  readonly consistency: Consistency
}

export interface CoreBridgePublisher extends AttestationPublisher {
  /** Who receivers see as the sender: the key's address as 32 bytes. */
  readonly emitter: Bytes32
  /**
   * Publishes any payload, paying the core's fee.
   *
   * @throws CallRefusedError, TransactionFailedError, TransactionUnconfirmedError, ChainFault, MessageNotLoggedError.
   */
  publishMessage(nonce: number, payload: Hex, signal: AbortSignal): Promise<Receipt>
  /**
   * The message with this attestation if the chain holds it; waits for a transaction of ours that is still to be mined.
   *
   * @param fromBlock a block that is older than the message.
   * @throws ChainFault; TransactionUnconfirmedError when a sent transaction stays unmined.
   */
  find(attestation: Attestation, fromBlock: bigint, signal: AbortSignal): Promise<Receipt | null>
}

/** The transaction succeeded without a message: the address is not the core contract. */
export class MessageNotLoggedError extends PlimsollError {
  readonly code = "MESSAGE_NOT_LOGGED"
  constructor(
    readonly core: string,
    readonly transaction: string,
  ) {
    super(`transaction ${transaction} published no message; is ${core} the Wormhole core contract of this chain?`)
  }
}

const MESSAGE_PUBLISHED = getAbiItem({ abi: coreBridgeAbi, name: "LogMessagePublished" })
/** What public endpoints answer at once. */
const BLOCKS_A_QUERY = 1_000n
/** A message later than this is past its validity on every chain. */
const SEARCHED_BLOCKS = 20_000n

/** An EVM address as Wormhole writes emitters: left-padded, lower case. */
export const emitterOf = (address: Holder): Bytes32 => toHex(hexToBigInt(address), { size: 32 })

export function openCoreBridge({ sender, core, consistency }: CoreBridgeOptions): CoreBridgePublisher {
  async function publishMessage(nonce: number, payload: Hex, signal: AbortSignal): Promise<Receipt> {
    const value = await sender.client
      .readContract({ address: core, abi: coreBridgeAbi, functionName: "messageFee" })
      .catch(rethrown)
    const args = [nonce, payload, CONSISTENCY[consistency]]
    const call = { to: core, abi: coreBridgeAbi, functionName: "publishMessage", args, value }
    const { logs, transactionHash: transaction } = await sender.call(call, signal)
    const published = parseEventLogs({ abi: coreBridgeAbi, eventName: "LogMessagePublished", logs })
    const message = published.find(log => log.address.toLowerCase() === core.toLowerCase())
    if (!message) throw new MessageNotLoggedError(core, transaction)
    return { transaction, sequence: message.args.sequence }
  }

  async function find(attestation: Attestation, fromBlock: bigint, signal: AbortSignal): Promise<Receipt | null> {
    await sender.settled(signal)
    const payload = toHex(encodePayload(attestation))
    const newest = await sender.client.getBlockNumber().catch(rethrown)
    const last = newest < fromBlock + SEARCHED_BLOCKS ? newest : fromBlock + SEARCHED_BLOCKS
    for (let from = fromBlock; from <= last; from += BLOCKS_A_QUERY) {
      signal.throwIfAborted()
      const toBlock = from + BLOCKS_A_QUERY - 1n < last ? from + BLOCKS_A_QUERY - 1n : last
      const query = { address: core, event: MESSAGE_PUBLISHED, args: { sender: sender.address }, strict: true } as const
      const logs = await sender.client.getLogs({ ...query, fromBlock: from, toBlock }).catch(rethrown)
      const message = logs.find(log => log.args.payload === payload)
      if (message) return { transaction: message.transactionHash, sequence: message.args.sequence }
    }
    return null
  }

  return {
    find,
    emitter: emitterOf(sender.address),
    publishMessage,
    publish: (attestation, signal) =>
      publishMessage(Number(BigInt.asUintN(32, attestation.epoch)), toHex(encodePayload(attestation)), signal),
  }
}
