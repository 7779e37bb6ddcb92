import { Hono } from "hono"
import { expect, it } from "vitest"
import { alsoCarry, answerHeaders, jsonAnswer } from "../../../aggregator/http/answer-headers.js"

const app = new Hono()
  .use(answerHeaders(path => path !== "/closed"))
  .use(async (context, next) => {
    alsoCarry(context, { ratelimit: "r=1" })
    await next()
  })
  .get("/written", context => jsonAnswer(context, "{}"))
  .get("/usual", context => context.json({}))
  .get("/closed", context => jsonAnswer(context, "{}"))
  .get("/own", context => context.json({}, 200, { "referrer-policy": "origin" }))
  .get("/fails", () => {
    throw new Error("on purpose")
  })
  .onError((_, context) => context.json({}, 500))

const headersOf = async (path: string) => Object.fromEntries((await app.request(path)).headers)

it("answers that take their headers along have the same as all others", async () => {
  const usual = await headersOf("/usual")
  expect(usual).toMatchObject({
    "access-control-allow-origin": "*",
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    ratelimit: "r=1",
  })
  expect(await headersOf("/written")).toEqual(usual)
  expect(await headersOf("/fails")).toEqual(usual)
})

it("answers for pages of the own origin say so", async () => {
  const closed = await headersOf("/closed")
  expect(closed).toMatchObject({ "cross-origin-resource-policy": "same-origin", ratelimit: "r=1" })
  expect(closed["access-control-allow-origin"]).toBeUndefined()
})

it("what an answer says itself stands", async () => {
  expect(await headersOf("/own")).toMatchObject({ "referrer-policy": "origin", "x-content-type-options": "nosniff" })
})
