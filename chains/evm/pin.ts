/**
 * The block that a whole pass is pinned to, and the proof that an answer was computed on it.
 * An endpoint may be a load balancer: asking for a hash is not enough, each answer has to show its block.
 */
import { z } from "zod"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { EvmPin, InputGrade } from "../../aggregator/domain/pin.js"
import { ChainFault } from "../chain-fault.js"
import type { RpcEndpoint } from "./rpc.js"

export type EvmFinality = "latest" | "safe" | "finalized"

export interface Head {
  readonly pin: EvmPin
  readonly parentHash: string
}

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,64}$/i)
  .transform(BigInt)
const word = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i)
  .toLowerCase()
const header = z.object({
  number: quantity,
  hash: word,
  parentHash: word,
  timestamp: quantity.transform(Number).pipe(z.int().nonnegative()),
})

export interface WantedHead {
  readonly chain: ChainId
  readonly finality: EvmFinality
  /** How far the endpoint's word goes. */
  readonly inputGrade: InputGrade
}

/**
 * The newest block that is final enough.
 *
 * @throws ChainFault DECODE when the answer is no block header; whatever the endpoint throws.
 */
export async function resolveHead(
  endpoint: RpcEndpoint,
  { chain, finality, inputGrade }: WantedHead,
  signal: AbortSignal,
): Promise<Head> {
  const answer = await endpoint.request("eth_getBlockByNumber", [finality, false], signal)
  if (answer === null) throw new ChainFault("RPC_UNAVAILABLE", `the node knows no ${finality} block`)
  const { number: blockNumber, hash: blockHash, parentHash, timestamp } = headerIn(answer)
  return {
    pin: { kind: "evm", chain, blockNumber, blockHash, timestamp, finality, inputGrade },
    parentHash,
  }
}

/**
 * The block of an earlier pass, to read it again.
 *
 * @throws ChainFault PIN_LOST when the node does not know it (any more); DECODE; whatever the endpoint throws.
 */
export async function findHead(
  endpoint: RpcEndpoint,
  { chain, blockHash, finality }: Pick<EvmPin, "chain" | "blockHash" | "finality">,
  inputGrade: InputGrade,
  signal: AbortSignal,
): Promise<Head> {
  const answer = await endpoint.request("eth_getBlockByHash", [blockHash, false], signal)
  if (answer === null) throw new ChainFault("PIN_LOST", `the node does not know block ${blockHash}`)
  const { number: blockNumber, hash, parentHash, timestamp } = headerIn(answer)
  if (hash !== blockHash) throw new ChainFault("DECODE", `asked for block ${blockHash}, the node answered with ${hash}`)
  return { pin: { kind: "evm", chain, blockNumber, blockHash, timestamp, finality, inputGrade }, parentHash }
}

function headerIn(answer: unknown) {
  const { data: block } = header.safeParse(answer)
  if (!block) throw new ChainFault("DECODE", "the node did not return a block header")
  return block
}

/** @throws ChainFault WRONG_CHAIN when the endpoint serves another chain; DECODE when it says none. */
export async function checkChainId(endpoint: RpcEndpoint, chain: ChainId, signal: AbortSignal): Promise<void> {
  const { data: served } = quantity.safeParse(await endpoint.request("eth_chainId", [], signal))
  if (served === undefined) throw new ChainFault("DECODE", "eth_chainId did not return a number")
  if (`eip155:${served}` !== chain) throw new ChainFault("WRONG_CHAIN", `serves eip155:${served}, not ${chain}`)
}
