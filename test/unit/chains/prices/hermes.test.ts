import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { parseDecimal } from "../../../../aggregator/domain/decimal.js"
import { price } from "../../../../aggregator/domain/fixed.js"
import { combinePrices } from "../../../../aggregator/pipeline/combine-prices.js"
import { hermes } from "../../../../chains/prices/hermes.js"
import { span16 } from "../../../support/policies.js"
import { NOW } from "../../../support/snapshots.js"

const ETH = `0x${"ee".repeat(32)}`
const BTC = `0x${"bc".repeat(32)}`
const never = new AbortController().signal
const usd = (text: string) => price(parseDecimal(text))

type Answer = { readonly status?: number; readonly body: unknown } | "hang"

let server: Server
let seen: IncomingMessage[]
let answer: Answer

beforeEach(async () => {
  seen = []
  server = createServer((request, response) => {
    seen.push(request)
    if (answer === "hang") return
    const { status = 200, body } = answer
    response.writeHead(status, { "content-type": "application/json" })
    response.end(typeof body === "string" ? body : JSON.stringify(body))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, "close")
})

const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`
const source = (more: { apiKey?: string; timeoutMs?: number; path?: string } = {}) =>
  hermes({
    url: `http://${host()}${more.path ?? ""}`,
    feeds: { ETH, BTC },
    timeoutMs: more.timeoutMs ?? 120_000,
    apiKey: more.apiKey,
  })
const read = (more?: Parameters<typeof source>[0]) => source(more).read(never)

/** An update as Hermes writes it: ids without 0x, numbers as strings, beside binary data and an average. */
const update = (id: string, priced: Record<string, unknown> = {}) => ({
  id: id.slice(2),
  price: { price: "318412345678", conf: "150000000", expo: -8, publish_time: NOW - 1, ...priced },
  ema_price: { price: "318000000000", conf: "160000000", expo: -8, publish_time: NOW - 1 },
  metadata: { slot: 1, proof_available_time: NOW, prev_publish_time: NOW - 2 },
})
const updates = (...parsed: unknown[]) => ({ body: { binary: { encoding: "hex", data: ["504e4155"] }, parsed } })
const doubts = (observations: Awaited<ReturnType<typeof read>>) =>
  observations.map(({ symbol, doubt }) => [symbol, doubt?.code])

describe("Hermes", () => {
  it("gives each feed's price, confidence and publish time, exact", async () => {
    answer = updates(update(BTC, { price: "9700012", conf: "4000", expo: -2 }), update(ETH))
    const from = { source: `hermes@${host()}`, publishTime: NOW - 1 }
    expect(await read()).toEqual([
      { symbol: "ETH", price: usd("3184.12345678"), confidence: usd("1.5"), ...from },
      { symbol: "BTC", price: usd("97000.12"), confidence: usd("40"), ...from },
    ])
    const url = new URL(seen[0]?.url ?? "", "http://hermes")
    expect(url.pathname).toBe("/v2/updates/price/latest")
    expect(url.searchParams.getAll("ids[]")).toEqual([ETH, BTC])
  })

  it("is asked with the key as a bearer token, below the path of its URL, and without one when there is none", async () => {
    answer = updates(update(ETH), update(BTC))
    await read({ apiKey: "k3y", path: "/secret-token/hermes/" })
    await read()
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer k3y", undefined])
    expect(seen[0]?.url).toMatch(/^\/secret-token\/hermes\/v2\//)
  })

  it("keeps its URL's secrets out of what it says", async () => {
    answer = { status: 500, body: "" }
    const observations = await read({ apiKey: "k3y", path: "/secret-token" })
    expect(JSON.stringify(observations, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toMatch(
      /secret-token|k3y/,
    )
  })

  it.each<[string, Answer]>([
    ["HTTP 401", { status: 401, body: "" }],
    ["HTTP 429", { status: 429, body: "" }],
    ["HTTP 500", { status: 500, body: "{}" }],
    ["a page", { body: "<html>" }],
    ["cut off JSON", { body: '{"parsed":[{"id":"' }],
    ["no updates", { body: { binary: {} } }],
    ["prices that are numbers", updates(update(ETH, { price: 3184.12 }), update(BTC))],
    ["a publish time that is none", updates(update(ETH, { publish_time: -1 }), update(BTC))],
  ])("that answers with %s leaves every feed in doubt", async (_, given) => {
    answer = given
    expect(doubts(await read())).toEqual([
      ["ETH", "PRICE_UNAVAILABLE"],
      ["BTC", "PRICE_UNAVAILABLE"],
    ])
  })

  it("that hangs leaves every feed in doubt within its timeout", async () => {
    answer = "hang"
    expect(doubts(await read({ timeoutMs: 200 }))).toEqual([
      ["ETH", "PRICE_UNAVAILABLE"],
      ["BTC", "PRICE_UNAVAILABLE"],
    ])
  })

  it("that leaves out a feed, or gives it an absurd exponent, leaves that one in doubt", async () => {
    answer = updates(update(ETH))
    expect(doubts(await read())).toEqual([
      ["ETH", undefined],
      ["BTC", "PRICE_UNAVAILABLE"],
    ])
    answer = updates(update(ETH, { expo: -40 }), update(BTC))
    expect(doubts(await read())).toEqual([
      ["ETH", "PRICE_UNAVAILABLE"],
      ["BTC", undefined],
    ])
  })
})

describe("beside two sources on chains", () => {
  const onChain = ["pyth@eip155:1", "chainlink@eip155:1"].map(name => ({
    symbol: "ETH",
    source: name,
    price: usd("3184"),
    confidence: price(0n),
    publishTime: NOW - 5,
  }))
  const context = { rules: span16.prices, valuationTime: NOW, lastAccepted: new Map() }

  it.each([
    ["zero", { price: "0" }, "PRICE_INVALID"],
    ["negative", { price: "-318412345678" }, "PRICE_INVALID"],
    ["stale", { publish_time: NOW - 3_600 }, "PRICE_STALE"],
    ["wide", { conf: "31841234567" }, "PRICE_WIDE"],
    ["100 times off", { price: "31841234567800" }, "PRICE_DEVIATES"],
  ])("a price that is %s is rejected with its reason, and the others count", async (_, priced, code) => {
    answer = updates(update(ETH, priced))
    const observations = (await read()).filter(({ symbol }) => symbol === "ETH")
    expect(combinePrices([...onChain, ...observations], context)).toMatchObject([
      { status: "ok", price: usd("3184"), rejected: [{ source: `hermes@${host()}`, code }] },
    ])
  })

  it("one that is down is named with its reason, and the others count", async () => {
    answer = { status: 503, body: "" }
    const observations = (await read()).filter(({ symbol }) => symbol === "ETH")
    expect(combinePrices([...onChain, ...observations], context)).toMatchObject([
      { status: "ok", sources: ["chainlink@eip155:1", "pyth@eip155:1"], rejected: [{ code: "PRICE_UNAVAILABLE" }] },
    ])
  })
})
