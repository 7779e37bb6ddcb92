import { afterEach, describe, expect, it } from "vitest"
import { fetchSignedVaa } from "../../../../chains/wormhole/guardian-api.js"
import { startServer } from "../../../support/http.js"
import { until } from "../../../support/until.js"

const never = new AbortController().signal
const id = { emitterChain: 2, emitter: `0x${"0a".repeat(32)}`, sequence: 7n } as const
const signed = { status: 200, body: JSON.stringify({ vaaBytes: Buffer.from([1, 2]).toString("base64") }) }

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

  it("has not signed yet what it does not know", async () => {
    const api = await serve(() => ({ status: 404, body: "{}" }))
    expect(await fetchSignedVaa(api.url, id, never)).toEqual({ status: "pending" })
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

  it("is left at once on abort, also while it hangs", async () => {
    const hanging = await serve(() => null)
    const stopping = new AbortController()
    const asked = fetchSignedVaa(hanging.url, id, stopping.signal)
    await until("the question", () => hanging.paths.length > 0)
    stopping.abort()
    expect((await asked).status).toBe("unavailable")
    expect((await fetchSignedVaa(hanging.url, id, AbortSignal.abort())).status).toBe("unavailable")
  })
})
