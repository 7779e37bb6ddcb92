/**
 * Reads one EVM chain: resolve a head, run all adapters in step at its hash, merge what they found.
 * An endpoint is believed once it has shown that it serves the chain.
 */
import type { Address } from "../../aggregator/domain/caip.js"
import type { ChainReader } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import type { EvmChainConfig } from "../chain-config.js"
import { runInStep } from "../reading/in-step.js"
import { mergeReadings } from "../reading/merge.js"
import { readWithFailover } from "../reading/read-with-failover.js"
import { requestsOn } from "../reading/requested.js"
import { evmAdaptersOf } from "../registry.js"
import type { EvmAdapter, EvmChainFacts } from "./adapter.js"
import type { BlockContext } from "./block-proof.js"
import { holderIn } from "./holder.js"
import { multicall } from "./multicall.js"
import { checkChainId, type EvmFinality, resolveHead } from "./pin.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"

export interface EvmReaderParts {
  readonly facts: EvmChainFacts
  readonly finality: EvmFinality
  readonly blockContext: BlockContext
  readonly adapters: readonly EvmAdapter[]
  /** Tried in this order. */
  readonly endpoints: readonly RpcEndpoint[]
}

/** The reader that a chain's configuration describes. @throws ZodError when an adapter's settings are wrong. */
export function createEvmReader(config: EvmChainConfig): ChainReader {
  const { chain, multicall3, assets, finality, blockContext } = config
  const facts: EvmChainFacts = { chain, multicall3, assets }
  const endpoints = config.rpc.map(url => httpEndpoint(url, config.timeoutMs))
  return evmReader({ facts, finality, blockContext, endpoints, adapters: evmAdaptersOf(config.adapters, facts) })
}

export function evmReader({ facts, finality, blockContext, adapters, endpoints }: EvmReaderParts): ChainReader {
  const { chain, multicall3 } = facts
  const trusted = new WeakSet<RpcEndpoint>()

  /** Everything at one block of one endpoint. */
  async function pass(
    endpoint: RpcEndpoint,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<ChainReading> {
    const [head] = await Promise.all([resolveHead(endpoint, chain, finality, signal), trust(endpoint, signal)])
    const { holders, requested } = requestsOn(chain, addresses, holderIn)
    const place = { endpoint, multicall3, head, blockContext }
    const outcomes = await runInStep(
      adapters.map(adapter => () => adapter.read(holders, head.pin)),
      calls => multicall(place, calls, signal),
    )
    const venues = adapters.map(adapter => adapter.venue)
    return { status: "ok", chain, pin: head.pin, ...mergeReadings(requested, venues, outcomes) }
  }

  async function trust(endpoint: RpcEndpoint, signal: AbortSignal): Promise<void> {
    if (trusted.has(endpoint)) return
    await checkChainId(endpoint, chain, signal)
    trusted.add(endpoint)
  }

  return readWithFailover({ chain, endpoints, pass })
}
