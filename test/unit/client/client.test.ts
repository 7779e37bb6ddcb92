import { describe, expect, expectTypeOf, it } from "vitest"
import { type Margin, marginOf, ProblemError, plimsollClient } from "../../../aggregator/client.js"
import { snapshot, startBench } from "../../support/service.js"

const URL = "http://service"

async function served() {
  const bench = await startBench()
  bench.assess(snapshot())
  const options = {
    fetch: (async (input: Request | string | globalThis.URL, init?: RequestInit) =>
      bench.get(String(input instanceof Request ? input.url : input), init)) as typeof fetch,
  }
  return { bench, options }
}

describe("the typed client", () => {
  it("reads an account's margin in one call, with the type of the answer", async () => {
    const { options } = await served()
    const margin = await marginOf(URL, "seller", options)
    expectTypeOf(margin).toEqualTypeOf<Margin>()
    expect(margin).toMatchObject({
      account: "seller",
      status: expect.any(String),
      figures: { health: expect.any(String) },
    })
  })

  it("throws the problem of an answer that is one", async () => {
    const { options } = await served()
    const error = await marginOf(URL, "nobody", options).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(ProblemError)
    expect((error as ProblemError).problem).toMatchObject({ status: 404, code: "UNKNOWN_ACCOUNT" })
  })

  it("reaches the calls of every resource, bodies and parameters typed", async () => {
    const { options } = await served()
    const client = plimsollClient(URL, options)
    const { chains } = (await (await client.v1.chains.$get()).json()) as { chains: { status: string }[] }
    expect(chains.map(each => each.status)).toEqual(["ok", "unavailable"])
    const simulated = await client.v1.margin.simulate.$post({
      json: { collateral: [{ symbol: "USDC", amount: "10" }] },
    })
    expect(simulated.status).toBe(200)
    const attestations = await client.v1.attestations.$get({ query: { limit: "1" } })
    expect(await attestations.json()).toEqual({ attestations: [], next: null })
  })
})
