/**
 * What every portfolio's methodology asks of it: risk arrays in the kernel for scenarios, weights for lending.
 */
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Portfolio } from "./apply-haircuts.js"
import type { Market } from "./market.js"
import type { RiskArrays } from "./portfolio-margin.js"
import { scenarioMargins } from "./scenario-margins.js"
import { scales, weightedMargins } from "./weighted-margins.js"

/**
 * The policy's methodology against one market.
 *
 * @param everybody all portfolios of the snapshot, for methodologies that look at what all deposit and borrow
 */
export function riskArraysOf(
  kernel: RiskKernel,
  market: Market,
  { methodology }: MarginPolicy,
  everybody: () => Iterable<Portfolio>,
): RiskArrays {
  const methodologys =
    methodology.kind === "scenarios"
      ? scenarioMargins(kernel, market, methodology)
      : weightedMargins(market, methodology, everybody)
  return {
    alone: methodologys.alone,
    margins(portfolios) {
      const margined = methodologys.margins(portfolios.filter(each => each.blocked.length === 0))
      let next = 0
      return portfolios.map(({ blocked }) => {
        const risk = blocked.length > 0 ? { blocked } : margined[next++]
        if (!risk) throw new RangeError("one result a portfolio")
        return risk
      })
    },
  }
}

/** Whether one account's holdings can change another's margin. */
export const looksAtOthers = ({ methodology }: MarginPolicy): boolean =>
  methodology.kind === "weighted-health" && scales(methodology)
