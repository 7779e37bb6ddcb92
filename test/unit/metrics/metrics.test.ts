import { readFileSync } from "node:fs"
import { Registry } from "prom-client"
import { beforeEach, describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import { engineMetrics } from "../../../aggregator/metrics/engine-metrics.js"
import { relayMetrics } from "../../../aggregator/metrics/relay-metrics.js"
import { ChainFault } from "../../../chains/chain-fault.js"
import { deliveredByOthers, failed, pending } from "../../../chains/relay/target.js"
import { CHAIN, NOW, pinAt, priced, snapshotOf } from "../../support/snapshots.js"

const ETHEREUM = chainId("eip155:1")
const SOLANA = chainId("solana:x")
const ROOT = `0x${"00".repeat(32)}` as const

let now = 1_000
let registry: Registry
beforeEach(() => {
  now = 1_000
  registry = new Registry()
})

const sampleOf = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> => {
  const metric = (await registry.getMetricsAsJSON()).find(each => each.name === name)
  const same = (value: { labels: object }) => JSON.stringify(value.labels) === JSON.stringify(labels)
  return metric?.values.find(same)?.value
}

describe("a relay's metrics", () => {
  it("show what the chains hold, and its age when they are asked", async () => {
    const note = relayMetrics(registry, { now: () => now })
    note({ kind: "held", chain: ETHEREUM, held: { epoch: 7n, root: ROOT, timestamp: 940 } })
    note({ kind: "held", chain: SOLANA, held: { epoch: 0n, root: ROOT, timestamp: 0 } })
    now = 1_030
    expect(await sampleOf("plimsoll_confirmed_epoch", { chain: ETHEREUM })).toBe(7)
    expect(await sampleOf("plimsoll_confirmed_epoch_age_seconds", { chain: ETHEREUM })).toBe(90)
    // What was never delivered has no age, rather than a small one.
    expect(await sampleOf("plimsoll_confirmed_epoch_age_seconds", { chain: SOLANA })).toBeUndefined()
  })

  it("count ends of epochs, money in coins, and failures by code", async () => {
    const note = relayMetrics(registry, { now: () => now })
    for (const row of [pending, failed, deliveredByOthers, deliveredByOthers]) {
      note({ kind: "delivery", epoch: 1n, delivery: row(ETHEREUM, "") })
    }
    note({ kind: "paid", chain: ETHEREUM, fee: 15n * 10n ** 14n })
    note({ kind: "paid", chain: SOLANA, fee: 5_000n })
    note({ kind: "balance", chain: SOLANA, balance: 2_000_000_000n, low: true })
    note({ kind: "trouble", chain: ETHEREUM, error: new ChainFault("RPC_UNAVAILABLE", "") })
    note({ kind: "trouble", chain: null, error: new Error("?") })
    note({ kind: "standby", standby: true })
    expect(await sampleOf("plimsoll_deliveries_total", { chain: ETHEREUM, status: "DELIVERED" })).toBe(2)
    expect(await sampleOf("plimsoll_deliveries_total", { chain: ETHEREUM, status: "FAILED" })).toBe(1)
    expect(await sampleOf("plimsoll_deliveries_total", { chain: ETHEREUM, status: "PENDING" })).toBeUndefined()
    expect(await sampleOf("plimsoll_relay_spent_coins_total", { chain: ETHEREUM })).toBe(0.0015)
    expect(await sampleOf("plimsoll_relay_spent_coins_total", { chain: SOLANA })).toBe(0.000005)
    expect(await sampleOf("plimsoll_relay_balance_coins", { chain: SOLANA })).toBe(2)
    expect(await sampleOf("plimsoll_relay_balance_low", { chain: SOLANA })).toBe(1)
    expect(await sampleOf("plimsoll_relay_troubles_total", { chain: ETHEREUM, code: "RPC_UNAVAILABLE" })).toBe(1)
    expect(await sampleOf("plimsoll_relay_troubles_total", { chain: "aggregator", code: "UNEXPECTED" })).toBe(1)
    expect(await sampleOf("plimsoll_relay_standby")).toBe(1)
  })
})

describe("a service's metrics", () => {
  it("count epochs and failed beats, from zero on", async () => {
    const note = engineMetrics(registry, { now: () => now })
    expect(await sampleOf("plimsoll_beat_failures_total", { stage: "publish" })).toBe(0)
    note({ kind: "failed", stage: "publish", error: new Error("?") })
    note({ kind: "published", epoch: 9n, transaction: "0x1" })
    expect(await sampleOf("plimsoll_beat_failures_total", { stage: "publish" })).toBe(1)
    expect(await sampleOf("plimsoll_epochs_total")).toBe(1)
    expect(await sampleOf("plimsoll_published_epoch")).toBe(9)
  })
})

describe("a beat", () => {
  it("shows its chains, its prices and its accounts", async () => {
    now = NOW + 5
    const note = engineMetrics(registry, { now: () => now })
    const rejected = [{ source: "pyth", code: "PRICE_WIDE", detail: "" }] as const
    const snapshot = snapshotOf([], {
      chains: [
        { status: "ok", chain: CHAIN, pin: pinAt(NOW - 10), faults: [] },
        { status: "unavailable", chain: SOLANA, code: "RPC_UNAVAILABLE", detail: "" },
      ],
      prices: [
        { ...priced("ETH", "3000"), rejected },
        { status: "unavailable", symbol: "BTC", rejected },
      ],
    })
    note({ kind: "assessed", assessment: { snapshot, health: [] }, milliseconds: 250 })
    expect(await sampleOf("plimsoll_chain_readable", { chain: CHAIN })).toBe(1)
    expect(await sampleOf("plimsoll_chain_readable", { chain: SOLANA })).toBe(0)
    expect(await sampleOf("plimsoll_chain_lag_seconds", { chain: CHAIN })).toBe(15)
    expect(await sampleOf("plimsoll_price_available", { symbol: "ETH" })).toBe(1)
    expect(await sampleOf("plimsoll_price_available", { symbol: "BTC" })).toBe(0)
    expect(await sampleOf("plimsoll_price_rejections_total", { symbol: "BTC", code: "PRICE_WIDE" })).toBe(1)
    expect(await sampleOf("plimsoll_accounts", { status: "UNAVAILABLE" })).toBe(0)
  })
})

describe("alert rules and dashboard", () => {
  const read = (path: string) => readFileSync(new URL(`../../../ops/${path}`, import.meta.url), "utf8")
  const named = (text: string) =>
    new Set(text.match(/plimsoll_[a-z_]+/g)?.map(each => each.replace(/_(bucket|count|sum)$/, "")))
  const exposed = async () => {
    relayMetrics(registry, { now: () => now })
    engineMetrics(registry, { now: () => now })
    return new Set((await registry.getMetricsAsJSON()).map(({ name }) => name))
  }

  it.each(["prometheus/plimsoll-alerts.yml", "grafana/plimsoll.json"])("%s names only what there is", async path => {
    const names = named(read(path))
    const known = await exposed()
    expect(names.size).toBeGreaterThan(8)
    expect([...names].filter(name => !known.has(name))).toEqual([])
  })

  it("show or judge every metric there is", async () => {
    const used = named(read("prometheus/plimsoll-alerts.yml") + read("grafana/plimsoll.json"))
    expect([...(await exposed())].filter(name => !used.has(name))).toEqual([])
  })

  it("are well formed", () => {
    const dashboard: { panels: { targets: { expr: string }[] }[] } = JSON.parse(read("grafana/plimsoll.json"))
    expect(dashboard.panels.every(({ targets }) => targets.every(({ expr }) => expr.length > 0))).toBe(true)
    const rules = read("prometheus/plimsoll-alerts.yml")
      .split(/- alert: /)
      .slice(1)
    for (const rule of rules) expect(rule).toMatch(/^Plimsoll\w+\n +expr: .+\n(.*\n)* +summary: .+/)
  })
})
