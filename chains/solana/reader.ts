/**
 * Reads Solana: take the clock, run all adapters in step at its slot or later, merge what they found.
 * No pass goes back to an older state than the last, whichever endpoint it reads.
 */
import type { Address, ChainId } from "../../aggregator/domain/caip.js"
import type { SolanaPin } from "../../aggregator/domain/pin.js"
import type { ChainReader } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import type { SolanaChainConfig } from "../chain-config.js"
import { runInStep } from "../reading/in-step.js"
import { mergeReadings } from "../reading/merge.js"
import { readWithFailover } from "../reading/read-with-failover.js"
import { requestsOn } from "../reading/requested.js"
import { solanaAdaptersOf } from "../registry.js"
import { readAccounts } from "./account-reads.js"
import type { SolanaAdapter } from "./adapter.js"
import { SlotRange, type SolanaCommitment } from "./context.js"
import { holderIn } from "./holder.js"
import { checkGenesis, readBlockhash, readClock } from "./pin.js"
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

/** The reader that a chain's configuration describes. @throws ZodError when an adapter's settings are wrong. */
export function createSolanaReader(config: SolanaChainConfig): ChainReader {
  const { chain, assets, commitment, rpc, timeoutMs } = config
  const adapters = solanaAdaptersOf(config.adapters, { chain, assets })
  return solanaReader({ chain, commitment, adapters, endpoints: rpc.map(url => httpEndpoint(url, timeoutMs)) })
}

export function solanaReader(parts: SolanaReaderParts): ChainReader {
  const { chain, commitment, adapters, endpoints, mostSkew = MOST_SKEW } = parts
  /** Where the last pass began: the next one must not see an older state on an endpoint that lags behind. */
  let floor = 0

  /** Everything at one endpoint within one range of slots. */
  async function pass(
    endpoint: RpcEndpoint,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<ChainReading> {
    const range = new SlotRange(commitment, floor, mostSkew)
    const clock = await identified(checkGenesis(endpoint, chain, signal), readClock(endpoint, range, signal))
    const { holders, requested } = requestsOn(chain, addresses, holderIn)
    const [blockHash, outcomes] = await Promise.all([
      readBlockhash(endpoint, range, signal),
      runInStep(
        adapters.map(adapter => () => adapter.read(holders)),
        reads => readAccounts(endpoint, reads, range, signal),
      ),
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

  return readWithFailover({ chain, endpoints, pass })
}

/** Both at once; when both fail, the identity is the reason: another cluster's slots are no news. */
async function identified<T>(identity: Promise<void>, work: Promise<T>): Promise<T> {
  const [known, done] = await Promise.allSettled([identity, work])
  if (known.status === "rejected") throw known.reason
  if (done.status === "rejected") throw done.reason
  return done.value
}
