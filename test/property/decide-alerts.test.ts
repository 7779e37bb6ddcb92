import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../aggregator/domain/health.js"
import { type AlertTerms, DANGER, decideAlerts, UNTOLD } from "../../aggregator/webhooks/decide-alerts.js"

const observation = fc.record({
  status: fc.constantFrom(...ACCOUNT_STATUSES),
  health: fc.option(fc.bigInt(-20n, 20n).map(usd), { nil: null }),
  after: fc.integer({ min: 0, max: 40 }),
})
const terms = fc
  .record({ below: fc.bigInt(-10n, 10n), gap: fc.bigInt(0n, 10n), cooldownSeconds: fc.integer({ min: 0, max: 60 }) })
  .map(
    ({ below, gap, cooldownSeconds }): AlertTerms => ({
      accounts: null,
      statusChange: true,
      health: { below: usd(below), recovered: usd(below + gap) },
      cooldownSeconds,
    }),
  )

describe("alerts over any course of an account", () => {
  it("never leave the receiver with a better picture than the truth, and good news keeps its distance", () => {
    fc.assert(
      fc.property(terms, fc.array(observation, { maxLength: 40 }), (given, course) => {
        let [watch, now] = [UNTOLD, 1_000]
        const changed: { worse: boolean; at: number }[] = []
        const crossed: { low: boolean; at: number }[] = []
        for (const { after, ...observed } of course) {
          now += after
          const { watch: next, alerts } = decideAlerts(given, watch, observed, now)
          for (const alert of alerts) {
            if (alert.type === "account.status_changed") {
              expect([alert.from, alert.to]).toEqual([watch.told, observed.status])
              changed.push({ worse: DANGER[alert.to] > DANGER[alert.from], at: now })
            } else crossed.push({ low: alert.type === "account.health_below", at: now })
          }
          watch = next
          expect(DANGER[watch.told]).toBeGreaterThanOrEqual(DANGER[observed.status])
          if (observed.health === null || observed.health < (given.health?.below ?? 0n)) expect(watch.low).toBe(true)
        }
        changed.forEach(({ worse, at }, i) => {
          const before = changed[i - 1]
          if (!worse && before) expect(at - before.at).toBeGreaterThanOrEqual(given.cooldownSeconds)
        })
        crossed.forEach(({ low, at }, i) => {
          expect(low).toBe(i % 2 === 0)
          const before = crossed[i - 1]
          if (!low && before) expect(at - before.at).toBeGreaterThanOrEqual(given.cooldownSeconds)
        })
      }),
      { numRuns: 300 },
    )
  })

  it("say in the end what is true, once it stays so for a cooldown", () => {
    fc.assert(
      fc.property(terms, fc.array(observation), observation, (given, course, last) => {
        let [watch, now] = [UNTOLD, 1_000]
        for (const { after, ...observed } of [...course, last]) {
          now += after
          watch = decideAlerts(given, watch, observed, now).watch
        }
        const settled = decideAlerts(given, watch, last, now + given.cooldownSeconds).watch
        expect(settled.told).toBe(last.status)
        const { recovered } = given.health ?? { recovered: 0n }
        if (last.health !== null && last.health >= recovered) expect(settled.low).toBe(false)
        expect(decideAlerts(given, settled, last, now + given.cooldownSeconds).alerts).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
