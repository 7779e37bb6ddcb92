import { Hono } from "hono"
import { describe, expect, it } from "vitest"
import { clientOf } from "../../../aggregator/http/client-address.js"
import { rateLimit } from "../../../aggregator/http/rate-limit.js"
import { problemIn } from "../../support/service.js"

function limited(requestsPerMinute: number) {
  const clock = { at: 0 }
  const app = new Hono()
  const rules = [{ name: "requests", requestsPerMinute, applies: (_: string, path: string) => path !== "/free" }]
  const client = (context: Parameters<typeof clientOf>[0]) => clientOf(context, 1)
  app.use(rateLimit({ rules, clientOf: client, now: () => clock.at }))
  app.get("*", context => context.text("fine"))
  const get = (who: string, path = "/") => app.request(path, { headers: { "x-forwarded-for": who } })
  return { clock, get }
}

describe("the rate limit", () => {
  it("tells what is left, refuses what is too much, and says when to ask again", async () => {
    const { get } = limited(2)
    expect((await get("a")).headers.get("ratelimit")).toBe('"requests";r=1;t=0')
    expect((await get("a")).headers.get("ratelimit-policy")).toBe('"requests";q=2;w=60')
    const refused = await get("a")
    expect(refused.headers.get("retry-after")).toBe("30")
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: "TOO_MANY_REQUESTS" })
  })

  it("refills steadily, and never beyond its size", async () => {
    const { clock, get } = limited(2)
    for (let i = 0; i < 3; i++) await get("a")
    clock.at += 29_000
    expect((await get("a")).status).toBe(429)
    clock.at += 1_000
    expect((await get("a")).status).toBe(200)
    clock.at += 3_600_000
    const answers = [await get("a"), await get("a"), await get("a")]
    expect(answers.map(each => each.status)).toEqual([200, 200, 429])
  })

  it("counts each client by itself, by what the last proxy says and not by what the client claims", async () => {
    const { get } = limited(1)
    expect((await get("x, a")).status).toBe(200)
    expect((await get("y, a")).status).toBe(429)
    expect((await get("x, b")).status).toBe(200)
  })

  it("leaves alone what no rule applies to", async () => {
    const { get } = limited(1)
    const answers = await Promise.all([1, 2, 3].map(() => get("a", "/free")))
    expect(answers.map(each => [each.status, each.headers.get("ratelimit")])).toEqual(Array(3).fill([200, null]))
  })

  it("forgets the clients that asked longest ago, not those that ask now", async () => {
    const { get } = limited(1)
    await get("steady")
    for (let i = 0; i < 20_001; i++) {
      await get(`passer-by-${i}`)
      if (i % 5_000 === 0) expect((await get("steady")).status).toBe(429)
    }
    expect((await get("passer-by-0")).status).toBe(200)
  })
})
