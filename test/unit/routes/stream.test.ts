import { getEventListeners } from "node:events"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { overviewsOf } from "../../support/event-stream.js"
import { type Bench, snapshot, startBench } from "../../support/service.js"
import { NOW } from "../../support/snapshots.js"
import { until } from "../../support/until.js"

let bench: Bench
const stopping = () => new AbortController()
beforeEach(async () => {
  bench = await startBench()
})
afterEach(() => bench.stop())

const open = async () => overviewsOf(await bench.get("/v1/stream"))

describe("GET /v1/stream", () => {
  it("tells at once what is known, and then every change", async () => {
    bench.assess(snapshot())
    const stream = await open()
    expect(await stream.next()).toMatchObject({ valuationTime: NOW, accounts: [{ account: "seller" }, {}, {}] })
    bench.assess(snapshot({ valuationTime: NOW + 3 }))
    expect((await stream.next()).valuationTime).toBe(NOW + 3)
    await stream.close()
  })

  it("names each account that changes its status while somebody listens", async () => {
    bench.assess(snapshot())
    const stream = await open()
    await stream.next()
    bench.assess(snapshot({ valuationTime: NOW + 3, prices: [] }))
    expect(await stream.nextOf("status")).toEqual({
      account: "seller",
      from: "NORMAL",
      to: "UNAVAILABLE",
      valuationTime: NOW + 3,
    })
    await stream.close()
  })

  it("waits for the first reading and then begins", async () => {
    const stream = await open()
    const first = stream.next()
    bench.assess(snapshot())
    expect((await first).valuationTime).toBe(NOW)
    await stream.close()
  })

  it("gives a slow reader the newest overview, not a queue of old ones", async () => {
    const stream = await open()
    for (let second = 0; second <= 500; second++) bench.assess(snapshot({ valuationTime: NOW + second }))
    let seen = 0
    await until("the newest overview", async () => {
      seen++
      return (await stream.next()).valuationTime === NOW + 500
    })
    expect(seen).toBeLessThan(10)
    await stream.close()
  })

  it("serves every reader, and starts over for one that comes back", async () => {
    bench.assess(snapshot())
    const [first, second] = await Promise.all([open(), open()])
    await first.next()
    await first.close()
    bench.assess(snapshot({ valuationTime: NOW + 3 }))
    await until("the change", async () => (await second.next()).valuationTime === NOW + 3)
    const again = await open()
    expect((await again.next()).valuationTime).toBe(NOW + 3)
    await Promise.all([second.close(), again.close()])
  })

  it("ends with the service and leaves nothing behind", async () => {
    const controller = stopping()
    const closing = await startBench({ closing: controller.signal })
    closing.assess(snapshot())
    const gone = overviewsOf(await closing.get("/v1/stream"))
    await gone.next()
    await gone.close()
    const stream = overviewsOf(await closing.get("/v1/stream"))
    await stream.next()
    await until("the left stream's end", () => getEventListeners(controller.signal, "abort").length === 1)
    controller.abort()
    await stream.ended()
  })
})
