import { afterEach, describe, expect, it } from "vitest"
import { chainId } from "../../../../aggregator/domain/caip.js"
import type { DeliveryStatus } from "../../../../aggregator/domain/ports.js"
import { NO_LIMITS } from "../../../../chains/relay/courier.js"
import { memoryOutbox } from "../../../../chains/relay/outbox.js"
import { DeliveryFailedError } from "../../../../chains/relay/target.js"
import { EVERY_EPOCH } from "../../../../chains/relay/trigger.js"
import { attestationOf } from "../../../support/attestation.js"
import {
  type RelayBench,
  type RelayBenchOptions,
  routeTo,
  startRelayBench,
  vaaAnswer,
} from "../../../support/relay-bench.js"
import { ScriptedTarget } from "../../../support/scripted-target.js"
import { until } from "../../../support/until.js"

const NOW = 1_760_000_000
const HOUR = 3_600
const [ONE, TWO, SOLANA] = [chainId("eip155:1"), chainId("eip155:2"), chainId("solana:x")]

let benches: RelayBench[] = []
let now = NOW
afterEach(async () => {
  for (const bench of benches) await bench.stop()
  benches = []
  now = NOW
})

async function bench(options: RelayBenchOptions): Promise<RelayBench> {
  const made = await startRelayBench({ clock: { now: () => now }, ...options })
  benches.push(made)
  return made
}

/** Valid for two hours from now. */
const fresh = (epoch: bigint, count = 3, validity = 2 * HOUR) => attestationOf(count, epoch, now, validity)
const statuses = async (from: RelayBench, ...epochs: bigint[]): Promise<DeliveryStatus[]> =>
  (await Promise.all(epochs.map(epoch => from.outbox.deliveries(epoch)))).flat().map(({ status }) => status)

describe("a round", () => {
  it("delivers to every chain; one that is away stops no other, and says why it waits", async () => {
    const [one, two] = [new ScriptedTarget(ONE), new ScriptedTarget(TWO)]
    one.goAway()
    const relaying = await bench({ targets: [one, two], undeployed: [SOLANA] })
    await relaying.publish(fresh(5n))
    expect((await relaying.round(5n)).map(({ chain, status, reason }) => [chain, status, reason])).toEqual([
      [ONE, "PENDING", "RPC_UNAVAILABLE: no answer"],
      [TWO, "DELIVERED", null],
      [SOLANA, "FAILED", "no receiver is configured"],
    ])
    one.away = null
    await relaying.relay.round()
    expect(await statuses(relaying, 5n)).toEqual(["DELIVERED", "DELIVERED", "FAILED"])
  })

  it("waits while the guardians have not signed, and sends an older epoch that they have", async () => {
    const target = new ScriptedTarget()
    const relaying = await bench({ targets: [target] })
    await relaying.publish(fresh(5n))
    await relaying.publish(fresh(6n), null)
    await relaying.relay.round()
    expect(target.submitted).toEqual([5n])
    expect(await statuses(relaying, 5n, 6n)).toEqual(["DELIVERED", "PENDING"])
  })

  it.each([
    ["another epoch", (made: RelayBench) => vaaAnswer(made.sign({ ...fresh(6n), epoch: 6n }, { sequence: 5n }))],
    ["another root", (made: RelayBench) => vaaAnswer(made.sign(fresh(5n, 4)))],
    ["another sequence", (made: RelayBench) => vaaAnswer(made.sign(fresh(5n), { sequence: 8n }))],
    ["no VAA", () => ({ status: 200, body: JSON.stringify({ vaaBytes: "AAAA" }) })],
    ["a page", () => ({ status: 200, body: "<html>busy</html>" })],
    ["an error", () => ({ status: 500, body: "" })],
  ])(
    "delivers nothing when the guardian API answers with %s, and goes on when it has come to its senses",
    async (_, lie) => {
      const target = new ScriptedTarget()
      let lying = true
      const relaying: RelayBench = await bench({ targets: [target], answer: () => (lying ? lie(relaying) : undefined) })
      await relaying.publish(fresh(5n))
      expect(await relaying.round(5n)).toMatchObject([
        { status: "PENDING", reason: expect.stringMatching(/127\.0\.0\.1/) },
      ])
      expect(target.submitted).toEqual([])
      lying = false
      expect(await relaying.round(5n)).toMatchObject([{ status: "DELIVERED" }])
    },
  )

  it("asks the next guardian API when the first knows nothing or talks nonsense", async () => {
    const target = new ScriptedTarget()
    const [dead, good] = [await bench({ answer: () => ({ status: 200, body: "?" }) }), await bench({ targets: [] })]
    const relaying = await bench({ targets: [target], guardianApis: [dead.api.url, good.api.url] })
    await good.publish(fresh(5n))
    await relaying.publish(fresh(5n))
    expect(await relaying.round(5n)).toMatchObject([{ status: "DELIVERED" }])
  })

  it("gives an epoch up once nobody could rely on it any more, with what stood in the way", async () => {
    const relaying = await bench({ targets: [new ScriptedTarget()] })
    await relaying.publish(fresh(5n), null)
    await relaying.relay.round()
    now += 2 * HOUR
    expect(await relaying.round(5n)).toMatchObject([{ status: "FAILED", reason: expect.stringContaining("guardians") }])
  })

  it("says when the outbox fails and goes on when it is mended", async () => {
    const healthy = memoryOutbox()
    let broken = true
    const outbox: typeof healthy = {
      ...healthy,
      record: (...args) => (broken ? Promise.reject(new Error("disk full")) : healthy.record(...args)),
    }
    const target = new ScriptedTarget()
    const relaying = await bench({ targets: [target], outbox })
    await relaying.publish(fresh(5n))
    relaying.relay.run()
    await until("the report", () => relaying.events.some(each => each.kind === "trouble"))
    broken = false
    await until("the row", async () => (await statuses(relaying, 5n))[0] === "DELIVERED")
    expect(target.submitted).toEqual([5n])
  })
})

