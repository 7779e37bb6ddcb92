import { afterEach, describe, expect, it } from "vitest"
import { awaitSignedVaa, fetchSignedVaa } from "../../../../chains/wormhole/guardian-api.js"
import { startServer } from "../../../support/http.js"

const never = new AbortController().signal
const id = { emitterChain: 2, emitter: `0x${"0a".repeat(32)}`, sequence: 7n } as const
const signed = { status: 200, body: JSON.stringify({ vaaBytes: Buffer.from([1, 2]).toString("base64") }) }
const unsigned = { status: 404, body: "{}" }

const open: { stop(): Promise<void> }[] = []
const serve = async (...answer: Parameters<typeof startServer>) => {
  const server = await startServer(...answer)
  open.push(server)
  return server
}
afterEach(() => Promise.all(open.splice(0).map(server => server.stop())))

describe("guardian API", () => {
  it("is asked for chain, emitter without prefix, and sequence", async () => {
    const api = await serve(() => signed)
    expect(await fetchSignedVaa(`${api.url}/`, id, never)).toEqual({ status: "signed", bytes: Buffer.from([1, 2]) })
    expect(api.paths).toEqual([`/v1/signed_vaa/2/${"0a".repeat(32)}/7`])
  })

  it.each([
    ["an error status", { status: 500, body: "" }],
    ["no JSON", { status: 200, body: "<html>" }],
    ["no VAA", { status: 200, body: "{}" }],
    ["no base64", { status: 200, body: '{"vaaBytes":"*"}' }],
  ])("is unavailable, not pending, when it answers with %s", async (_, answer) => {
    const api = await serve(() => answer)
    expect((await fetchSignedVaa(api.url, id, never)).status).toBe("unavailable")
  })

  it("is unavailable when nobody listens, and the reason shows no path or key", async () => {
    const answer = await fetchSignedVaa("http://127.0.0.1:1/secret", id, never)
    expect(answer).toMatchObject({ status: "unavailable", reason: expect.not.stringContaining("secret") })
  })

  it("is polled until the message is signed", async () => {
    const api = await serve((_, count) => (count < 4 ? unsigned : signed))
    expect((await awaitSignedVaa(id, { apis: [api.url], intervalMs: 1 }, never)).status).toBe("signed")
    expect(api.paths).toHaveLength(4)
  })

  it("gives way to the next endpoint when one is down", async () => {
    const [down, up] = [await serve(() => ({ status: 503, body: "" })), await serve(() => signed)]
    expect((await awaitSignedVaa(id, { apis: [down.url, up.url], intervalMs: 1 }, never)).status).toBe("signed")
  })

  it("is left at once on abort, also while it hangs, and the last answer says why", async () => {
    const api = await serve(() => unsigned)
    const hanging = await serve(() => null)
    for (const [{ url }, expected] of [
      [api, "pending"],
      [hanging, "pending"],
    ] as const) {
      const stopping = new AbortController()
      const polled = awaitSignedVaa(id, { apis: [url], intervalMs: 600_000 }, stopping.signal)
      setTimeout(() => stopping.abort(), 20)
      expect((await polled).status).toBe(expected)
    }
    expect((await awaitSignedVaa(id, { apis: [api.url], intervalMs: 1 }, AbortSignal.abort())).status).toBe("pending")
  })
})
