import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { ChainFault } from "../../../../chains/chain-fault.js"
import { type EndpointLimits, guarded } from "../../../../chains/reading/guarded-endpoint.js"
import { type JsonAnswer, ReadAborted } from "../../../../chains/reading/http-json.js"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] }))
afterEach(() => void vi.useRealTimers())

const FINE: JsonAnswer = { ok: true, status: 200, body: {} }
const never = new AbortController().signal

/** An endpoint that does what `next` says, and how often it was asked. */
function scripted(next: (signal: AbortSignal) => Promise<JsonAnswer>, limits: EndpointLimits = { timeoutMs: 1 }) {
  let asked = 0
  const endpoint = guarded(
    {
      host: "node.example",
      post: (_, signal) => {
        asked++
        return next(signal)
      },
    },
    limits,
  )
  const ask = (signal = never) => endpoint.post({}, signal)
  const codeOf = () =>
    ask().then(
      () => "ok",
      (error: ChainFault) => error.code,
    )
  return { ask, codeOf, asked: () => asked }
}

const failing = (code: "RPC_UNAVAILABLE" | "RPC_RATE_LIMIT" | "DECODE") => () =>
  Promise.reject(new ChainFault(code, "no"))

describe("an endpoint that keeps failing", () => {
  test.each(["RPC_UNAVAILABLE", "RPC_RATE_LIMIT"] as const)(
    "by %s rests: it is not asked, which is a fault",
    async code => {
      const { codeOf, asked } = scripted(failing(code))
      for (let i = 0; i < 5; i++) expect(await codeOf()).toBe(code)
      expect(await codeOf()).toBe("RPC_UNAVAILABLE")
      expect(asked()).toBe(5)
    },
  )

  test("by HTTP 5xx rests too", async () => {
    const { codeOf, asked } = scripted(() => Promise.resolve({ ok: false, status: 503, body: undefined }))
    for (let i = 0; i < 5; i++) expect(await codeOf()).toBe("ok")
    expect(await codeOf()).toBe("RPC_UNAVAILABLE")
    expect(asked()).toBe(5)
  })

  test("is tried again after its rest, and is back when that succeeds", async () => {
    let heals = false
    const { codeOf, asked } = scripted(() => (heals ? Promise.resolve(FINE) : failing("RPC_UNAVAILABLE")()))
    for (let i = 0; i < 6; i++) await codeOf()
    vi.advanceTimersByTime(60_000)
    expect(await codeOf()).toBe("RPC_UNAVAILABLE")
    expect(asked()).toBe(6)
    heals = true
    expect(await codeOf()).toBe("RPC_UNAVAILABLE")
    expect(asked()).toBe(6)
    vi.advanceTimersByTime(60_000)
    expect(await codeOf()).toBe("ok")
    expect(await codeOf()).toBe("ok")
  })

  test("by answers that are no answers, or by calls that were given up, is asked on", async () => {
    const odd = scripted(failing("DECODE"))
    const impatient = scripted(() => Promise.reject(new ReadAborted()))
    for (let i = 0; i < 20; i++) await Promise.all([odd.codeOf(), impatient.codeOf()])
    expect([odd.asked(), impatient.asked()]).toEqual([20, 20])
  })
})

test("requests keep to the pace", async () => {
  const { ask, asked } = scripted(() => Promise.resolve(FINE), { timeoutMs: 1, requestsPerSecond: 10 })
  // The pace waits by `node:timers/promises`, which fake timers do not reach; real time runs here.
  vi.useRealTimers()
  const started = performance.now()
  await Promise.all(Array.from({ length: 4 }, () => ask()))
  expect(asked()).toBe(4)
  expect(performance.now() - started).toBeGreaterThanOrEqual(295)
})

test("who waits for a turn can give up", async () => {
  const { ask, asked } = scripted(() => Promise.resolve(FINE), { timeoutMs: 1, requestsPerSecond: 0.001 })
  await ask()
  const caller = new AbortController()
  const waiting = ask(caller.signal)
  caller.abort()
  await expect(waiting).rejects.toBeInstanceOf(ReadAborted)
  expect(asked()).toBe(1)
})

test("no more than sixteen requests are under way at a time", async () => {
  const release: (() => void)[] = []
  const { ask, asked } = scripted(() => new Promise(resolve => release.push(() => resolve(FINE))))
  const all = Array.from({ length: 20 }, () => ask())
  await Promise.resolve()
  expect(asked()).toBe(16)
  while (release.length > 0 || asked() < 20) {
    for (const each of release.splice(0)) each()
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(await Promise.all(all)).toHaveLength(20)
})
