/**
 * Composition root: configuration → wiring → start, and the way back: stop taking requests, end the beat, let go.
 */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join, relative } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { serveStatic } from "@hono/node-server/serve-static"
import type { Context } from "hono"
import type { Logger } from "pino"
import { priceSourcesOf } from "../chains/prices/sources.js"
import { readerOf } from "../chains/readers.js"
import type { RelayEvent } from "../chains/relay/relay.js"
import { openWire } from "../chains/relay/wire.js"
import { signatureChecks } from "../chains/signature-checks.js"
import { loadKernel } from "../wasm-core/kernel.js"
import { createApp, hasSideEffects } from "./app.js"
import { openAssessor } from "./assessment/open-assessor.js"
import type { Config, Secrets } from "./config.js"
import { NotReadyError } from "./domain/errors.js"
import type { Outbox } from "./domain/outbox.js"
import type { Clock } from "./domain/ports.js"
import { type EngineEvent, runEngine } from "./engine.js"
import { clientOf } from "./http/client-address.js"
import { listen } from "./listen.js"
import { engineMetrics } from "./metrics/engine-metrics.js"
import { processRegistry } from "./metrics/registry.js"
import { relayMetrics } from "./metrics/relay-metrics.js"
import { nativeHashing } from "./native-hashing.js"
import { loadExecutionCosts, usualCosts } from "./policies/execution-costs.js"
import { policyFrom } from "./policy-source.js"
import { readDocument } from "./read-json.js"
import { BeatHealth } from "./readiness.js"
import { publishedDocuments } from "./routes/published.js"
import type { Service } from "./routes/service.js"
import { type OpenDatabase, openDatabase, type Place } from "./store/database.js"
import { idempotencyKeys } from "./store/idempotency.js"
import { MarginBook } from "./store/margin-book.js"
import { AccountRegistry } from "./store/registry.js"
import { prune } from "./store/retention.js"
import { sqlArchive } from "./store/sql-archive.js"
import { sqlOutbox } from "./store/sql-outbox.js"
import { webhookStore } from "./store/webhooks.js"
import { type CourierEvent, webhookCourier } from "./webhooks/courier.js"
import { runWebhooks } from "./webhooks/run-webhooks.js"
import { webhookSender } from "./webhooks/send.js"
import { watchHealth } from "./webhooks/watch-health.js"
import { wireSettings } from "./wire-settings.js"

