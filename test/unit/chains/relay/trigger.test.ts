import { describe, expect, it } from "vitest"
import { usd } from "../../../../aggregator/domain/fixed.js"
import {
  type AccountState,
  type Comparable,
  decideTrigger,
  EVERY_EPOCH,
  type TriggerRules,
} from "../../../../chains/relay/trigger.js"

const NOW = 1_760_000_000
const HOUR = 3_600
const rules: TriggerRules = {
  heartbeatSeconds: HOUR,
  healthFallBps: 500,
  healthRiseBps: 2_000,
  statusChange: true,
  earlyPercent: 50,
}
const account = (change: Partial<AccountState> = {}): AccountState => ({
  wormholeChain: 2,
  holder: `0x${"01".repeat(32)}`,
  equity: usd(1_000n),
  initialMargin: usd(0n),
  maintenanceMargin: usd(400n),
  status: "NORMAL",
  ...change,
})
const other = { holder: `0x${"02".repeat(32)}` } as const
const at = (epoch: bigint, age: number, accounts: Comparable["accounts"]): Comparable => ({
  epoch,
  timestamp: NOW - age,
  accounts,
})
const decide = (
  before: readonly AccountState[] | null,
  after: readonly AccountState[] | null,
  {
    age = 60,
    transactionDue = false,
    ...change
  }: Partial<TriggerRules> & { age?: number; transactionDue?: boolean } = {},
) =>
  decideTrigger({
    now: NOW,
    held: at(1n, age, before),
    offered: at(2n, 0, after),
    transactionDue,
    rules: { ...rules, ...change },
  })
const SENT = (trigger: string, early = false) => ({ send: true, trigger, early })
const QUIET = { send: false, reason: "QUIET" }

describe("a chain is due", () => {
  it("for its first attestation", () => {
    const decision = decideTrigger({ now: NOW, held: null, offered: at(2n, 0, null), transactionDue: false, rules })
    expect(decision).toEqual(SENT("FIRST"))
  })

  it("never for what it holds already, or for less", () => {
    for (const epoch of [1n, 2n]) {
      const question = { now: NOW, held: at(2n, HOUR, []), offered: at(epoch, 0, []), transactionDue: true, rules }
      expect(decideTrigger(question)).toMatchObject({ send: false, reason: "NOT_NEWER" })
    }
  })

  it("at the heartbeat, to the second", () => {
    expect(decide([account()], [account()], { age: HOUR - 1 })).toEqual({ ...QUIET, dueAt: NOW + 1 })
    expect(decide([account()], [account()], { age: HOUR })).toEqual(SENT("HEARTBEAT"))
  })

  it("for every epoch where the heartbeat is 0", () => {
    const held = at(1n, 0, [account()])
    const offered = at(2n, 0, [account()])
    expect(decideTrigger({ now: NOW, held, offered, transactionDue: false, rules: EVERY_EPOCH })).toEqual(
      SENT("HEARTBEAT"),
    )
  })

  it.each([
    ["a status that changed", [account()], [account({ status: "MARGIN_CALL" })]],
    ["a status that got better", [account({ status: "REDUCE_ONLY" })], [account()]],
    ["an account that came", [account()], [account(), account(other)]],
    ["an account that went", [account(), account(other)], [account()]],
    ["an account that took another's place", [account()], [account(other)]],
  ])("for %s", (_, before, after) => {
    expect(decide(before, after)).toEqual(SENT("STATUS_CHANGE"))
    expect(decide(before, after, { statusChange: false })).toMatchObject(QUIET)
  })

  it("for a fall of health by the threshold's share of the account's size, to the unit", () => {
    expect(decide([account()], [account({ equity: usd(951n) })])).toMatchObject(QUIET)
    expect(decide([account()], [account({ equity: usd(950n) })])).toEqual(SENT("HEALTH_FALL"))
    expect(decide([account()], [account({ maintenanceMargin: usd(450n) })])).toEqual(SENT("HEALTH_FALL"))
    expect(decide([account()], [account({ equity: usd(950n) })], { healthFallBps: null })).toMatchObject(QUIET)
  })

  it("for a rise, by a threshold of its own", () => {
    expect(decide([account()], [account({ equity: usd(1_199n) })])).toMatchObject(QUIET)
    expect(decide([account()], [account({ equity: usd(1_200n) })])).toEqual(SENT("HEALTH_RISE"))
  })

  it("for any fall of an account that had nothing", () => {
    const nothing = account({ equity: usd(0n), maintenanceMargin: usd(0n) })
    expect(decide([nothing], [account({ equity: usd(-1n), maintenanceMargin: usd(0n) })])).toEqual(SENT("HEALTH_FALL"))
  })

  it("when one side of the comparison is not known, unless nothing is compared", () => {
    for (const [before, after] of [
      [null, [account()]],
      [[account()], null],
    ] as const) {
      expect(decide(before, after)).toEqual(SENT("UNKNOWN_CHANGE"))
      const comparesNothing = { statusChange: false, healthFallBps: null, healthRiseBps: null }
      expect(decide(before, after, comparesNothing)).toMatchObject(QUIET)
    }
  })
})

describe("early include", () => {
  const smallFall = [account({ equity: usd(975n) })]

  it("takes along what is half due when a transaction is due anyway", () => {
    expect(decide([account()], smallFall)).toMatchObject(QUIET)
    expect(decide([account()], smallFall, { transactionDue: true })).toEqual(SENT("HEALTH_FALL", true))
    expect(decide([account()], [account()], { transactionDue: true, age: HOUR / 2 })).toEqual(SENT("HEARTBEAT", true))
  })

  it("takes nothing along below that share", () => {
    expect(decide([account()], [account({ equity: usd(976n) })], { transactionDue: true })).toMatchObject(QUIET)
    expect(decide([account()], [account()], { transactionDue: true, age: HOUR / 2 - 1 })).toMatchObject(QUIET)
  })
})
