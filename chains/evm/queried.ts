/**
 * An endpoint whose contract calls guardians answer: it proposes blocks, and each answer has to be signed for the very
 * block that it proposed. What it says about a header is shown by the calls themselves, see `block-proof.ts`.
 */
import { z } from "zod"
import { ChainFault } from "../chain-fault.js"
import type { Queries } from "../wormhole/queries.js"
import type { RpcEndpoint } from "./rpc.js"

const header = z.object({ hash: z.string(), number: z.string().regex(/^0x[0-9a-f]{1,16}$/i), timestamp: z.string() })
const call = z.tuple([z.object({ to: z.string(), data: z.string() }), z.object({ blockHash: z.string() })])

/** Blocks that a pass may still be reading. */
const KEPT_BLOCKS = 32

/** @throws ChainFault from a call: NOT_SIGNED, or PIN_LOST when guardians see another block at that height. */
export function queriedEndpoint(endpoint: RpcEndpoint, queries: Queries): RpcEndpoint {
  const proposed = new Map<string, bigint>()

  async function propose(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const block = await endpoint.request(method, params, signal)
    const { data } = header.safeParse(block)
    if (data) {
      proposed.set(data.hash.toLowerCase(), BigInt(data.number))
      for (const oldest of [...proposed.keys()].slice(0, -KEPT_BLOCKS)) proposed.delete(oldest)
    }
    return block
  }

  async function ask(params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const { data } = call.safeParse(params)
    if (!data) throw new ChainFault("RPC_REFUSED", "guardians answer plain calls at a block only")
    const [{ to, data: calldata }, { blockHash }] = data
    const blockNumber = proposed.get(blockHash.toLowerCase())
    if (blockNumber === undefined) throw new ChainFault("PIN_LOST", `block ${blockHash} was not proposed here`)
    const answer = await queries.call({ blockNumber, to, data: calldata }, signal)
    if (answer.blockNumber === blockNumber && answer.blockHash.toLowerCase() === blockHash.toLowerCase()) {
      return answer.result
    }
    throw new ChainFault("PIN_LOST", `guardians see ${answer.blockHash} at ${answer.blockNumber}, not ${blockHash}`)
  }

  return {
    host: `${queries.host} by ${endpoint.host}`,
    request(method, params, signal) {
      if (method === "eth_call") return ask(params, signal)
      return method.startsWith("eth_getBlockBy")
        ? propose(method, params, signal)
        : endpoint.request(method, params, signal)
    },
  }
}