export interface RunningService {
  readonly url: string
  readonly book: MarginBook
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

const SLOWEST_BEAT_SECONDS = 60
const TIDY_EVERY_MS = 3_600_000
const clock: Clock = { now: () => Math.floor(Date.now() / 1000) }

/**
 * Starts a service as configured; resolves when it listens.
 *
 * @throws InvalidInputError for missing keys, PortInUseError for a busy port, StoreInUseError and StoreUnavailableError
 *   for the data; nothing is left running.
 */
export async function startService(config: Config, secrets: Secrets, log: Logger): Promise<RunningService> {
  const store = await openDatabase(placeOf(config, secrets))
  try {
    return await startOn(store, config, secrets, log)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function startOn(store: OpenDatabase, config: Config, secrets: Secrets, log: Logger): Promise<RunningService> {
  const policy = await policyFrom(config.policy)
  const wasmFile = createRequire(import.meta.url).resolve("#kernel.wasm")
  const wasm = await readFile(wasmFile)
  const kernel = await loadKernel(wasm)
  const book = new MarginBook(sqlArchive(store.db))
  await book.resume()
  const registry = await AccountRegistry.open(store.db, config.accounts, config.linking)
  const stopping = new AbortController()
  const health = new BeatHealth(patienceOf(config), clock)
  const exposition = processRegistry()
  const noteBeat = engineMetrics(exposition, clock)
  const countRelay = relayMetrics(exposition, clock)
  const noteRelay = (event: RelayEvent): void => {
    countRelay(event)
    if (event.kind !== "held") return
    const { epoch, timestamp } = event.held
    health.noteHeld(event.chain, epoch === 0n ? undefined : timestamp)
  }

  const names = new Map<string, string>(config.chains.map(each => [each.chain, each.name]))
  const show = { policy, chainName: (chain: string) => names.get(chain) ?? chain }
  const published = publishedDocuments([policy], wasm)
  const costs = config.costs === undefined ? usualCosts() : await readDocument(config.costs, loadExecutionCosts)
  const service: Service = { book, show, kernel, published, costs, readiness: () => health.checks(book) }
  let url = config.publicUrl
  const origin = () => {
    if (url === undefined) throw new NotReadyError("the service does not listen yet")
    return url
  }
  const webhooks = webhookStore(store.db)
  const reportFault = (error: unknown) => log.error({ err: error }, "webhooks failed; the next round tries again")
  const app = createApp({
    ...service,
    clock,
    idempotency: idempotencyKeys(store.db),
    ...(config.rateLimit && { rates: ratesOf(config.rateLimit) }),
    linking: { registry, checks: signatureChecks(config.chains), clock, origin },
    webhooks: {
      store: webhooks,
      targets: config.webhooks,
      owners: config.webhooks.owners,
      clock,
      adminToken: secrets.adminToken,
    },
    page: serveStatic({ root: relative(process.cwd(), join(wasmFile, "..", "dashboard")) }),
    closing: stopping.signal,
    exposition,
    reportFault: error => log.error({ err: error }, "a request failed"),
  })
  const wire =
    config.attestation && (await openWireFor(config, secrets, { outbox: sqlOutbox(store.db), book, note: noteRelay }))
  const server = await listen(app, config).catch(async error => {
    await wire?.stop()
    throw error
  })
  url ??= server.url
  const alerting = runWebhooks(
    {
      book,
      observe: watchHealth(webhooks, clock),
      round: webhookCourier({
        store: webhooks,
        clock,
        send: sendersOf(config.webhooks),
        report: event => logDelivery(log, event),
      }),
      reportFault,
    },
    stopping.signal,
  )
  const assessor = openAssessor({ wasm, kernel, policy: policy.policy, threads: config.assessmentThreads })
  const tidying = keepTidy(store, config, log, stopping.signal)
  const engine = runEngine(
    {
      readers: config.chains.map(readerOf),
      priceSources: priceSourcesOf(config.prices, secrets.pythApiKey),
      accounts: () => registry.accounts,
      policy,
      assess: assessor.assess,
      hashing: nativeHashing(kernel),
      clock,
      book,
      ...(wire && { wire }),
      terms: {
        validity: config.attestation?.validitySeconds ?? 0,
        wasmHash: published.wasm.hash,
        chains: config.chains.map(({ chain, wormholeChain }) => ({ chain, wormholeChain })),
      },
      refreshSeconds: config.refreshSeconds,
      epochSeconds: config.attestation?.epochSeconds ?? Number.POSITIVE_INFINITY,
      report: event => {
        health.note(event)
        noteBeat(event)
        logEvent(log, event)
      },
    },
    stopping.signal,
  )
  return {
    url: server.url,
    book,
    stop: async () => {
      stopping.abort()
      await Promise.all([server.stop(), engine, wire?.stop(), tidying, alerting])
      await assessor.close()
      await store.close()
    },
  }
}

function placeOf({ storage }: Config, { databaseUrl }: Secrets): Place {
  if (databaseUrl) return { kind: "postgres", url: databaseUrl }
  return storage.folder === null ? { kind: "memory" } : { kind: "folder", folder: storage.folder }
}

function ratesOf({ requestsPerMinute, writesPerMinute, trustedProxies }: NonNullable<Config["rateLimit"]>) {
  return {
    rules: [
      { name: "writes", requestsPerMinute: writesPerMinute, applies: isWrite },
      { name: "requests", requestsPerMinute, applies: () => true },
    ],
    clientOf: (context: Context) => clientOf(context, trustedProxies),
    now: () => performance.now(),
  }
}

const isWrite = (method: string, path: string): boolean =>
  !["GET", "HEAD", "OPTIONS"].includes(method) && (hasSideEffects(path) || path === "/v1/sign-in-messages")

/** Drops what is past its time, now and every hour, until the signal aborts. */
async function keepTidy({ db }: OpenDatabase, { storage }: Config, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await prune(db, storage, clock.now()).catch(error => log.error({ err: error }, "old data could not be dropped"))
    await delay(TIDY_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** A beat may wait for a slow chain; an attestation is worth nothing once its validity has run out. */
const patienceOf = ({ refreshSeconds, attestation }: Config) => ({
  margin: Math.max(SLOWEST_BEAT_SECONDS, 4 * refreshSeconds),
  publication: attestation?.validitySeconds ?? null,
})

interface WireParts {
  readonly outbox: Outbox
  readonly book: MarginBook
  note(event: RelayEvent): void
}

const openWireFor = (config: Config, secrets: Secrets, { outbox, book, note }: WireParts) =>
  openWire({
    ...wireSettings(config, secrets),
    clock,
    outbox,
    onSigned: (epoch, vaa) => book.recordSigned(epoch, vaa),
    report: event => {
      note(event)
      if (event.kind === "delivery" || event.kind === "undeployed") book.showDelivery(event.epoch, event.delivery)
    },
  })

/** By its id: a target's URL may hold a secret. */
const sendersOf = ({ owners, ...rules }: Config["webhooks"]) => ({
  operator: webhookSender(rules),
  owners: webhookSender({ ...rules, ...owners }),
})

function logDelivery(log: Logger, { kind, ...about }: CourierEvent): void {
  // Owners see for themselves how theirs stand, and whoever has a wallet is one: no reason to wake the operator.
  const level = about.whose === "operator" ? "warn" : "debug"
  log[level](about, kind === "given up" ? "an event of a webhook was given up" : "an event of a webhook was not taken")
}

function logEvent(log: Logger, event: EngineEvent): void {
  if (event.kind === "failed") {
    log.error({ err: event.error }, `${event.stage} failed; the next beat tries again`)
  } else if (event.kind === "published") {
    log.info({ epoch: String(event.epoch), transaction: event.transaction }, "published an epoch")
  } else {
    for (const state of event.assessment.snapshot.chains) {
      const { chain } = state
      if (state.status === "unavailable") {
        log.warn({ chain, code: state.code, detail: state.detail }, "a chain is unavailable")
      } else {
        for (const dissent of state.dissents ?? []) log.warn({ chain, ...dissent }, "an endpoint's word did not count")
      }
    }
    const milliseconds = Math.round(event.milliseconds)
    log.debug({ accounts: event.assessment.health.length, milliseconds }, "margined every account")
  }
}
