/**
 * What a service tells Prometheus of its beat: readings, figures, epochs.
 */
import { Counter, Gauge, Histogram, type Registry } from "prom-client"
import { ACCOUNT_STATUSES } from "../domain/health.js"
import type { Clock } from "../domain/ports.js"
import type { EngineEvent } from "../engine.js"

/** Seconds; a beat is mostly waiting for chains. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Registers the metrics and returns what is to be told of every event. */
export function engineMetrics(registry: Registry, clock: Clock): (event: EngineEvent) => void {
  const registers = [registry]
  const pinned = new Map<string, number>()
  const assessed = new Histogram({
    name: "plimsoll_assess_duration_seconds",
    help: "From the first read to the last figure of a beat",
    buckets: BUCKETS,
    registers,
  })
  const chains = new Gauge({
    name: "plimsoll_chain_readable",
    help: "1 while the chain was read in the last beat",
    labelNames: ["chain"],
    registers,
  })
  new Gauge({
    name: "plimsoll_chain_lag_seconds",
    help: "Age of the last state that was read of the chain",
    labelNames: ["chain"],
    registers,
    collect() {
      for (const [chain, timestamp] of pinned) this.set({ chain }, clock.now() - timestamp)
    },
  })
  const accounts = new Gauge({
    name: "plimsoll_accounts",
    help: "Accounts by status",
    labelNames: ["status"],
    registers,
  })
  const rejections = new Counter({
    name: "plimsoll_price_rejections_total",
    help: "Observations of a price that did not count, by reason",
    labelNames: ["symbol", "code"],
    registers,
  })
  const unpriced = new Gauge({
    name: "plimsoll_price_available",
    help: "1 while a symbol has a price",
    labelNames: ["symbol"],
    registers,
  })
  const epochs = new Counter({ name: "plimsoll_epochs_total", help: "Epochs published since the start", registers })
  const epoch = new Gauge({ name: "plimsoll_published_epoch", help: "Newest epoch that was published", registers })
  const failures = new Counter({
    name: "plimsoll_beat_failures_total",
    help: "Beats that failed, by stage",
    labelNames: ["stage"],
    registers,
  })
  for (const stage of ["assess", "publish"]) failures.inc({ stage }, 0)

  return event => {
    if (event.kind === "failed") return failures.inc({ stage: event.stage })
    if (event.kind === "published") {
      epochs.inc()
      return epoch.set(Number(event.epoch))
    }
    const { snapshot, health } = event.assessment
    assessed.observe(event.milliseconds / 1_000)
    for (const state of snapshot.chains) {
      chains.set({ chain: state.chain }, state.status === "ok" ? 1 : 0)
      if (state.status === "ok") pinned.set(state.chain, state.pin.timestamp)
    }
    for (const { symbol, status, rejected } of snapshot.prices) {
      unpriced.set({ symbol }, status === "ok" ? 1 : 0)
      for (const { code } of rejected) rejections.inc({ symbol, code })
    }
    for (const status of ACCOUNT_STATUSES) {
      accounts.set({ status }, health.filter(each => each.status === status).length)
    }
  }
}
