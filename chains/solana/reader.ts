/**
 * Reads Solana: take the clock, run all adapters in step at its slot or later, merge what they found.
 * No pass goes back to an older state than the last, whichever endpoint it reads.
 */
import type { Address, ChainId } from "../../aggregator/domain/caip.js"
import type { SolanaPin } from "../../aggregator/domain/pin.js"
import type { ChainReader, Clock } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import type { SolanaChainConfig } from "../chain-config.js"
import { ChainFault } from "../chain-fault.js"
import { runInStep } from "../reading/in-step.js"
import { mergeReadings } from "../reading/merge.js"
import { readWithFailover, withDissents } from "../reading/read-with-failover.js"
import { requestsOn } from "../reading/requested.js"
import { type Source, sourcesOf } from "../reading/source.js"
import { solanaAdaptersOf } from "../registry.js"
import { readAccounts } from "./account-reads.js"
import type { SolanaAdapter } from "./adapter.js"
import { SlotRange, type SolanaCommitment } from "./context.js"
import { holderIn } from "./holder.js"
import { checkBlockhash, checkGenesis, readBlockhash, readClock } from "./pin.js"
import { quorumEndpoint } from "./quorum.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"

export interface SolanaReaderParts {
  readonly chain: ChainId
  readonly commitment: SolanaCommitment
  readonly adapters: readonly SolanaAdapter[]
  /** Tried in this order; with a quorum, asked together. */
  readonly endpoints: readonly RpcEndpoint[]
  /** How many endpoints have to agree on everything; absent: one endpoint's word is taken. */
  readonly quorum?: number
  /** Slots that the reads of one pass may lie apart. */
  readonly mostSkew?: number
  /** Seconds that the cluster's time may be behind the clock; an endpoint with an older state is passed over. */
  readonly mostHeadAge?: number
  readonly clock?: Clock
}

/** About ten seconds: more and the legs would describe different moments. */
const MOST_SKEW = 25

const SYSTEM_CLOCK: Clock = { now: () => Math.floor(Date.now() / 1000) }

/** The reader that a chain's configuration describes. @throws ZodError when an adapter's settings are wrong. */
export function createSolanaReader(config: SolanaChainConfig): ChainReader {
  const { chain, assets, commitment, rpc, quorum, mostHeadAge } = config
  return solanaReader({
    chain,
    commitment,
    adapters: solanaAdaptersOf(config.adapters, { chain, assets }),
    endpoints: rpc.map(url => httpEndpoint(url, config)),
    ...(quorum !== undefined && { quorum }),
    ...(mostHeadAge !== undefined && { mostHeadAge }),
  })
}

export function solanaReader(parts: SolanaReaderParts): ChainReader {
  const { chain, commitment, adapters, endpoints, quorum, mostSkew = MOST_SKEW, clock = SYSTEM_CLOCK } = parts
  const mostHeadAge = parts.mostHeadAge ?? Number.POSITIVE_INFINITY
  /** Where the last pass began: the next one must not see an older state on an endpoint that lags behind. */
  let floor = 0

  /** Everything at one source within one range of slots. */
  async function pass(
    source: Source<RpcEndpoint>,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<ChainReading> {
    const { endpoint, dissents } = source.open()
    const range = new SlotRange(commitment, floor, mostSkew)
    const { unixTime } = await identified(checkGenesis(endpoint, chain, signal), readClock(endpoint, range, signal))
    const age = clock.now() - unixTime
    if (age > mostHeadAge) throw new ChainFault("HEAD_STALE", `its ${commitment} state is ${age} s old`)
    const { holders, requested } = requestsOn(chain, addresses, holderIn)
    // Before the reads, and checked after them: what lies between is of one fork.
    const blockHash = await readBlockhash(endpoint, range, signal)
    const outcomes = await runInStep(
      adapters.map(adapter => () => adapter.read(holders)),
      reads => readAccounts(endpoint, reads, range, signal),
    )
    if (commitment !== "finalized") await checkBlockhash(endpoint, blockHash, range, signal)
    floor = range.oldest
    const pin: SolanaPin = {
      kind: "solana",
      chain,
      minSlot: BigInt(range.oldest),
      maxSlot: BigInt(range.newest),
      blockHash,
      timestamp: unixTime,
      finality: commitment,
      inputGrade: source.inputGrade,
    }
    return withDissents({ status: "ok", chain, pin, ...mergeReadings(requested, adapters, outcomes) }, dissents())
  }

  return readWithFailover({ chain, endpoints: sourcesOf({ endpoints, quorum, join: quorumEndpoint }), pass })
}

/** Both at once; when both fail, the identity is the reason: another cluster's slots are no news. */
async function identified<T>(identity: Promise<void>, work: Promise<T>): Promise<T> {
  const [known, done] = await Promise.allSettled([identity, work])
  if (known.status === "rejected") throw known.reason
  if (done.status === "rejected") throw done.reason
  return done.value
}
