import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { webhookStore } from "../../../aggregator/store/webhooks.js"
import { onEachDatabase } from "../../support/databases.js"
import { type Bench, fieldsIn, problemIn, startBench } from "../../support/service.js"
import { NOW } from "../../support/snapshots.js"

const TOKEN = "an-administrator-and-nobody-else"
const HEADERS = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` }
const URL_OF_TARGET = "https://alerts.example/hook"

onEachDatabase(open => {
  let bench: Bench
  const benchWith = (adminToken?: string) =>
    startBench({
      webhooks: {
        store: webhookStore(open()),
        targets: { allowPrivateTargets: false },
        owners: { allowPrivateTargets: false, maxPerAccount: 5 },
        clock: { now: () => NOW },
        adminToken,
      },
    })
  const create = (request: unknown) => bench.post("/v1/webhooks", request, HEADERS)
  const listed = async () => (await bench.get("/v1/webhooks", { headers: HEADERS })).json()

  beforeEach(async () => {
    bench = await benchWith(TOKEN)
  })
  afterEach(() => bench.stop())

  describe("the administrator's calls", () => {
    const calls = [
      ["GET", "/v1/webhooks"],
      ["POST", "/v1/webhooks"],
      ["DELETE", "/v1/webhooks/wh_1"],
      ["POST", "/v1/webhooks/wh_1/test"],
    ] as const

    it.each(calls)("%s %s is off without a token in the environment, whatever is sent", async (method, path) => {
      for (const token of [undefined, ""]) {
        const closed = await benchWith(token)
        for (const authorization of ["Bearer ", "Bearer undefined", `Bearer ${TOKEN}`]) {
          const answer = await closed.get(path, { method, headers: { ...HEADERS, authorization } })
          const { code, detail } = await problemIn(answer)
          expect([answer.status, code]).toEqual([403, "ADMIN_OFF"])
          expect(detail).toContain("PLIMSOLL_ADMIN_TOKEN")
        }
        closed.stop()
      }
    })

    it.each(calls)("%s %s refuses any other token before it looks at the request", async (method, path) => {
      for (const authorization of ["", TOKEN, "Bearer x", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
        const answer = await bench.get(path, { method, headers: { ...HEADERS, authorization } })
        expect([answer.status, (await problemIn(answer)).code]).toEqual([401, "ADMIN_TOKEN_REFUSED"])
        expect(answer.headers.get("www-authenticate")).toBe("Bearer")
      }
    })
  })

  it("shows the secret once, and the webhook from then on", async () => {
    const answer = await create({
      url: URL_OF_TARGET,
      accounts: ["seller"],
      healthBelow: { threshold: "1000.5" },
      cooldownSeconds: 60,
    })
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([201, "no-store"])
    const { secret, ...webhook } = await answer.json()
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(webhook).toEqual({
      id: expect.stringMatching(/^wh_/),
      url: URL_OF_TARGET,
      accounts: ["seller"],
      statusChange: true,
      healthBelow: { threshold: "1000.5", recovered: "1000.5" },
      cooldownSeconds: 60,
      openedBy: null,
      createdAt: NOW,
      pending: 0,
      failed: 0,
      lastFailure: null,
    })
    expect(await listed()).toEqual({ webhooks: [webhook] })
  })

  it("takes a target as it is spelled on the wire", async () => {
    const answer = await create({ url: "https://ALERTS.example/\u0000\ud800" })
    expect((await answer.json()).url).toBe("https://alerts.example/%00%EF%BF%BD")
  })

  it.each([
    [{ url: "https://169.254.169.254/latest" }, "/url"],
    [{ url: "http://alerts.example" }, "/url"],
    [{ url: URL_OF_TARGET, accounts: [] }, "/accounts"],
    [{ url: URL_OF_TARGET, statusChange: false }, "/statusChange"],
    [{ url: URL_OF_TARGET, healthBelow: { threshold: 5 } }, "/healthBelow/threshold"],
    [{ url: URL_OF_TARGET, healthBelow: { threshold: "5", recovered: "4.99" } }, "/healthBelow/recovered"],
    [{ url: URL_OF_TARGET, cooldownSeconds: -1 }, "/cooldownSeconds"],
  ])("refuses %j", async (request, pointer) => {
    const answer = await create(request)
    expect(answer.status).toBe(400)
    expect((await fieldsIn(answer)).map(([at]) => at)).toEqual([pointer])
    expect(await listed()).toEqual({ webhooks: [] })
  })

  it("tests a webhook by an event on its way, and closes it with what waits", async () => {
    const { id } = await (await create({ url: URL_OF_TARGET })).json()
    const path = `/v1/webhooks/${id}`
    const headers = { authorization: HEADERS.authorization }
    const tested = await bench.get(`${path}/test`, { method: "POST", headers })
    expect([tested.status, await tested.json()]).toEqual([202, { event: expect.stringMatching(/^evt_/) }])
    expect(await listed()).toMatchObject({ webhooks: [{ id, pending: 1 }] })
    expect((await bench.get(path, { method: "DELETE", headers })).status).toBe(200)
    expect(await listed()).toEqual({ webhooks: [] })
    for (const [method, gone] of [
      ["DELETE", path],
      ["POST", `${path}/test`],
    ] as const) {
      expect((await problemIn(await bench.get(gone, { method, headers }))).code).toBe("UNKNOWN_WEBHOOK")
    }
  })
})
