import { Hono } from "hono"
import { describe, expect, it } from "vitest"
import { idempotent } from "../../../aggregator/http/idempotency.js"
import { idempotencyKeys } from "../../../aggregator/store/idempotency.js"
import { onEachDatabase } from "../../support/databases.js"
import { problemIn } from "../../support/service.js"
import { NOW } from "../../support/snapshots.js"

describe("idempotency keys", () => {
  onEachDatabase(db => {
    function service() {
      const state = { done: 0, now: NOW, status: 201, hold: Promise.resolve() }
      const app = new Hono()
      app.use(idempotent(idempotencyKeys(db()), { now: () => state.now }, path => path === "/v1/things"))
      app.post("*", async context => {
        state.done++
        await state.hold
        return context.json({ done: state.done, got: await context.req.text() }, state.status as 201)
      })
      const post = (key: string | null, body = "{}", authorization = "") =>
        app.request("/v1/things", {
          method: "POST",
          body,
          headers: { authorization, ...(key !== null && { "idempotency-key": key }) },
        })
      return { state, app, post }
    }

    it("do a request once and answer it the same each time", async () => {
      const { state, post } = service()
      const first = await post("a", '{"x":1}')
      const again = await post("a", '{"x":1}')
      expect([again.status, await again.json()]).toEqual([201, await first.json()])
      expect([first, again].map(each => each.headers.get("idempotency-replayed"))).toEqual([null, "true"])
      expect(state.done).toBe(1)
    })

    it("tell requests apart by key and caller, and leave those without one alone", async () => {
      const { state, post } = service()
      for (const [key, who] of [["a"], ["b"], ["a", "Bearer other"], [null], [null]] as const)
        await post(key, "{}", who)
      expect(state.done).toBe(5)
    })

    it("refuse a key that was used for something else, and one that is none", async () => {
      const { state, post } = service()
      await post("a", '{"x":1}')
      expect(await problemIn(await post("a", '{"x":2}'))).toMatchObject({ status: 422, code: "IDEMPOTENCY_KEY_REUSED" })
      expect(state.done).toBe(1)
    })

    it("let a request be tried again that failed by the service's fault, and no other", async () => {
      const { state, post } = service()
      for (const status of [503, 400, 201]) {
        state.status = status
        await post("a")
      }
      expect(state.done).toBe(2)
    })

    it("answer 409 while the first is under way, and take over from one that died", async () => {
      const { state, post } = service()
      let finish = () => {}
      state.hold = new Promise(resolve => {
        finish = resolve
      })
      const first = post("a")
      const claimed = async () => (await db().selectFrom("idempotency").selectAll().execute()).length
      while ((await claimed()) === 0 || state.done === 0);
      expect(await problemIn(await post("a"))).toMatchObject({ status: 409, code: "REQUEST_UNDER_WAY" })
      state.now += 121
      const taken = post("a")
      // Ended sooner, the first would be answered again instead.
      while (state.done < 2) await claimed()
      finish()
      expect((await taken).status).toBe(201)
      await first
      expect(state.done).toBe(2)
    })

    it("are forgotten after a day", async () => {
      const { state, post } = service()
      await post("a")
      state.now += 86_400
      await post("a")
      expect(state.done).toBe(2)
    })
  })
})
