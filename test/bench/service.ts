/**
 * How fast the service answers over HTTP against a bare Hono route that returns the same bytes, both asked in turn in one
 * run, and what 1,000 subscribers of the stream see: `npm run bench -- service`, one JSON line a measurement.
 */
import { serve } from "@hono/node-server"
import autocannon from "autocannon"
import { Hono } from "hono"
import { listen } from "../../aggregator/listen.js"
import { attestationOf } from "../support/attestation.js"
import { servedBench, snapshot } from "../support/service.js"
import { NOW } from "../support/snapshots.js"

const CONNECTIONS = 32
const SECONDS = 3
const ROUNDS = 3
const SUBSCRIBERS = 1_000
const EPOCHS = 20

const place = { host: "127.0.0.1", port: 0 }
const say = (line: object) => console.log(JSON.stringify(line))
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const TEN_LEGS = {
  collateral: [
    { symbol: "USDC", amount: "10000" },
    { symbol: "ETH", amount: "2" },
  ],
  positions: [3000, 3100, 3200, 3300, 3400, 3500, 3600, 3700].map((strike, i) => ({
    instrument: `ETH-25DEC26-${strike}-C`,
    quantity: i % 2 ? "10" : "-10",
  })),
  market: {
    valuationTime: 1_795_000_000,
    prices: { ETH: "3000", USDC: "1" },
    volatilities: Object.fromEntries(
      [3000, 3100, 3200, 3300, 3400, 3500, 3600, 3700].map(strike => [`ETH-25DEC26-${strike}-C`, "0.8"]),
    ),
  },
}

const bench = await servedBench()
const assessment = bench.assess(snapshot())
const service = await listen(bench.app, place)

interface Throughput {
  readonly rate: number
  /** Processor time a request, µs, its sender's included: what other programs on the machine hardly change. */
  readonly cost: number
}

async function throughput(url: string, body?: string): Promise<Throughput> {
  const options = { url, connections: CONNECTIONS, duration: SECONDS }
  const request = body && { method: "POST" as const, body, headers: { "content-type": "application/json" } }
  const before = process.cpuUsage()
  const { requests, non2xx, errors } = await autocannon({ ...options, ...request })
  const { user, system } = process.cpuUsage(before)
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} requests of ${url} failed`)
  return { rate: requests.average, cost: (user + system) / requests.total }
}

async function against(name: string, path: string, body?: string): Promise<void> {
  const answer = await fetch(
    service.url + path,
    body ? { method: "POST", body, headers: { "content-type": "application/json" } } : {},
  )
  const bytes = await answer.text()
  const bare = new Hono()
    .get(path, context => context.body(bytes, 200, { "content-type": "application/json" }))
    .post(path, context => context.body(bytes, 200, { "content-type": "application/json" }))
  const server = serve({ fetch: bare.fetch, hostname: place.host, port: 0 })
  await new Promise(resolve => server.once("listening", resolve))
  const address = server.address()
  const bareUrl = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`
  // Neither is measured before it has been compiled.
  for (const url of [service.url, bareUrl]) await throughput(url + path, body)
  const rounds: { readonly ours: Throughput; readonly theirs: Throughput }[] = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ ours: await throughput(service.url + path, body), theirs: await throughput(bareUrl + path, body) })
  await new Promise(resolve => server.close(resolve))
  const middle = (of: (round: (typeof rounds)[number]) => number, digits = 0) =>
    Number(median(rounds.map(of)).toFixed(digits))
  say({
    name,
    bytes: bytes.length,
    requestsPerSecond: middle(({ ours }) => ours.rate),
    bare: middle(({ theirs }) => theirs.rate),
    ratio: middle(({ ours, theirs }) => ours.rate / theirs.rate, 2),
    cpuMicroseconds: middle(({ ours }) => ours.cost),
    bareCpuMicroseconds: middle(({ theirs }) => theirs.cost),
    cpuRatio: middle(({ ours, theirs }) => theirs.cost / ours.cost, 2),
  })
}

/** Every subscriber notes when it saw each epoch; the lag is from the moment the book had it. */
async function subscribers(): Promise<void> {
  const attestedAt = new Map<string, number>()
  const lags: number[] = []
  const seen = new Array<number>(SUBSCRIBERS).fill(0)
  const closing = new AbortController()
  const follow = async (index: number) => {
    const { body } = await fetch(`${service.url}/v1/stream`, { signal: closing.signal })
    ready++
    let rest = ""
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      rest += part
      const events = rest.split("\n\n")
      rest = events.pop() ?? ""
      for (const event of events) {
        const id =
          event.startsWith("event: epoch") || event.includes("\nevent: epoch")
            ? /^id: (\d+)$/m.exec(event)?.[1]
            : undefined
        const at = id && attestedAt.get(id)
        if (!at) continue
        lags.push(performance.now() - at)
        seen[index] = (seen[index] ?? 0) + 1
      }
    }
  }
  let ready = 0
  const readers = seen.map((_, index) => follow(index).catch(() => undefined))
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise(resolve => setTimeout(resolve, 20))
  }
  await until(() => ready === SUBSCRIBERS)
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    attestedAt.set(String(epoch), performance.now())
    await bench.book.recordEpoch(attestationOf(3, BigInt(epoch), NOW), assessment)
    await until(() => lags.length >= epoch * SUBSCRIBERS)
  }
  closing.abort()
  await Promise.all(readers)
  const sorted = lags.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
  const missed = seen.filter(each => each !== EPOCHS).length
  say({ name: "stream", subscribers: SUBSCRIBERS, epochs: EPOCHS, missed, p50Ms: at(0.5), p99Ms: at(0.99) })
}

await against("margin", "/v1/accounts/seller/margin")
await against("liquidation", "/v1/accounts/seller/liquidation")
await against("simulate-10-legs", "/v1/margin/simulate", JSON.stringify(TEN_LEGS))
await subscribers()
bench.stop()
await service.stop()
