import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../aggregator/domain/health.js"
import { type AccountState, decideTrigger, type TriggerQuestion } from "../../chains/relay/trigger.js"

const NOW = 1_760_000_000
const money = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })
const account: fc.Arbitrary<AccountState> = fc.record({
  wormholeChain: fc.constantFrom(1, 2, 4),
  holder: fc.nat({ max: 5 }).map(n => `0x${n.toString(16).padStart(64, "0")}` as const),
  equity: money.map(usd),
  initialMargin: fc.constant(usd(0n)),
  maintenanceMargin: fc.bigInt({ min: 0n, max: 10n ** 24n }).map(usd),
  status: fc.constantFrom(...ACCOUNT_STATUSES),
})
const accounts = fc.option(
  fc.uniqueArray(account, { maxLength: 6, selector: ({ wormholeChain, holder }) => `${wormholeChain}/${holder}` }),
)
const bps = fc.option(fc.integer({ min: 1, max: 20_000 }))
const question: fc.Arbitrary<TriggerQuestion> = fc.record({
  now: fc.constant(NOW),
  held: fc.option(
    fc.record({ epoch: fc.bigInt(1n, 9n), timestamp: fc.integer({ min: NOW - 9_000, max: NOW }), accounts }),
  ),
  offered: fc.record({ epoch: fc.bigInt(1n, 9n), timestamp: fc.constant(NOW), accounts }),
  transactionDue: fc.boolean(),
  rules: fc.record({
    heartbeatSeconds: fc.nat({ max: 7_200 }),
    healthFallBps: bps,
    healthRiseBps: bps,
    statusChange: fc.boolean(),
    earlyPercent: fc.integer({ min: 1, max: 100 }),
  }),
})

describe("the trigger decision", () => {
  it("never sends what the chain holds already", () => {
    fc.assert(
      fc.property(question, asked => {
        const { send } = decideTrigger(asked)
        if (asked.held && asked.offered.epoch <= asked.held.epoch) expect(send).toBe(false)
      }),
    )
  })

  it("never stays quiet beyond the heartbeat, and says when it will end", () => {
    fc.assert(
      fc.property(question, asked => {
        const decision = decideTrigger(asked)
        if (decision.send || decision.reason !== "QUIET" || !asked.held) return
        expect(decision.dueAt).toBeGreaterThan(asked.now)
        const later = decideTrigger({ ...asked, now: decision.dueAt ?? 0 })
        expect(later.send).toBe(true)
      }),
    )
  })

  it("does not depend on the order of accounts", () => {
    fc.assert(
      fc.property(question, asked => {
        const turned = (side: TriggerQuestion["offered"]) => ({
          ...side,
          accounts: side.accounts?.toReversed() ?? null,
        })
        const again = { ...asked, held: asked.held && turned(asked.held), offered: turned(asked.offered) }
        expect(decideTrigger(again)).toEqual(decideTrigger(asked))
      }),
    )
  })

  it("is never put off by lower thresholds, a transaction that is due, or not knowing", () => {
    fc.assert(
      fc.property(question, asked => {
        if (!decideTrigger(asked).send) return
        const { rules } = asked
        const half = (value: number | null) => value && Math.max(1, Math.floor(value / 2))
        const stricter = {
          ...rules,
          heartbeatSeconds: Math.floor(rules.heartbeatSeconds / 2),
          healthFallBps: half(rules.healthFallBps),
          healthRiseBps: half(rules.healthRiseBps),
          statusChange: true,
        }
        expect(decideTrigger({ ...asked, rules: stricter }).send).toBe(true)
        expect(decideTrigger({ ...asked, transactionDue: true }).send).toBe(true)
        expect(decideTrigger({ ...asked, rules: stricter, offered: { ...asked.offered, accounts: null } }).send).toBe(
          true,
        )
      }),
    )
  })
})