describe("faults", () => {
  it("an endpoint that is away for an hour costs nothing but the hour: the newest epoch is then delivered once", async () => {
    const target = new ScriptedTarget()
    const relaying = await bench({ targets: [target] })
    target.goAway()
    for (let minute = 0; minute < 60; minute++) {
      await relaying.publish(fresh(BigInt(minute + 1), 3, 600))
      await relaying.relay.round()
      now += 60
    }
    expect(target.submitted).toEqual([])
    target.away = null
    await relaying.relay.round()
    await relaying.relay.round()
    expect(target.submitted).toEqual([60n])
    const all = await statuses(relaying, ...Array.from({ length: 60 }, (_, i) => BigInt(i + 1)))
    expect(all.at(-1)).toBe("DELIVERED")
    expect(all.filter(status => status === "PENDING")).toEqual([])
  })

  it("a delivery that was reorganised away is made again", async () => {
    const target = new ScriptedTarget()
    const relaying = await bench({ targets: [target] })
    await relaying.publish(fresh(5n))
    await relaying.relay.round()
    target.reorganise()
    expect(await relaying.round(5n)).toMatchObject([{ status: "DELIVERED", fee: 2_000n }])
    expect(target.submitted).toEqual([5n, 5n])
  })

  it("a restart takes up what was left, and asks the chain before it sends", async () => {
    const outbox = memoryOutbox()
    const target = new ScriptedTarget()
    const first = await bench({ targets: [target], outbox })
    await first.publish(fresh(5n))
    // It lands, and the process dies before it is written down.
    target.onSubmit = async ({ epoch, root }) => {
      target.submitted.push(epoch)
      target.holds = { epoch, root, timestamp: now }
      throw new Error("killed")
    }
    await first.relay.round()
    expect(await statuses(first, 5n)).toEqual(["PENDING"])
    const next = await bench({ targets: [target], outbox })
    expect(await next.round(5n)).toMatchObject([{ status: "DELIVERED" }])
    expect(target.submitted).toEqual([5n])
  })

  it("a stop in the middle of a delivery leaves it pending", async () => {
    const target = new ScriptedTarget()
    target.onSubmit = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("cut off"))))
    const relaying = await bench({ targets: [target] })
    await relaying.publish(fresh(5n))
    relaying.relay.run()
    await until("a look at the chain", () => relaying.events.some(each => each.kind === "held"))
    await relaying.relay.stop()
    expect(await statuses(relaying, 5n)).toEqual(["PENDING"])
  })

  it("what failed on chain is paid for once, and counted", async () => {
    const target = new ScriptedTarget()
    let fails = true
    target.onSubmit = async () => {
      if (fails) throw new DeliveryFailedError("0xdead", 700n, new Error("reverted"))
    }
    const relaying = await bench({ targets: [target] })
    await relaying.publish(fresh(5n))
    expect(await relaying.round(5n)).toMatchObject([{ status: "PENDING", fee: 700n }])
    fails = false
    expect(await relaying.round(5n)).toMatchObject([{ status: "DELIVERED", fee: 1_700n }])
    expect(relaying.events.flatMap(each => (each.kind === "paid" ? [each.fee] : []))).toEqual([700n, 1_000n])
  })
})

