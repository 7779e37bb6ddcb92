/**
 * The receiver contract on one EVM chain: deploy it, hand it signed attestations, ask it for proved health.
 */
import { type Address as Holder, isHex, toHex } from "viem"
import { z } from "zod"
import type { AccountLeaf, AttestationHeader, Bytes32 } from "../../aggregator/domain/attestation.js"
import { type Usd, usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES, type AccountStatus } from "../../aggregator/domain/health.js"
import { pinsHash } from "../../aggregator/domain/leaf.js"
import type { MerkleProof } from "../../aggregator/domain/merkle.js"
import { ChainFault } from "../chain-fault.js"
import artifact from "./contracts/MarginHealthReceiver.json" with { type: "json" }
import { receiverAbi } from "./receiver-abi.js"
import { type ContractCall, type EvmSender, type Quote, rethrown } from "./sender.js"

/** Whose messages a receiver takes; fixed when it is deployed. */
export interface TrustedEmitter {
  readonly wormholeChain: number
  readonly emitter: Bytes32
}

export interface ReceivedAttestation {
  readonly root: Bytes32
  /** 0 before the first attestation. */
  readonly epoch: bigint
  /** Unix seconds. */
  readonly timestamp: bigint
  /** Seconds. */
  readonly validity: number
  readonly consistencyLevel: number
  /** Epochs below this one are withdrawn. */
  readonly revokedBelow: bigint
}

export interface Submission {
  readonly transaction: string
  readonly gasUsed: bigint
  /** Wei. */
  readonly fee: bigint
}

export interface ProvedHealth {
  /** Equity − maintenance margin. */
  readonly health: Usd
  readonly status: AccountStatus
}

export type EvmReceiver = ReturnType<typeof openReceiver>

const artifactSchema = z.object({ bytecode: z.custom<`0x${string}`>(text => isHex(text)) })

/** Deploys a receiver that trusts one emitter and returns its address. @throws as `EvmSender.deploy`. */
export function deployReceiver(
  sender: EvmSender,
  core: Holder,
  { wormholeChain, emitter }: TrustedEmitter,
  signal: AbortSignal,
): Promise<Holder> {
  const { bytecode } = artifactSchema.parse(artifact)
  return sender.deploy(receiverAbi, bytecode, [core, wormholeChain, emitter], signal)
}

export function openReceiver(sender: EvmSender, address: Holder) {
  const contract = { address, abi: receiverAbi } as const
  const { client } = sender
  const delivery = (vaa: Uint8Array): ContractCall => ({
    to: address,
    abi: receiverAbi,
    functionName: "receiveAttestation",
    args: [toHex(vaa)],
  })
  return {
    chain: sender.chain,
    sender,
    address,

    /** The newest attestation held, expired or not. @throws ChainFault, `WRONG_CHAIN` from a node of another chain. */
    async latest(): Promise<ReceivedAttestation> {
      // Receivers may have one address on several chains: another chain's answer would look like this one's.
      const [held] = await Promise.all([
        client.readContract({ ...contract, functionName: "latest" }).catch(rethrown),
        sender.requireChain(),
      ])
      return held
    },

    /** What handing it over would cost at most, by a dry run. @throws as `submit`, before any gas is paid. */
    quote: (vaa: Uint8Array): Promise<Quote> => sender.quote(delivery(vaa)),

    /**
     * Hands over a signed attestation.
     *
     * @param mostFee wei that it may cost.
     * @throws CallRefusedError with the contract's error (InvalidVaa, UnknownEmitter, MalformedPayload, EpochNotRising,
     *   TimestampAhead) before any gas is paid; otherwise as `EvmSender.call`.
     */
    async submit(vaa: Uint8Array, signal: AbortSignal, mostFee?: bigint): Promise<Submission> {
      const { transactionHash, gasUsed, effectiveGasPrice } = await sender.call({ ...delivery(vaa), mostFee }, signal)
      return { transaction: transactionHash, gasUsed, fee: gasUsed * effectiveGasPrice }
    },

    /**
     * Health of a proved account, by `eth_call`.
     *
     * @throws CallRefusedError LeafNotIncluded, AttestationExpired or HealthUnknown; ChainFault.
     */
    async verifyHealth(leaf: AccountLeaf, proof: MerkleProof): Promise<ProvedHealth> {
      const args = [leafStruct(leaf), proof] as const
      const [health, status] = await client
        .readContract({ ...contract, functionName: "verifyHealth", args })
        .catch(rethrown)
      return { health: usd(health), status: statusOf(status) }
    },

    /** Proves an account leaf whatever its status, by `eth_call`. @throws CallRefusedError; ChainFault. */
    async verifyLeaf(leaf: AccountLeaf, proof: MerkleProof): Promise<void> {
      const args = [leafStruct(leaf), proof] as const
      await client.readContract({ ...contract, functionName: "verifyLeaf", args }).catch(rethrown)
    },

    /** Proves what the epoch pins, by `eth_call`. @throws CallRefusedError; ChainFault. */
    async verifyHeader({ pins, ...header }: AttestationHeader, proof: MerkleProof): Promise<void> {
      const args = [{ ...header, pinsHash: pinsHash(pins) }, proof] as const
      await client.readContract({ ...contract, functionName: "verifyHeader", args }).catch(rethrown)
    },
  }
}

const leafStruct = ({ address: _, ...leaf }: AccountLeaf) => ({
  ...leaf,
  status: ACCOUNT_STATUSES.indexOf(leaf.status),
  asOf: BigInt(leaf.asOf),
})

function statusOf(code: number): AccountStatus {
  const status = ACCOUNT_STATUSES[code]
  if (status === undefined) throw new ChainFault("DECODE", `the receiver returned account status ${code}`)
  return status
}
