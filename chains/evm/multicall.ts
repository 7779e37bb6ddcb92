/**
 * Many contract calls in few requests, all at one block: Multicall3 at the pinned hash (EIP-1898).
 * A request that a node finds too big is halved; an answer from any other block is refused.
 */
import { type Hex, type Address as Holder, isHex } from "viem"
import { ChainFault } from "../chain-fault.js"
import type { EvmCall, EvmCallResult } from "./adapter.js"
import { decodeAggregate3, encodeAggregate3 } from "./aggregate3.js"
import { type BlockContext, blockIn, checkProof, PROOF_LENGTH, proofCalls } from "./block-proof.js"
import type { Head } from "./pin.js"
import type { RpcEndpoint } from "./rpc.js"

/** Calls' own bytes in one request: larger saves no time on a local node, and public ones refuse it. */
const MOST_CALL_BYTES = 32_768
/** A chunk refused after five halvings (1/32) is not too big: the node has another trouble. */
const MOST_HALVINGS = 5

/** Where and at which block calls are answered. */
export interface PinnedPlace {
  readonly endpoint: RpcEndpoint
  readonly multicall3: Holder
  readonly head: Head
  readonly blockContext: BlockContext
}

/** Answers calls at the pinned block, one result a call, in order. @throws ChainFault when that state cannot be read. */
export type PinnedCalls = (
  place: PinnedPlace,
  calls: readonly EvmCall[],
  signal: AbortSignal,
) => Promise<readonly EvmCallResult[]>

/** One result a call, in order. @throws ChainFault when the pinned state cannot be read there. */
export const multicall: PinnedCalls = async (place, calls, signal) => {
  const chunks = inChunks(calls)
  const answers = await Promise.all(chunks.map(chunk => answer(place, chunk, signal, MOST_HALVINGS)))
  return answers.flat()
}

function inChunks(calls: readonly EvmCall[]): readonly EvmCall[][] {
  const chunks: EvmCall[][] = []
  let room = 0
  for (const call of calls) {
    const bytes = call.data.length / 2
    if (chunks.length === 0 || bytes > room) {
      chunks.push([])
      room = MOST_CALL_BYTES
    }
    chunks.at(-1)?.push(call)
    room -= bytes
  }
  return chunks
}

async function answer(
  place: PinnedPlace,
  calls: readonly EvmCall[],
  signal: AbortSignal,
  halvings: number,
): Promise<readonly EvmCallResult[]> {
  try {
    const results = await aggregate(place, calls, signal)
    return await withoutStarvation(results, calls, again => answer(place, again, signal, halvings))
  } catch (error) {
    const tooBig = error instanceof ChainFault && (error.code === "GAS_CAP" || error.code === "RESPONSE_LIMIT")
    if (!tooBig || halvings === 0 || calls.length < 2) throw error
    const middle = calls.length >> 1
    const halves = [calls.slice(0, middle), calls.slice(middle)]
    return (await Promise.all(halves.map(half => answer(place, half, signal, halvings - 1)))).flat()
  }
}

/**
 * A call that got too little gas because of those before it looks like one that reverted without data.
 * So these are asked again by themselves for as long as that answers more of them.
 */
async function withoutStarvation(
  results: readonly EvmCallResult[],
  calls: readonly EvmCall[],
  ask: (calls: readonly EvmCall[]) => Promise<readonly EvmCallResult[]>,
): Promise<readonly EvmCallResult[]> {
  const isStarved = (_: EvmCall, index: number) => {
    const result = results[index]
    return result?.status === "reverted" && result.data === "0x"
  }
  const starved = calls.filter(isStarved)
  if (starved.length === 0 || starved.length === calls.length) return results
  const again = (await ask(starved)).values()
  return results.map(result =>
    result.status === "reverted" && result.data === "0x" ? (again.next().value ?? result) : result,
  )
}

async function aggregate(
  { endpoint, multicall3, head, blockContext }: PinnedPlace,
  calls: readonly EvmCall[],
  signal: AbortSignal,
): Promise<readonly EvmCallResult[]> {
  const data = encodeAggregate3([...proofCalls(multicall3), ...calls])
  const block = { blockHash: head.pin.blockHash, requireCanonical: true }
  const output = await endpoint.request("eth_call", [{ to: multicall3, data }, block], signal)
  const results = decodeAggregate3(returned(output, multicall3), PROOF_LENGTH + calls.length)
  checkProof(blockIn(results.slice(0, PROOF_LENGTH)), head, blockContext)
  return results.slice(PROOF_LENGTH)
}

function returned(output: unknown, multicall3: Holder): Hex {
  if (!isHex(output)) throw new ChainFault("DECODE", "eth_call did not return bytes")
  if (output === "0x") throw new ChainFault("NOT_DEPLOYED", `there is no Multicall3 at ${multicall3}`)
  return output
}