describe("limits", () => {
  it("a delivery above the daily budget is deferred, not dropped: the next day's is sent", async () => {
    const target = new ScriptedTarget()
    const routes = [routeTo(target, { limits: { ...NO_LIMITS, dailyBudget: 2_500n } })]
    const relaying = await bench({ routes })
    for (const epoch of [1n, 2n, 3n]) {
      await relaying.publish(fresh(epoch, 3, 2 * 86_400))
      await relaying.relay.round()
    }
    expect(target.submitted).toEqual([1n, 2n])
    expect(await relaying.row(3n, target.chain)).toMatchObject({
      status: "PENDING",
      reason: expect.stringMatching(/^deferred: .*1000.* 500 /),
    })
    // What was paid counts until a day after the message's own end.
    now += 3 * 86_400 - 1
    await relaying.publish(fresh(4n))
    await relaying.relay.round()
    expect(target.submitted).toEqual([1n, 2n])
    now += 1
    await relaying.relay.round()
    expect(target.submitted).toEqual([1n, 2n, 4n])
  })

  it("a low balance is told without a delivery too, once a minute", async () => {
    const target = new ScriptedTarget()
    const relaying = await bench({ routes: [routeTo(target, { limits: { ...NO_LIMITS, balanceAlert: 100n } })] })
    const told = () => relaying.events.flatMap(each => (each.kind === "balance" ? [each.low] : []))
    await relaying.relay.round()
    target.funds = 99n
    now += 59
    await relaying.relay.round()
    expect(told()).toEqual([false])
    now += 1
    await relaying.relay.round()
    expect(told()).toEqual([false, true])
  })

  it("a low balance is told after each delivery", async () => {
    const target = new ScriptedTarget()
    target.funds = 99n
    const relaying = await bench({ routes: [routeTo(target, { limits: { ...NO_LIMITS, balanceAlert: 100n } })] })
    await relaying.publish(fresh(5n))
    await relaying.relay.round()
    expect(relaying.events).toContainEqual({ kind: "balance", chain: target.chain, balance: 99n, low: true })
  })
})

describe("triggers", () => {
  const rules = { ...EVERY_EPOCH, heartbeatSeconds: HOUR, healthFallBps: 500 }

  it("hold a quiet epoch back until the heartbeat, and then send the newest", async () => {
    const target = new ScriptedTarget()
    const relaying = await bench({ routes: [routeTo(target, { rules })] })
    await relaying.publish(fresh(1n))
    await relaying.relay.round()
    now += HOUR - 1
    await relaying.publish(fresh(2n))
    expect(await relaying.round(2n)).toMatchObject([{ status: "PENDING", reason: expect.stringMatching(/^held back/) }])
    await relaying.publish(fresh(3n))
    now += 1
    await relaying.relay.round()
    expect(target.submitted).toEqual([1n, 3n])
    expect(await statuses(relaying, 1n, 2n, 3n)).toEqual(["DELIVERED", "SUPERSEDED", "DELIVERED"])
  })

  it("send at once what they have nothing to compare with", async () => {
    const target = new ScriptedTarget()
    target.holds = { epoch: 1n, root: fresh(1n).root, timestamp: now }
    const relaying = await bench({ routes: [routeTo(target, { rules })] })
    await relaying.publish(fresh(2n))
    await relaying.relay.round()
    expect(target.submitted).toEqual([2n])
  })

  it("are answered by a plan that sends nothing and writes nothing", async () => {
    const target = new ScriptedTarget()
    const relaying = await bench({ routes: [routeTo(target, { rules })] })
    const signal = new AbortController().signal
    expect(await relaying.relay.plan(signal)).toMatchObject([{ plan: { action: "none" } }])
    await relaying.publish(fresh(1n))
    expect(await relaying.relay.plan(signal)).toMatchObject([
      { chain: target.chain, plan: { action: "send", decision: { trigger: "FIRST" }, forecast: { fee: 1_000n } } },
    ])
    expect(target.submitted).toEqual([])
    target.goAway()
    expect(await relaying.relay.plan(signal)).toMatchObject([{ plan: target.away }])
    expect(await statuses(relaying, 1n)).toEqual(["PENDING"])
  })
})

describe("several instances", () => {
  it("only the one with the lease sends; when it lets go, the next takes over and repeats nothing", async () => {
    let holder: string | null = null
    const leaseOf = (name: string) => ({
      hold: async () => {
        holder ??= name
        return holder === name
      },
      release: async () => {
        if (holder === name) holder = null
      },
    })
    const target = new ScriptedTarget()
    const [first, second] = [
      await bench({ targets: [target], lease: leaseOf("first") }),
      await bench({ targets: [target], lease: leaseOf("second") }),
    ]
    for (const each of [first, second]) await each.publish(fresh(5n))
    await Promise.all([first, second].map(each => each.relay.round()))
    expect(target.submitted).toEqual([5n])
    expect(second.events).toContainEqual({ kind: "standby", standby: true })
    await first.stop()
    await second.publish(fresh(6n))
    await second.relay.round()
    expect(second.events).toContainEqual({ kind: "standby", standby: false })
    expect(target.submitted).toEqual([5n, 6n])
    expect(await statuses(second, 5n, 6n)).toEqual(["DELIVERED", "DELIVERED"])
    benches = [second]
  })
})
