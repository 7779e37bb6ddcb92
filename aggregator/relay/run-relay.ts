/**
 * A relay by itself: follows an aggregator, carries what it publishes, and stands by while another instance does.
 */
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { Hono } from "hono"
import type { Logger } from "pino"
import { type AggregatorFeed, aggregatorFeed } from "../../chains/relay/aggregator-feed.js"
import { fileLease } from "../../chains/relay/file-lease.js"
import { openJournal } from "../../chains/relay/journal.js"
import type { Lease } from "../../chains/relay/lease.js"
import { memoryOutbox } from "../../chains/relay/outbox.js"
import { openRelay, type Relay, type RelayEvent } from "../../chains/relay/relay.js"
import { openRoute, type RelayerKeys } from "../../chains/relay/routes.js"
import type { AccountState } from "../../chains/relay/trigger.js"
import { attestationTree } from "../domain/merkle.js"
import type { Outbox } from "../domain/outbox.js"
import type { Clock } from "../domain/ports.js"
import { listen } from "../listen.js"
import { processRegistry } from "../metrics/registry.js"
import { relayMetrics } from "../metrics/relay-metrics.js"
import { decodeCommitment } from "../pipeline/commitment-format.js"
import { metricsRoutes } from "../routes/metrics.js"
import type { RelayConfig } from "./relay-config.js"

export interface RunningRelay {
  /** Where its metrics are. */
  readonly url: string
  stop(): Promise<void>
}

const clock: Clock = { now: () => Math.floor(Date.now() / 1_000) }

/**
 * Starts a relay; resolves when its metrics can be asked for.
 *
 * @throws RangeError for a missing key; PortInUseError; what the file system throws.
 */
export async function startRelay(config: RelayConfig, keys: RelayerKeys, log: Logger): Promise<RunningRelay> {
  const stopping = new AbortController()
  const registry = processRegistry()
  const note = relayMetrics(registry, clock)
  const report = (event: RelayEvent) => {
    note(event)
    logEvent(log, event)
  }
  await mkdir(config.dataFolder, { recursive: true })
  const lease = fileLease({ folder: config.dataFolder, termSeconds: config.leaseSeconds })
  // Before anything runs: a missing key is told at once.
  relayOn(config, keys, { outbox: memoryOutbox(), report })
  const server = await listen(new Hono().route("/", metricsRoutes(registry)), config)
  const terms = holdTerms({ config, keys, lease, report }, stopping.signal)
  return {
    url: server.url,
    stop: async () => {
      stopping.abort()
      await Promise.all([terms, server.stop()])
    },
  }
}

interface TermParts {
  readonly config: RelayConfig
  readonly keys: RelayerKeys
  readonly lease: Lease
  report(event: RelayEvent): void
}

/** One term after the other: the journal is opened when the lease is held, and closed when it is lost. */
async function holdTerms(parts: TermParts, signal: AbortSignal): Promise<void> {
  const { config, lease, report } = parts
  while (!signal.aborted) {
    const held = await lease.hold()
    report({ kind: "standby", standby: !held })
    if (held) await oneTerm(parts, signal)
    await pause(config.pollSeconds, signal)
  }
  await lease.release()
}

async function oneTerm({ config, keys, lease, report }: TermParts, signal: AbortSignal): Promise<void> {
  const outbox = await openJournal(join(config.dataFolder, "journal"))
  const term = new AbortController()
  const over = AbortSignal.any([signal, term.signal])
  const relay = relayOn(config, keys, {
    outbox,
    lease: { hold: lease.hold, release: async () => undefined },
    report: event => {
      report(event)
      if (event.kind === "standby" && event.standby) term.abort()
    },
  })
  relay.run()
  await follow(feedOf(config), relay, { seconds: config.pollSeconds, report, signal: over })
  await relay.stop()
  await outbox.close()
}

const feedOf = ({ aggregator, emitter }: RelayConfig): AggregatorFeed => aggregatorFeed(aggregator, originOf(emitter))

const originOf = ({ wormholeChain, address }: RelayConfig["emitter"]) => ({
  emitterChain: wormholeChain,
  emitter: address,
})

interface Wiring {
  readonly outbox: Outbox
  readonly lease?: Lease
  report?(event: RelayEvent): void
}

/** The relay that a configuration describes. @throws RangeError for a missing key. */
export function relayOn(config: RelayConfig, keys: RelayerKeys, wiring: Wiring): Relay {
  const feed = feedOf(config)
  return openRelay({
    guardianApis: config.guardianApis,
    routes: config.chains.map(each => openRoute(each, originOf(config.emitter), keys, config.triggers)),
    clock,
    intervalMs: config.pollSeconds * 1_000,
    accountsOf: epoch => accountsOf(feed, epoch),
    ...wiring,
  })
}

/** Puts what the aggregator has published into the relay. @returns what stood in the way. */
export async function takeNewest(feed: AggregatorFeed, relay: Relay, signal: AbortSignal): Promise<void> {
  const message = await feed.newest(signal)
  if (message) await relay.accept(message, null)
}

/** The accounts of an epoch, if the aggregator shows a commitment that hashes to what it says it does. */
async function accountsOf(feed: AggregatorFeed, epoch: bigint): Promise<readonly AccountState[] | null> {
  try {
    const text = await feed.commitment(epoch, AbortSignal.timeout(COMMITMENT_TIMEOUT_MS))
    if (text === null) return null
    const { root, header, leaves } = decodeCommitment(text)
    return attestationTree(header, leaves).root === root ? leaves : null
  } catch {
    // Not known is an answer here: the trigger then sends rather than compares.
    return null
  }
}

const COMMITMENT_TIMEOUT_MS = 10_000

async function follow(
  feed: AggregatorFeed,
  relay: Relay,
  { seconds, report, signal }: { seconds: number; report(event: RelayEvent): void; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await takeNewest(feed, relay, signal).catch(error => {
      if (!signal.aborted) report({ kind: "trouble", chain: null, error })
    })
    await pause(seconds, signal)
  }
}

const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  delay(seconds * 1_000, undefined, { signal }).catch(() => undefined)

function logEvent(log: Logger, event: RelayEvent): void {
  if (event.kind === "delivery") {
    const { chain, status, transaction, reason } = event.delivery
    log.info({ epoch: String(event.epoch), chain, status, transaction, reason }, "delivery")
  } else if (event.kind === "trouble") {
    log.warn({ chain: event.chain, err: event.error }, "a round failed; the next one tries again")
  } else if (event.kind === "balance" && event.low) {
    log.warn({ chain: event.chain, balance: String(event.balance) }, "the paying key runs dry")
  } else if (event.kind === "standby") {
    log.info(event.standby ? "standing by: another relay holds the lease" : "holding the lease")
  }
}
