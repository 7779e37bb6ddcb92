/**
 * Reads one EVM chain: resolve a head, run all adapters in step at its hash, merge what they found.
 * A reorganisation repeats the pass, an unusable endpoint hands over to the next; what is left is a reading too.
 */
import { setMaxListeners } from "node:events"
import type { Address } from "../../aggregator/domain/caip.js"
import type { ChainReader } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import type { EvmChainConfig } from "../chain-config.js"
import { evmAdaptersOf } from "../registry.js"
import type { EvmAdapter, EvmChainFacts } from "./adapter.js"
import type { BlockContext } from "./block-proof.js"
import { type EvmFault, faultOf } from "./fault.js"
import { inStep } from "./in-step.js"
import { mergeReadings } from "./merge.js"
import { multicall } from "./multicall.js"
import { checkChainId, type EvmFinality, resolveHead } from "./pin.js"
import { requestsOn } from "./requested.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"

export interface EvmReaderParts {
  readonly facts: EvmChainFacts
  readonly finality: EvmFinality
  readonly blockContext: BlockContext
  readonly adapters: readonly EvmAdapter[]
  /** Tried in this order. */
  readonly endpoints: readonly RpcEndpoint[]
}

/** How often a pass is begun when the chain reorganises under it. */
const MOST_PASSES = 3

/** The reader that a chain's configuration describes. @throws ZodError when an adapter's settings are wrong. */
export function createEvmReader(config: EvmChainConfig): ChainReader {
  const { chain, multicall3, assets, finality, blockContext } = config
  const facts: EvmChainFacts = { chain, multicall3, assets }
  const endpoints = config.rpc.map(url => httpEndpoint(url, config.timeoutMs))
  return evmReader({ facts, finality, blockContext, endpoints, adapters: evmAdaptersOf(config.adapters, facts) })
}

export function evmReader(parts: EvmReaderParts): ChainReader {
  const { chain } = parts.facts
  const trusted = new WeakSet<RpcEndpoint>()

  /** Everything at one pin of one endpoint, or the fault that prevented it. */
  async function pass(
    endpoint: RpcEndpoint,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<ChainReading> {
    const { facts, adapters, blockContext } = parts
    const [head] = await Promise.all([resolveHead(endpoint, chain, parts.finality, signal), trust(endpoint, signal)])
    const { holders, requested } = requestsOn(chain, addresses)
    const together = inStep(adapters.map(adapter => () => adapter.read(holders, head.pin)))
    const place = { endpoint, multicall3: facts.multicall3, head, blockContext }

    let step = together.next()
    while (!step.done) step = together.next(await multicall(place, step.value, signal))

    const venues = adapters.map(adapter => adapter.venue)
    return { status: "ok", chain, pin: head.pin, ...mergeReadings(requested, venues, step.value) }
  }

  async function trust(endpoint: RpcEndpoint, signal: AbortSignal): Promise<void> {
    if (trusted.has(endpoint)) return
    await checkChainId(endpoint, chain, signal)
    trusted.add(endpoint)
  }

  return {
    chain,
    async read(addresses, signal) {
      const failures: { host: string; fault: EvmFault }[] = []
      for (const endpoint of parts.endpoints) {
        for (let passes = 1; passes <= MOST_PASSES; passes++) {
          if (signal.aborted) break
          try {
            return await scoped(signal, scope => pass(endpoint, addresses, scope))
          } catch (error) {
            const fault = faultOf(error)
            if (fault.code === "PIN_LOST" && passes < MOST_PASSES) continue
            failures.push({ host: endpoint.host, fault })
            break
          }
        }
      }
      const [first] = failures
      const detail = failures.map(({ host, fault }) => `${host}: ${fault.message}`).join("; ")
      return {
        status: "unavailable",
        chain,
        code: first?.fault.code ?? "RPC_UNAVAILABLE",
        detail: detail || "the read was aborted",
      }
    },
  }
}

/** Runs work under a signal of its own: when the work ends, so do the requests it left behind. */
async function scoped<T>(signal: AbortSignal, work: (scope: AbortSignal) => Promise<T>): Promise<T> {
  const scope = new AbortController()
  // Each request of a round listens; Node warns beyond ten, taking them for a leak.
  setMaxListeners(0, scope.signal)
  const abort = () => scope.abort()
  signal.addEventListener("abort", abort, { once: true })
  try {
    return await work(scope.signal)
  } finally {
    signal.removeEventListener("abort", abort)
    abort()
  }
}
