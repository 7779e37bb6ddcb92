import { once } from "node:events"
import { connect } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { listen } from "../../../aggregator/listen.js"
import { attestationSchema } from "../../../aggregator/routes/attestation-schemas.js"
import { attestationOf } from "../../support/attestation.js"
import { type Bench, problemIn, snapshot, startBench } from "../../support/service.js"
import { NOW } from "../../support/snapshots.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
  const assessment = bench.assess(snapshot())
  for (const epoch of [1n, 2n, 3n]) await bench.book.recordEpoch(attestationOf(3, epoch, NOW), assessment)
})
afterEach(() => bench.stop())

describe("what never changes", () => {
  it.each(["/v1/attestations/2", "/v1/attestations/2/snapshot", "/v1/attestations/2/commitment"])(
    "%s carries an ETag, and is not sent twice",
    async path => {
      const first = await bench.get(path)
      const etag = first.headers.get("etag") ?? ""
      expect([first.status, etag]).toEqual([200, expect.stringMatching(/^"[0-9a-f]+"$/)])
      const again = await bench.get(path, { headers: { "if-none-match": etag } })
      expect([again.status, await again.text()]).toEqual([304, ""])
      expect((await bench.get(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200)
    },
  )
})

describe("pages of other origins", () => {
  it("may read and write, without cookies", async () => {
    const preflight = await bench.get("/v1/accounts", {
      method: "OPTIONS",
      headers: { origin: "https://wallet.example", "access-control-request-method": "POST" },
    })
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*")
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull()
    expect(preflight.headers.get("access-control-allow-headers")).toContain("idempotency-key")
    const { headers } = await bench.get("/v1/accounts", { headers: { origin: "https://wallet.example" } })
    expect(headers.get("access-control-allow-origin")).toBe("*")
  })
})

describe("bodies that are none", () => {
  const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
  it.each([
    ["/v1/margin/simulate", deep(100_000)],
    ["/v1/margin/simulate", `{"positions":${deep(100_000)}}`],
    ["/v1/margin/simulate/bulk", deep(3_000_000)],
    ["/v1/margin/simulate/bulk", `{"books":${'{"a":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}}`],
    ["/v1/accounts", `{"account":"abc","proof":${deep(50_000)}}`],
    ["/v1/sign-in-messages", '{"purpose":"create"'],
  ])("%s refuses them, however deep, and stays well", async (path, body) => {
    expect((await problemIn(await bench.post(path, body))).status).toBe(400)
    expect(bench.faults).toEqual([])
  })

  it.each(["/v1/margin/simulate", "/v1/accounts"])("%s refuses what is too large", async path => {
    expect(await problemIn(await bench.post(path, " ".repeat(257 * 1_024)))).toMatchObject({ status: 413 })
  })
})

describe("a stream", () => {
  const blocks = async (response: Response, count: number) => {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    while (text.split("\n\n").length <= count) text += (await reader?.read())?.value ?? ""
    await reader?.cancel()
    return text.split("\n\n").slice(0, count)
  }
  const epochsOf = (found: string[]) =>
    found.flatMap(block => {
      if (!block.includes("event: epoch")) return []
      const data = /^data: (.*)$/m.exec(block)?.[1] ?? ""
      const { epoch } = attestationSchema.strict().parse(JSON.parse(data))
      expect(block).toContain(`id: ${epoch}`)
      return [epoch]
    })

  it("gives a reader that comes back the epochs that it missed, then the state", async () => {
    const found = await blocks(await bench.get("/v1/stream", { headers: { "last-event-id": "1" } }), 3)
    expect(epochsOf(found)).toEqual(["2", "3"])
    expect(found[2]).toContain("event: overview")
  })

  it("gives a new reader the state, then every epoch as it is attested", async () => {
    const response = await bench.get("/v1/stream")
    const first = blocks(response, 3)
    await bench.book.recordEpoch(attestationOf(3, 4n, NOW), bench.assess(snapshot()))
    const found = await first
    expect(found[0]).toContain("event: overview")
    expect(epochsOf(found)).toEqual(["4"])
  })

  it("takes an id that is none for a new reader", async () => {
    const found = await blocks(await bench.get("/v1/stream", { headers: { "last-event-id": "x" } }), 1)
    expect(found[0]).toContain("event: overview")
  })
})

describe("what the service last read", () => {
  it("/v1/chains says how fresh and how final it is", async () => {
    const { valuationTime, chains } = await (await bench.get("/v1/chains")).json()
    expect(valuationTime).toBe(NOW)
    expect(chains).toMatchObject([
      { name: "Ethereum", status: "ok", age: 7, finality: "finalized", inputGrade: "single" },
      { status: "unavailable", reason: expect.stringContaining("WRONG_CHAIN") },
    ])
  })

  it("/v1/prices names the sources of each price", async () => {
    const { prices } = await (await bench.get("/v1/prices")).json()
    expect(prices[0]).toEqual({
      symbol: "ETH",
      price: "3000",
      confidence: "1.5",
      publishTime: NOW,
      age: 0,
      sources: ["test"],
      rejected: [],
    })
  })

  it("says that nothing was read yet, and when to ask again", async () => {
    const empty = await startBench()
    for (const path of ["/v1/chains", "/v1/prices", "/v1/accounts"]) {
      const response = await empty.get(path)
      expect(response.headers.get("retry-after")).toBe("5")
      expect(await problemIn(response)).toMatchObject({ status: 503, code: "NOT_READY" })
    }
  })
})

describe("a listener", () => {
  it("answers 408 to who never finishes the headers, and lets go of the connection", async () => {
    const listener = await listen({ fetch: () => new Response("fine") }, { host: "127.0.0.1", port: 0 })
    const socket = connect(Number(new URL(listener.url).port), "127.0.0.1")
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n")
    let answer = ""
    socket.on("data", chunk => {
      answer += chunk.toString()
    })
    await once(socket, "close")
    expect(answer).toContain("408")
    await listener.stop()
  })
})
