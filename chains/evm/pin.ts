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
  const { data: block } = header.safeParse(answer)
  if (!block) throw new ChainFault("DECODE", "eth_getBlockByNumber did not return a block header")
  const { number: blockNumber, hash: blockHash, parentHash, timestamp } = block
  return {
    pin: { kind: "evm", chain, blockNumber, blockHash, timestamp, finality, inputGrade },
    parentHash,
  }
}

/** @throws ChainFault WRONG_CHAIN when the endpoint serves another chain; DECODE when it says none. */
export async function checkChainId(endpoint: RpcEndpoint, chain: ChainId, signal: AbortSignal): Promise<void> {
  const { data: served } = quantity.safeParse(await endpoint.request("eth_chainId", [], signal))
  if (served === undefined) throw new ChainFault("DECODE", "eth_chainId did not return a number")
  if (`eip155:${served}` !== chain) throw new ChainFault("WRONG_CHAIN", `serves eip155:${served}, not ${chain}`)
}
