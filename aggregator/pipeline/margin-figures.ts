/**
 * Figures of an account: five sums, and what follows from them.
 */
import { divide, ONE, type Ratio, ratio, sumUsd, type Usd, usd } from "../domain/fixed.js"
import type { MarginFigures } from "../domain/health.js"
import type { Explainer } from "./explain-health.js"

export type MarginSums = Pick<
  MarginFigures,
  "rawEquity" | "equity" | "initialMargin" | "liquidationEndMargin" | "maintenanceMargin"
>

/** A class, so that a hundred thousand accounts keep the sums alone. */
export class AssessedFigures implements MarginFigures {
  readonly rawEquity: Usd
  readonly equity: Usd
  readonly initialMargin: Usd
  readonly liquidationEndMargin: Usd
  readonly maintenanceMargin: Usd
  readonly #explain: Explainer
  readonly #place: number

  /** @param place of the account in the snapshot */
  constructor(sums: MarginSums, explain: Explainer, place: number) {
    this.rawEquity = sums.rawEquity
    this.equity = sums.equity
    this.initialMargin = sums.initialMargin
    this.liquidationEndMargin = sums.liquidationEndMargin
    this.maintenanceMargin = sums.maintenanceMargin
    this.#explain = explain
    this.#place = place
  }

  get health(): Usd {
    return usd(this.equity - this.maintenanceMargin)
  }

  get initialHealth(): Usd {
    return usd(this.equity - this.initialMargin)
  }

  get healthFactor(): Ratio | null {
    return quotient(this.equity, this.maintenanceMargin, "down")
  }

  get marginRatio(): Ratio | null {
    return this.equity > 0n ? quotient(this.maintenanceMargin, this.equity, "up") : null
  }

  get standaloneMargin(): Usd {
    return sumUsd(this.#explain.standalone(this.#place))
  }
}

function quotient(dividend: Usd, divisor: Usd, rounding: "down" | "up"): Ratio | null {
  return divisor === 0n ? null : ratio(divide(dividend * ONE, divisor, rounding))
}
