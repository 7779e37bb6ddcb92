import { describe, expect, it } from "vitest"
import { usd } from "../../../aggregator/domain/fixed.js"
import type { AccountStatus } from "../../../aggregator/domain/health.js"
import { type AlertTerms, decideAlerts, UNTOLD, type Watch } from "../../../aggregator/webhooks/decide-alerts.js"

const TERMS: AlertTerms = {
  accounts: null,
  statusChange: true,
  health: { below: usd(100n), recovered: usd(120n) },
  cooldownSeconds: 60,
}

/** Types of what is told at each step of [seconds, status, health]. */
function told(steps: readonly [at: number, status: AccountStatus, health: bigint | null][], terms = TERMS) {
  let watch: Watch = UNTOLD
  return steps.map(([at, status, health]) => {
    const decided = decideAlerts(terms, watch, { status, health: health === null ? null : usd(health) }, at)
    watch = decided.watch
    return decided.alerts.map(each => (each.type === "account.status_changed" ? `${each.from}>${each.to}` : each.type))
  })
}

describe("what a webhook is told", () => {
  it("is nothing about an account that is well", () => {
    expect(told([[1_000, "NORMAL", 100n]])).toEqual([[]])
  })

  it("is bad news at once, good news after the cooldown, and nothing twice", () => {
    expect(
      told([
        [1_000, "MARGIN_CALL", 500n],
        [1_010, "NORMAL", 500n],
        [1_020, "MARGIN_CALL", 500n],
        [1_030, "LIQUIDATABLE", 500n],
        [1_089, "NORMAL", 500n],
        [1_090, "NORMAL", 500n],
      ]),
    ).toEqual([["NORMAL>MARGIN_CALL"], [], [], ["MARGIN_CALL>LIQUIDATABLE"], [], ["LIQUIDATABLE>NORMAL"]])
  })

  it("is a fall under the threshold once, until health has recovered past the upper mark", () => {
    expect(
      told([
        [1_000, "NORMAL", 99n],
        [1_100, "NORMAL", 119n],
        [1_101, "NORMAL", 99n],
        [1_102, "NORMAL", 120n],
        [1_103, "NORMAL", 99n],
      ]),
    ).toEqual([["account.health_below"], [], [], ["account.health_recovered"], ["account.health_below"]])
  })

  it("takes health that nobody knows for health below the threshold", () => {
    const only = { ...TERMS, statusChange: false }
    expect(told([[1_000, "UNAVAILABLE", null]], only)).toEqual([["account.health_below"]])
  })
})
