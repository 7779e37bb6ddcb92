/**
 * Finds published messages on one local chain that are canonical and as final as their publisher asked for.
 * It looks when it is asked, so an idle devnet costs nothing and a reorganisation can never be missed.
 */
import { type Address, createPublicClient, hexToBytes, http } from "viem"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { emitterOf } from "../evm/core-bridge.js"
import { coreBridgeAbi } from "../evm/core-bridge-abi.js"
import { type Consistency, consistencyOf } from "../wormhole/consistency.js"
import type { WormholeMessage } from "./guardian-signing.js"

export interface WatchedCore {
  readonly url: string
  readonly core: Address
  readonly wormholeChain: number
}

export interface CoreWatch {
  /** `null` while there is no such message, or its block is not final enough, or is no longer canonical. */
  find(emitter: Bytes32, sequence: bigint): Promise<WormholeMessage | null>
}

interface Observed {
  readonly message: Omit<WormholeMessage, "timestamp">
  readonly blockNumber: bigint
  readonly blockHash: string
}

const keyOf = (emitter: Bytes32, sequence: bigint): string => `${emitter}/${sequence}`

export function watchCore({ url, core, wormholeChain }: WatchedCore): CoreWatch {
  const client = createPublicClient({ transport: http(url, { retryCount: 0 }) })
  /** Messages up to the newest finalized block seen; later blocks are read again each time. */
  let settled = new Map<string, Observed>()
  let settledTo: { readonly number: bigint; readonly hash: string } | null = null
  let last: Promise<unknown> = Promise.resolve()

  async function observed(from: bigint): Promise<ReadonlyMap<string, Observed>> {
    const logs = await client.getContractEvents({
      address: core,
      abi: coreBridgeAbi,
      eventName: "LogMessagePublished",
      fromBlock: from,
      toBlock: "latest",
      strict: true,
    })
    return new Map(
      logs.map(({ args, blockNumber, blockHash }) => {
        const { sender, sequence, nonce, payload, consistencyLevel } = args
        const emitter = emitterOf(sender)
        const body = { emitterChain: wormholeChain, emitter, sequence, nonce, consistencyLevel }
        return [
          keyOf(emitter, sequence),
          { message: { ...body, payload: hexToBytes(payload) }, blockNumber, blockHash },
        ]
      }),
    )
  }

  const hashOf = async (number: bigint): Promise<string | null> => {
    const newest = await client.getBlockNumber({ cacheTime: 0 })
    return number > newest ? null : (await client.getBlock({ blockNumber: number })).hash
  }

  async function lookFor(key: string): Promise<WormholeMessage | null> {
    const finalized = await client.getBlock({ blockTag: "finalized" })
    if (settledTo && (await hashOf(settledTo.number)) !== settledTo.hash) {
      // A devnet can be reorganised deeper than its own finality.
      settled = new Map()
      settledTo = null
    }
    const recent = await observed(settledTo ? settledTo.number + 1n : 0n)
    for (const [recentKey, entry] of recent) if (entry.blockNumber <= finalized.number) settled.set(recentKey, entry)
    settledTo = { number: finalized.number, hash: finalized.hash }
    const found = recent.get(key) ?? settled.get(key)
    if (!found || found.blockNumber > (await finalTo(consistencyOf(found.message.consistencyLevel)))) return null
    const block = await client.getBlock({ blockNumber: found.blockNumber })
    return block.hash === found.blockHash ? { ...found.message, timestamp: Number(block.timestamp) } : null
  }

  const finalTo = async (consistency: Consistency): Promise<bigint> =>
    (await client.getBlock({ blockTag: consistency === "instant" ? "latest" : consistency })).number

  return {
    find: (emitter, sequence) => {
      const turn = last.then(() => lookFor(keyOf(emitter, sequence)))
      // A failed look is its caller's business and does not stop the next one.
      last = turn.catch(() => undefined)
      return turn
    },
  }
}
