import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { usd } from "../../../aggregator/domain/fixed.js"
import type { AccountStatus } from "../../../aggregator/domain/health.js"
import type { Assessment } from "../../../aggregator/pipeline/assess-snapshot.js"
import { changeWebhook, openWebhook } from "../../../aggregator/store/owned-webhooks.js"
import { prune } from "../../../aggregator/store/retention.js"
import { type Webhook, webhookStore } from "../../../aggregator/store/webhooks.js"
import { type CourierEvent, MOST_ATTEMPTS, pauseAfter, webhookCourier } from "../../../aggregator/webhooks/courier.js"
import { type Send, webhookSender } from "../../../aggregator/webhooks/send.js"
import { newSecret } from "../../../aggregator/webhooks/signature.js"
import { eventOf, watchHealth } from "../../../aggregator/webhooks/watch-health.js"
import { onEachDatabase } from "../../support/databases.js"
import { until } from "../../support/until.js"
import { startReceiver } from "../../support/webhook-receiver.js"

const START = 1_790_000_000
const DAY = 86_400
const going = new AbortController().signal
/** As much of an assessment as is looked at. */
const assessed = (...accounts: [id: string, status: AccountStatus, health: bigint | null][]) =>
  ({
    health: accounts.map(([id, status, health]) => ({
      id,
      status,
      figures: health === null ? null : { health: usd(health * 10n ** 18n) },
      asOf: START,
    })),
  }) as unknown as Assessment

