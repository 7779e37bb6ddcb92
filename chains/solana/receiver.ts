/**
 * The receiver program on Solana as a relay uses it: what it holds, and handing it a signed attestation.
 */
import { PublicKey } from "@solana/web3.js"
import { z } from "zod"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import { openCluster } from "./endpoint-failover.js"
import { type SolanaReceiver, stateAddress } from "./receiver-address.js"
import { DELIVERY_COMPUTE_UNITS, deliveryInstructions } from "./receiver-delivery.js"
import { type ReceiverRefusal, receiverRefusal } from "./receiver-refusal.js"
import { decodeReceiverState, type ReceiverState } from "./receiver-state.js"
import { relayerKeypair } from "./relayer-key.js"
import { httpEndpoint } from "./rpc.js"
import { answer, openSolanaSender, ProgramRefusedError, type SolanaSender, type SolanaTransaction } from "./sender.js"

/** Nobody has opened the state of this emitter yet. */
export class StateNotOpenError extends PlimsollError {
  readonly code = "STATE_NOT_OPEN"
  constructor(readonly address: string) {
    super(`there is no receiver state at ${address}; it has to be opened once, which anybody can do`)
  }
}

/** The receiver program refuses the attestation; nothing was sent. */
export class DeliveryRefusedError extends PlimsollError {
  readonly code = "DELIVERY_REFUSED"
  constructor(readonly refusal: ReceiverRefusal) {
    super(`the receiver program refuses the attestation: ${refusal}`)
  }
}

export interface SolanaDelivery extends SolanaTransaction {
  /** Lamports. */
  readonly fee: bigint
}

/** Each signature of a transaction costs as much, in lamports; a delivery has one. */
const SIGNATURE_LAMPORTS = 5_000n
const MICRO = 1_000_000n

/** What a delivery costs, in lamports, rounded up: the network takes the priority fee for the limit, used or not. */
export const deliveryFee = (microLamports: bigint): bigint =>
  SIGNATURE_LAMPORTS + (microLamports * BigInt(DELIVERY_COMPUTE_UNITS) + MICRO - 1n) / MICRO

const accountSchema = z.object({
  value: z.object({ owner: z.string(), data: z.tuple([z.base64(), z.literal("base64")]) }).nullable(),
})

export interface SolanaConnection {
  readonly chain: ChainId
  /** Tried in this order. */
  readonly rpc: readonly string[]
  readonly timeoutMs: number
  /** The core bridge, base58. */
  readonly core: string
  /** The receiver program, base58. */
  readonly receiver: string
  readonly wormholeChain: number
  readonly emitter: Bytes32
  /** Secret key of who pays, as `relayerKeypair` reads it. */
  readonly key: string
}

/** Opens the receiver of one emitter over HTTP. @throws RangeError when the key is none. */
export function connectSolanaReceiver(options: SolanaConnection): OpenSolanaReceiver {
  const { chain, rpc, timeoutMs, core, receiver, wormholeChain, emitter } = options
  const payer = relayerKeypair(options.key)
  if (!payer) throw new RangeError(`deliveries to ${chain} need a Solana secret key`)
  const cluster = openCluster(
    chain,
    rpc.map(url => httpEndpoint(url, { timeoutMs })),
  )
  const source = { core: new PublicKey(core), wormholeChain, emitter }
  return openSolanaReceiver(openSolanaSender({ cluster, payer }), { program: new PublicKey(receiver), source })
}

export type OpenSolanaReceiver = ReturnType<typeof openSolanaReceiver>

export function openSolanaReceiver(sender: SolanaSender, receiver: SolanaReceiver) {
  const state: PublicKey = stateAddress(receiver)
  const instructions = (vaa: Uint8Array, microLamports: bigint) =>
    deliveryInstructions(receiver, vaa, microLamports === 0n ? {} : { microLamports })

  return {
    chain: sender.chain,
    sender,
    receiver,

    /** The newest attestation held, expired or not. @throws StateNotOpenError; LayoutError; ChainFault. */
    latest: (signal: AbortSignal): Promise<ReceiverState & { readonly root: Bytes32 }> =>
      sender.cluster.at(async endpoint => {
        const params = [state.toBase58(), { encoding: "base64", commitment: "confirmed" }]
        const { value } = await answer(endpoint, "getAccountInfo", params, accountSchema, signal)
        if (value === null) throw new StateNotOpenError(state.toBase58())
        return decodeReceiverState(receiver.program, { owner: value.owner, data: Buffer.from(value.data[0], "base64") })
      }, signal),

    /** Compute units of a delivery, by a dry run. @throws as `submit`, before anything is sent. */
    dryRun: (vaa: Uint8Array, signal: AbortSignal, microLamports = 0n): Promise<bigint> =>
      sender.dryRun(instructions(vaa, microLamports), signal).catch(named),

    /**
     * Hands over a signed attestation in one transaction.
     *
     * @param microLamports priority fee, millionths of a lamport for each compute unit.
     * @throws DeliveryRefusedError with the program's reason; MalformedVaaError, ForeignMessageError, InvalidVaaError;
     *   otherwise as `SolanaSender.send`.
     */
    async submit(vaa: Uint8Array, signal: AbortSignal, microLamports = 0n): Promise<SolanaDelivery> {
      const sent = await sender.send(instructions(vaa, microLamports), signal).catch(named)
      return { ...sent, fee: deliveryFee(microLamports) }
    },
  }
}

/** A number of the program as its name. */
function named(error: unknown): never {
  const refusal = error instanceof ProgramRefusedError && error.custom !== null ? receiverRefusal(error.custom) : null
  throw refusal === null ? error : new DeliveryRefusedError(refusal)
}
