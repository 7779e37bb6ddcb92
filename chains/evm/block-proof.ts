/**
 * Proves inside an answer which block it was computed on. An endpoint may be a load balancer whose back ends disagree:
 * an answer that does not show the pinned block is not used.
 */
import { type Hex, type Address as Holder, toFunctionSelector } from "viem"
import { ChainFault } from "../chain-fault.js"
import type { EvmCall, EvmCallResult } from "./adapter.js"
import type { Head } from "./pin.js"

/**
 * What contracts see as their block: number and parent hash of the header, or only its time
 * (Arbitrum's NUMBER opcode reports the parent chain).
 */
export type BlockContext = "header" | "timestamp"

/** The chain and the block as a contract saw them. */
export interface BlockView {
  readonly chainId: bigint
  readonly timestamp: bigint
  readonly number: bigint
  readonly parentHash: bigint
}

const SELECTORS: readonly Hex[] = [
  toFunctionSelector("getChainId()"),
  toFunctionSelector("getCurrentBlockTimestamp()"),
  toFunctionSelector("getBlockNumber()"),
  toFunctionSelector("getLastBlockHash()"),
]

export const PROOF_LENGTH = SELECTORS.length

/** Multicall3's own views of the block it runs in. */
export const proofCalls = (multicall3: Holder): readonly EvmCall[] => SELECTORS.map(data => ({ to: multicall3, data }))

/** The answers to `proofCalls`. @throws ChainFault DECODE when they are none. */
export function blockIn(answers: readonly EvmCallResult[]): BlockView {
  const [chainId = 0n, timestamp = 0n, number = 0n, parentHash = 0n] = answers.map(wordOf)
  return { chainId, timestamp, number, parentHash }
}

/** @throws ChainFault WRONG_CHAIN or PIN_LOST when the answer was not computed on the pinned block. */
export function checkProof(shown: BlockView, { pin, parentHash }: Head, context: BlockContext): void {
  if (`eip155:${shown.chainId}` !== pin.chain) {
    throw new ChainFault("WRONG_CHAIN", `answered from chain id ${shown.chainId}`)
  }
  const sameTime = shown.timestamp === BigInt(pin.timestamp)
  const sameBlock = shown.number === pin.blockNumber && shown.parentHash === BigInt(parentHash)
  if (sameTime && (sameBlock || context === "timestamp")) return
  throw new ChainFault("PIN_LOST", `answered from block ${shown.number} instead of ${pin.blockNumber} ${pin.blockHash}`)
}

function wordOf(answer: EvmCallResult): bigint {
  if (answer.status !== "ok" || answer.data.length !== 66)
    throw new ChainFault("DECODE", "Multicall3 does not show its block")
  return BigInt(answer.data)
}