onEachDatabase(open => {
  let now: number
  let answers: (count: number) => number
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let webhook: Webhook
  let reports: CourierEvent[]
  const clock = { now: () => now }

  /** A service as it is after a start: nothing remembered but what the store holds. */
  const started = () => {
    const store = webhookStore(open())
    const send = webhookSender({ allowPrivateTargets: true, timeoutMs: 240_000 })
    const courier = webhookCourier({
      store,
      clock,
      send: { operator: send, owners: send },
      report: event => reports.push(event),
    })
    return { store, observe: watchHealth(store, clock), round: () => courier(going) }
  }

  beforeEach(async () => {
    now = START
    reports = []
    answers = () => 200
    receiver = await startReceiver(count => answers(count))
    webhook = {
      id: "wh_1",
      url: receiver.url,
      secret: newSecret(),
      terms: {
        accounts: null,
        statusChange: true,
        health: { below: usd(50n * 10n ** 18n), recovered: usd(60n * 10n ** 18n) },
        cooldownSeconds: 60,
      },
      createdAt: START,
    }
    await started().store.create(webhook, 10)
  })
  afterEach(() => receiver.stop())

  describe("from one assessment to the next", () => {
    it("tells what changed, signed, and nothing about who stayed as he was", async () => {
      const { observe, round } = started()
      await observe(assessed(["a", "NORMAL", 100n], ["b", "NORMAL", 100n]))
      await observe(assessed(["a", "MARGIN_CALL", 49n], ["b", "NORMAL", 99n]))
      await round()
      expect(receiver.received.map(({ event }) => event.type).sort()).toEqual([
        "account.health_below",
        "account.status_changed",
      ])
      const change = receiver.received.find(({ event }) => event.type === "account.status_changed")
      expect(change?.event.data).toEqual({
        account: "a",
        status: "MARGIN_CALL",
        previousStatus: "NORMAL",
        health: "49",
        asOf: START,
      })
      for (const each of receiver.received) expect(each.isSignedWith(webhook.secret)).toBe(true)
    })

    it("takes up after a restart where it was: nothing twice, nothing missed", async () => {
      await started().observe(assessed(["a", "MARGIN_CALL", 100n]))
      await started().observe(assessed(["a", "MARGIN_CALL", 100n]))
      now += 60
      await started().observe(assessed(["a", "NORMAL", 100n]))
      await started().round()
      expect(receiver.received.map(({ event }) => event.data.status).sort()).toEqual(["MARGIN_CALL", "NORMAL"])
    })

    it("repeats nothing when a commit succeeded and its answer was lost", async () => {
      const { store, round } = started()
      let lost = 0
      const observe = watchHealth(
        {
          ...store,
          put: async (...given) => {
            const kept = await store.put(...given)
            if (lost++ === 0) throw new Error("the connection broke")
            return kept
          },
        },
        clock,
      )
      await expect(observe(assessed(["a", "STALE", 100n]))).rejects.toThrow()
      await observe(assessed(["a", "STALE", 100n]))
      await round()
      expect(receiver.received.map(({ event }) => event.data.status)).toEqual(["STALE"])
    })

    it("tells only about the accounts that were asked for", async () => {
      const { store, observe, round } = started()
      await store.remove(webhook.id)
      await store.create({ ...webhook, terms: { ...webhook.terms, accounts: ["b"] } }, 10)
      await observe(assessed(["a", "BANKRUPT", 100n], ["b", "STALE", null]))
      await round()
      expect(new Set(receiver.received.map(({ event }) => event.data.account))).toEqual(new Set(["b"]))
    })
  })

  describe("delivery", () => {
    const put = async () => {
      const event = eventOf("webhook.test", {}, now)
      await started().store.put(webhook, [event], new Map(), now)
      return event
    }

    it("comes back to a target that failed, later each time, under the same id and signed anew", async () => {
      answers = count => (count <= 2 ? 500 : 200)
      const event = await put()
      for (const failures of [1, 2]) {
        await started().round()
        now += (pauseAfter(failures) ?? 0) - 1
        await started().round()
        expect(receiver.received).toHaveLength(failures)
        now += 1
      }
      await started().round()
      await started().round()
      expect(receiver.received.map(each => each.id)).toEqual([event.id, event.id, event.id])
      expect(receiver.received.map(each => each.timestamp)).toEqual([START, START + 5, START + 20])
      for (const each of receiver.received) expect(each.isSignedWith(webhook.secret)).toBe(true)
      expect(await started().store.all()).toMatchObject([{ pending: 0, failed: 0, lastFailure: null }])
    })

    it("ends after the last attempt, visibly", async () => {
      answers = () => 400
      await put()
      for (let failures = 1; failures <= MOST_ATTEMPTS + 2; failures++) {
        await started().round()
        now += pauseAfter(failures) ?? DAY
      }
      expect(receiver.received).toHaveLength(MOST_ATTEMPTS)
      expect(reports.map(each => each.kind)).toEqual([...Array(MOST_ATTEMPTS - 1).fill("refused"), "given up"])
      expect(await started().store.all()).toMatchObject([
        { pending: 0, failed: 1, lastFailure: "the target answered 400" },
      ])
    })

    it("sends again what a stop cut off, and counts no attempt", async () => {
      const event = await put()
      const stopping = new AbortController()
      const cutOff: Send = async () => {
        stopping.abort()
        return { kind: "refused", reason: "the connection failed: ABORT_ERR" }
      }
      const courier = webhookCourier({
        store: started().store,
        clock,
        send: { operator: cutOff, owners: cutOff },
        report: each => reports.push(each),
      })
      await courier(stopping.signal)
      expect(reports).toEqual([])
      await started().round()
      expect(receiver.received.map(each => each.id)).toEqual([event.id])
    })

    it("lets no target that fails keep another from its events", async () => {
      const other = await startReceiver(() => 200)
      answers = () => 500
      await started().store.create({ ...webhook, id: "wh_2", url: other.url }, 10)
      const many = Array.from({ length: 1_200 }, () => eventOf("webhook.test", {}, now))
      await started().store.put(webhook, many, new Map(), now)
      await started().store.put({ id: "wh_2" }, [eventOf("webhook.test", {}, now)], new Map(), now)
      await started().round()
      await other.stop()
      expect([receiver.received.length, other.received.length]).toEqual([1, 1])
    })

    it("sends nothing of a webhook that was closed", async () => {
      await put()
      expect(await started().store.remove(webhook.id)).toBe(true)
      expect(await started().store.remove(webhook.id)).toBe(false)
      expect(await started().store.put(webhook, [], new Map(), now)).toBe(false)
      await started().round()
      expect(receiver.received).toEqual([])
    })
  })

  describe("what owners opened", () => {
    const ofAlice = (id: string, url = receiver.url) => ({
      ...webhook,
      id,
      url,
      terms: { ...webhook.terms, accounts: ["alice"] },
      owner: { account: "alice", openedBy: "eip155:1:0x0" },
    })
    const openFor = (id: string, url?: string) =>
      open()
        .transaction()
        .execute(transaction => openWebhook(transaction, ofAlice(id, url), 1_000))

    it("hears of its account alone, and anew of what is wrong after a change", async () => {
      const { store, observe, round } = started()
      await store.remove(webhook.id)
      await openFor("wh_2")
      const bad = assessed(["alice", "STALE", null], ["bob", "BANKRUPT", 0n])
      await observe(bad)
      await observe(bad)
      await round()
      const told = ["account.health_below", "account.status_changed"]
      expect(receiver.received.map(({ event }) => event.type).sort()).toEqual(told)
      await open()
        .transaction()
        .execute(transaction => changeWebhook(transaction, "alice", ofAlice("wh_2")))
      await observe(bad)
      await observe(bad)
      await round()
      expect(receiver.received.map(({ event }) => event.type).sort()).toEqual([...told, ...told].sort())
      expect(new Set(receiver.received.map(({ event }) => event.data.account))).toEqual(new Set(["alice"]))
    })

    it("is sent by the rules for owners, so many at once, and keeps nobody else waiting", async () => {
      const { store } = started()
      const many = Array.from({ length: 130 }, (_, at) => `wh_of_alice_${at}`)
      for (const id of many) await openFor(id, `https://${id.replaceAll("_", "-")}.example/`)
      for (const id of [webhook.id, ...many])
        await store.put({ id }, [eventOf("webhook.test", {}, now)], new Map(), now)
      let answerAll = () => {}
      const answered = new Promise<void>(resolve => {
        answerAll = resolve
      })
      const called = { operator: [] as string[], owners: [] as string[] }
      const courier = webhookCourier({
        store,
        clock,
        send: {
          operator: async ({ url }) => {
            called.operator.push(url)
            return { kind: "taken" }
          },
          owners: async ({ url }) => {
            called.owners.push(url)
            await answered
            return { kind: "taken" }
          },
        },
        report: each => reports.push(each),
      })
      const first = courier(going)
      await until("as many are called as may be", () => called.owners.length === 128)
      await courier(going)
      expect(called.operator).toEqual([webhook.url])
      expect(called.owners).toHaveLength(128)
      answerAll()
      await first
      await courier(going)
      expect(new Set(called.owners).size).toBe(130)
      expect(called.owners).toHaveLength(130)
    })
  })

  it("refuses more webhooks than there may be", async () => {
    expect(await started().store.create({ ...webhook, id: "wh_2" }, 1)).toBe(false)
  })

  it("drops old events, never one that is on its way", async () => {
    answers = count => (count === 1 ? 200 : 500)
    await started().observe(assessed(["a", "BANKRUPT", 0n]))
    await started().round()
    await prune(open(), { keepSnapshotsDays: 1, keepEpochsDays: 1 }, START + 8 * DAY)
    const left = await open().selectFrom("webhook_events").select("status").execute()
    expect(left).toEqual([{ status: "PENDING" }])
  })
})
