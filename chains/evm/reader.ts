/**
 * Reads one EVM chain: resolve a head, run all adapters in step at its hash, merge what they found.
 * An endpoint is believed once it has shown that it serves the chain.
 */
import type { Address } from "../../aggregator/domain/caip.js"
import type { EvmPin, InputGrade } from "../../aggregator/domain/pin.js"
import type { ChainReader, Clock } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import type { EvmChainConfig } from "../chain-config.js"
import { ChainFault } from "../chain-fault.js"
import { runInStep } from "../reading/in-step.js"
import { mergeReadings } from "../reading/merge.js"
import { readWithFailover, withDissents } from "../reading/read-with-failover.js"
import { requestsOn } from "../reading/requested.js"
import { type Source, sourcesOf } from "../reading/source.js"
import { evmAdaptersOf } from "../registry.js"
import { openQueries } from "../wormhole/queries.js"
import type { EvmAdapter, EvmChainFacts } from "./adapter.js"
import type { BlockContext } from "./block-proof.js"
import { holderIn } from "./holder.js"
import type { PinnedCalls } from "./multicall.js"
import { checkChainId, type EvmFinality, findHead, type Head, resolveHead } from "./pin.js"
import { queriedEndpoint } from "./queried.js"
import { quorumEndpoint } from "./quorum.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"
import { lensOrMulticall } from "./through-lens.js"

export interface EvmReaderParts {
  readonly facts: EvmChainFacts
  readonly finality: EvmFinality
  readonly blockContext: BlockContext
  readonly adapters: readonly EvmAdapter[]
  /** Tried in this order; with a quorum, asked together. */
  readonly endpoints: readonly RpcEndpoint[]
  /** How many endpoints have to agree on everything; absent: one endpoint's word is taken. */
  readonly quorum?: number
  /** What one endpoint's word is worth; `single` when absent. */
  readonly alone?: InputGrade
  /** Seconds that a head may be behind the clock; an endpoint with an older one is passed over. */
  readonly mostHeadAge?: number
  readonly clock?: Clock
  /** A block of an earlier pass, to be read again; the newest that is final enough when absent. */
  readonly at?: EvmPin
  /** How calls are put together; the lens with Multicall3 in reserve when absent. */
  readonly answer?: PinnedCalls
}

const SYSTEM_CLOCK: Clock = { now: () => Math.floor(Date.now() / 1000) }

/** The reader that a chain's configuration describes. @throws ZodError when an adapter's settings are wrong. */
export function createEvmReader(config: EvmChainConfig, at?: EvmPin): ChainReader {
  const { chain, multicall3, assets, finality, blockContext, quorum, mostHeadAge } = config
  const facts: EvmChainFacts = { chain, multicall3, assets }
  return evmReader({
    facts,
    finality,
    blockContext,
    ...endpointsOf(config),
    adapters: evmAdaptersOf(config.adapters, facts),
    ...(quorum !== undefined && { quorum }),
    ...(mostHeadAge !== undefined && { mostHeadAge }),
    ...(at && { at }),
  })
}

/** Endpoints as they are, or with guardians answering their calls. */
function endpointsOf({
  rpc,
  queries,
  wormholeChain,
  ...limits
}: EvmChainConfig): Pick<EvmReaderParts, "endpoints" | "alone"> {
  const endpoints = rpc.map(url => httpEndpoint(url, limits))
  if (!queries) return { endpoints }
  const guardians = openQueries({ ...queries, wormholeChain, timeoutMs: limits.timeoutMs })
  return { endpoints: endpoints.map(endpoint => queriedEndpoint(endpoint, guardians)), alone: "query" }
}

export function evmReader(parts: EvmReaderParts): ChainReader {
  const {
    facts,
    finality,
    blockContext,
    adapters,
    endpoints,
    quorum,
    alone = "single",
    at,
    clock = SYSTEM_CLOCK,
    answer = lensOrMulticall(),
  } = parts
  const { chain, multicall3 } = facts
  const mostHeadAge = parts.mostHeadAge ?? Number.POSITIVE_INFINITY
  const trusted = new WeakSet<Source<RpcEndpoint>>()
  /** Height of the last pass: what was final stays so, and an endpoint that lags behind must not show an older state. */
  let floor = 0n

  /** Everything at one block of one source. */
  async function pass(
    source: Source<RpcEndpoint>,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<ChainReading> {
    const { endpoint, dissents } = source.open()
    const [head] = await Promise.all([
      at
        ? findHead(endpoint, at, source.inputGrade, signal)
        : resolveHead(endpoint, { chain, finality, inputGrade: source.inputGrade }, signal),
      trust(source, endpoint, signal),
    ])
    if (!at) await checkFreshness(endpoint, head, signal)
    const { holders, requested } = requestsOn(chain, addresses, holderIn)
    const place = { endpoint, multicall3, head, blockContext }
    const outcomes = await runInStep(
      adapters.map(adapter => () => adapter.read(holders, head.pin)),
      calls => answer(place, calls, signal),
    )
    if (finality === "finalized") floor = head.pin.blockNumber
    const reading = { status: "ok", chain, pin: head.pin, ...mergeReadings(requested, adapters, outcomes) } as const
    return withDissents(reading, dissents())
  }

  async function checkFreshness(endpoint: RpcEndpoint, { pin }: Head, signal: AbortSignal): Promise<void> {
    const age = clock.now() - pin.timestamp
    if (age <= mostHeadAge && pin.blockNumber >= floor) return
    // Behind an address that was trusted there may be another chain by now, whose blocks are neither old nor new.
    await checkChainId(endpoint, chain, signal)
    if (age > mostHeadAge) throw new ChainFault("HEAD_STALE", `its ${finality} block is ${age} s old`)
    throw new ChainFault("HEAD_STALE", `its ${finality} block ${pin.blockNumber} is before ${floor}, read earlier`)
  }

  async function trust(source: Source<RpcEndpoint>, endpoint: RpcEndpoint, signal: AbortSignal): Promise<void> {
    if (trusted.has(source)) return
    await checkChainId(endpoint, chain, signal)
    trusted.add(source)
  }

  return readWithFailover({ chain, endpoints: sourcesOf({ endpoints, quorum, alone, join: quorumEndpoint }), pass })
}
