/**
 * Reads Solana: take the clock, run all adapters in step at its slot or later, merge what they found.
 * Slots that drift too far apart repeat the pass, an unusable endpoint hands over to the next; what is left is a reading too.
 */
import type { Address, ChainId } from "../../aggregator/domain/caip.js"
import type { SolanaPin } from "../../aggregator/domain/pin.js"
import type { ChainReader } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import type { SolanaChainConfig } from "../chain-config.js"
import { type AdapterOutcome, inStep } from "../evm/in-step.js"
import { mergeReadings } from "../evm/merge.js"
import { readAccounts } from "./account-reads.js"
import type { SolanaAdapter, SolanaRead, SolanaReadResult } from "./adapter.js"
import { SlotRange, type SolanaCommitment } from "./context.js"
import { faultOf, type SolanaFault } from "./fault.js"
import { checkGenesis, readBlockhash, readClock } from "./pin.js"
import { requestsOn } from "./requested.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"

export interface SolanaReaderParts {
  readonly chain: ChainId
  readonly commitment: SolanaCommitment
  readonly adapters: readonly SolanaAdapter[]
  /** Tried in this order. */
  readonly endpoints: readonly RpcEndpoint[]
  /** Slots that the reads of one pass may lie apart. */
  readonly mostSkew?: number
}

/** About ten seconds: more and the legs would describe different moments. */
const MOST_SKEW = 25
/** How often a pass is begun when its slots drift apart. */
const MOST_PASSES = 3

/** The reader that a chain's configuration describes, with the adapters that the registry built from it. */
export function createSolanaReader(config: SolanaChainConfig, adapters: readonly SolanaAdapter[]): ChainReader {
  const { chain, commitment, rpc, timeoutMs } = config
  return solanaReader({ chain, commitment, adapters, endpoints: rpc.map(url => httpEndpoint(url, timeoutMs)) })
}

export function solanaReader(parts: SolanaReaderParts): ChainReader {
  const { chain, commitment, adapters } = parts
  /** Where the last pass began: the next one must not see an older state on an endpoint that lags behind. */
  let floor = 0

  /** Everything at one endpoint within one range of slots, or the fault that prevented it. */
  async function pass(
    endpoint: RpcEndpoint,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<ChainReading> {
    const range = new SlotRange(commitment, floor, parts.mostSkew ?? MOST_SKEW)
    const [clock] = await Promise.all([readClock(endpoint, range, signal), checkGenesis(endpoint, chain, signal)])
    const { holders, requested } = requestsOn(chain, addresses)
    const [blockHash, outcomes] = await Promise.all([
      readBlockhash(endpoint, range, signal),
      runAdapters(holders, reads => readAccounts(endpoint, reads, range, signal)),
    ])
    floor = range.oldest
    const pin: SolanaPin = {
      kind: "solana",
      chain,
      minSlot: BigInt(range.oldest),
      maxSlot: BigInt(range.newest),
      blockHash,
      timestamp: clock.unixTime,
      finality: commitment,
      inputGrade: "single",
    }
    const venues = adapters.map(adapter => adapter.venue)
    return { status: "ok", chain, pin, ...mergeReadings(requested, venues, outcomes) }
  }

  async function runAdapters(
    holders: readonly string[],
    readAll: (reads: readonly SolanaRead[]) => Promise<readonly SolanaReadResult[]>,
  ): Promise<readonly AdapterOutcome[]> {
    const together = inStep(adapters.map(adapter => () => adapter.read(holders)))
    let step = together.next()
    while (!step.done) step = together.next(await readAll(step.value))
    return step.value
  }

  return {
    chain,
    async read(addresses, signal) {
      const failures: { host: string; fault: SolanaFault }[] = []
      for (const endpoint of parts.endpoints) {
        for (let passes = 1; passes <= MOST_PASSES && !signal.aborted; passes++) {
          try {
            return await scoped(signal, scope => pass(endpoint, addresses, scope))
          } catch (error) {
            const fault = faultOf(error)
            if (fault.code === "PIN_SKEW" && passes < MOST_PASSES) continue
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

/** Runs work under a signal of its own, which nothing outlives: neither a request nor a listener on the caller's signal. */
async function scoped<T>(signal: AbortSignal, work: (scope: AbortSignal) => Promise<T>): Promise<T> {
  const scope = new AbortController()
  const abort = () => scope.abort()
  signal.addEventListener("abort", abort, { once: true })
  try {
    return await work(scope.signal)
  } finally {
    signal.removeEventListener("abort", abort)
    abort()
  }
}
