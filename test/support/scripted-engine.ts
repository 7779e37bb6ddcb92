/**
 * An engine over chains, a wire and a clock that a test scripts, with the kernel as it ships.
 */
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { addressOn } from "../../aggregator/domain/caip.js"
import { ratio } from "../../aggregator/domain/fixed.js"
import type { AttestationWire, ChainReader, Receipt } from "../../aggregator/domain/ports.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { type EngineEvent, type EngineParts, runEngine } from "../../aggregator/engine.js"
import { nativeHashing } from "../../aggregator/native-hashing.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { MarginBook } from "../../aggregator/store/margin-book.js"
import { shippedKernel } from "./kernel.js"
import { CHAIN, collateral, NOW, option, pinAt, priced } from "./snapshots.js"

const HOLDER = addressOn(CHAIN, "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f")
const CALL = option("ETH-25DEC26-3200-C", "-2")

/** What the chain answers: one seller of calls with dollars beside them. */
export const reading = (timestamp = NOW): ChainReading => ({
  status: "ok",
  chain: CHAIN,
  pin: pinAt(timestamp),
  addresses: [{ address: HOLDER, legs: [collateral("USDC", "5000"), CALL], faults: [], native: [] }],
  prices: [priced("ETH", "3000"), priced("USDC", "1")].flatMap(each =>
    each.status === "ok" ? [{ ...each, source: "test", publishTime: timestamp }] : [],
  ),
  quotes: [{ instrument: CALL.instrument, venue: CALL.venue, volatility: ratioOf(8n), rate: ratioOf(0n) }],
  faults: [],
})

/** A reader that answers as told, call by call. */
export const readerOf = (answer: (call: number) => ChainReading | Promise<ChainReading>): ChainReader => {
  let calls = 0
  return { chain: CHAIN, read: async () => answer(++calls) }
}

export interface ScriptedWire extends AttestationWire {
  readonly published: readonly Attestation[]
}

/** A wire that publishes as told; what `publish` throws was not published. */
export function wireOf(
  publish: (attestation: Attestation, signal: AbortSignal) => Receipt | Promise<Receipt> = receiptOf,
  lastEpoch: () => bigint | Promise<bigint> = () => 0n,
  find: (attestation: Attestation) => Receipt | null = () => null,
): ScriptedWire {
  const published: Attestation[] = []
  return {
    homeChain: CHAIN,
    published,
    standing: async () => ({ epoch: await lastEpoch(), revokedBelow: 0n }),
    publish: async (attestation, signal) => {
      published.push(attestation)
      return publish(attestation, signal)
    },
    find: async attestation => find(attestation),
  }
}

export const receiptOf = ({ epoch }: Attestation): Receipt => ({ transaction: `0x${epoch}`, sequence: epoch })

export interface ScriptedEngine {
  readonly book: MarginBook
  readonly events: readonly EngineEvent[]
  /** Seconds that the scripted clock stands at. */
  now: number
  stop(): Promise<void>
}

/** Starts an engine whose beats follow each other at once and whose clock only moves when the test moves it. */
export async function startEngine(parts: Partial<EngineParts> & Pick<EngineParts, "readers">): Promise<ScriptedEngine> {
  const book = new MarginBook()
  const events: EngineEvent[] = []
  const stopping = new AbortController()
  const kernel = await shippedKernel()
  const policy = shippedPolicy("span16")
  const engine = {
    book,
    events,
    now: NOW,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
  const running = runEngine(
    {
      priceSources: [],
      accounts: () => [{ id: "seller", addresses: [HOLDER] }],
      policy,
      assess: async snapshot => assessSnapshot(snapshot, policy.policy, kernel),
      hashing: nativeHashing(kernel),
      clock: { now: () => engine.now },
      book,
      terms: {
        validity: 60,
        wasmHash: `0x${"11".repeat(32)}`,
        chains: [{ chain: CHAIN, wormholeChain: 2 }],
      },
      refreshSeconds: 0.001,
      epochSeconds: 15,
      report: event => events.push(event),
      ...parts,
    },
    stopping.signal,
  )
  return engine
}

/** Tenths at 18 decimals. */
function ratioOf(tenths: bigint) {
  return ratio(tenths * 10n ** 17n)
}
