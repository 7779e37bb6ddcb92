/**
 * What an epoch commits to: one root over every account's health and one header that pins all inputs.
 */
import type { Address, ChainId } from "./caip.js"
import type { Usd } from "./fixed.js"
import type { AccountStatus } from "./health.js"
import type { InputGrade } from "./pin.js"

/** 32 bytes as `0x` and 64 lower-case hex digits. */
export type Bytes32 = `0x${string}`

/** One per linked address, sorted by (wormholeChain, holder); `index` is its place in that order. */
export interface AccountLeaf {
  readonly index: number
  readonly address: Address
  /** Wormhole chain id of the address. */
  readonly wormholeChain: number
  /** The address as 32 bytes: EVM left-padded, Solana as is. */
  readonly holder: Bytes32
  /** keccak256 of the account id: addresses of one account share it. */
  readonly account: Bytes32
  readonly equity: Usd
  readonly initialMargin: Usd
  readonly maintenanceMargin: Usd
  readonly status: AccountStatus
  /** Unix seconds: the oldest pin that went into the numbers. */
  readonly asOf: number
}

/** The number Wormhole gives a chain: what a leaf calls it. */
export interface AttestedChain {
  readonly chain: ChainId
  readonly wormholeChain: number
}

export interface HeaderPin extends AttestedChain {
  readonly height: bigint
  readonly blockHash: Bytes32
}

export interface AttestationHeader {
  readonly wasmHash: Bytes32
  readonly policyHash: Bytes32
  readonly snapshotHash: Bytes32
  readonly leafCount: number
  readonly pins: readonly HeaderPin[]
}

/** An attestation but for what it says of each account. */
export interface AttestedEpoch {
  readonly epoch: bigint
  /** Unix seconds: the snapshot's valuation time. */
  readonly timestamp: number
  /** Seconds after `timestamp` for which a consumer may rely on it. */
  readonly validity: number
  /** The weakest grade among the chains read. */
  readonly inputGrade: InputGrade
  /** Epochs below this one are withdrawn, whatever their validity; 0 when none is. Never falls from epoch to epoch. */
  readonly revokedBelow: bigint
  readonly root: Bytes32
  /** Every chain that leaves and pins may name, sorted by CAIP-2 id. */
  readonly chains: readonly AttestedChain[]
  readonly header: AttestationHeader
}

export interface Attestation extends AttestedEpoch {
  readonly leaves: readonly AccountLeaf[]
}
