/**
 * Several nodes of an EVM chain as one. What is asked at a block hash has one true answer, so answers are compared as
 * they are; a block by its tag (`latest`, `finalized`) is each node's own word and is settled first.
 */
import { numberToHex } from "viem"
import { ChainFault } from "../chain-fault.js"
import type { QuorumParts } from "../reading/source.js"
import { type Ballot, ballots, noQuorum, verdictOf } from "../reading/vote.js"
import type { RpcEndpoint } from "./rpc.js"

/** @throws ChainFault from each request when fewer than the quorum agree. */
export function quorumEndpoint({ host, members, quorum, note }: QuorumParts<RpcEndpoint>): RpcEndpoint {
  async function agree(
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
    known = new Map<string, unknown>(),
  ) {
    const ask = async (member: RpcEndpoint) => {
      const answer = known.get(member.host) ?? (await member.request(method, params, signal))
      // A node that lags behind lacks the block; that is no other opinion.
      if (answer === null) throw new ChainFault("HEAD_STALE", `the node does not have what ${method} asks for`)
      return answer
    }
    const cast = await ballots(members, ask, identityOf(method))
    const verdict = verdictOf(cast, quorum)
    if (!verdict) throw noQuorum(cast, quorum, method)
    note(verdict.dissents)
    return verdict.agreed[0]
  }

  /**
   * The newest block that `quorum` nodes have reached, and that many agree on: a node that lags or runs ahead does
   * not set the height, and one on a fork of its own is out-voted.
   */
  async function agreeOnHead(tag: string, signal: AbortSignal) {
    const heads = await ballots(
      members,
      member => headAt(member, tag, signal),
      ({ height }) => String(height),
    )
    const height = heights(heads).toSorted((a, b) => (a < b ? 1 : -1))[quorum - 1]
    if (height === undefined) throw noQuorum(heads, quorum, `a ${tag} block`)
    const known = new Map(
      heads.flatMap(head =>
        head.status === "ok" && head.value.height === height ? [[head.host, head.value.block] as const] : [],
      ),
    )
    return await agree("eth_getBlockByNumber", [numberToHex(height), false], signal, known)
  }

  return {
    host,
    request: (method, params, signal) => {
      const [tag] = params
      const isHead = method === "eth_getBlockByNumber" && typeof tag === "string" && !tag.startsWith("0x")
      return isHead ? agreeOnHead(tag, signal) : agree(method, params, signal)
    },
  }
}

interface MemberHead {
  readonly height: bigint
  readonly block: unknown
}

async function headAt(member: RpcEndpoint, tag: string, signal: AbortSignal): Promise<MemberHead> {
  const block = await member.request("eth_getBlockByNumber", [tag, false], signal)
  const height = heightOf(block)
  if (height === undefined) throw new ChainFault("RPC_UNAVAILABLE", `the node knows no ${tag} block`)
  return { height, block }
}

const heights = (heads: readonly Ballot<MemberHead>[]): bigint[] =>
  heads.flatMap(head => (head.status === "ok" ? [head.value.height] : []))

function heightOf(block: unknown): bigint | undefined {
  if (typeof block !== "object" || block === null || !("number" in block)) return undefined
  const { number } = block
  return typeof number === "string" && /^0x[0-9a-f]{1,64}$/i.test(number) ? BigInt(number) : undefined
}

/** Nodes give headers fields of their own (total difficulty, size): of a block only what a pass uses is compared. */
const identityOf = (method: string) => (answer: unknown) => {
  const compared = method === "eth_getBlockByNumber" ? usedOf(answer) : answer
  return JSON.stringify(compared)?.toLowerCase() ?? ""
}

function usedOf(block: unknown): unknown {
  if (typeof block !== "object" || block === null) return block
  const { number, hash, parentHash, timestamp } = block as Record<string, unknown>
  return { number, hash, parentHash, timestamp }
}
