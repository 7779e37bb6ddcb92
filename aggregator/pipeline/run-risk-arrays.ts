/**
 * What every portfolio's methodology asks of it: risk arrays in the kernel for scenarios, weights for lending.
 */
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Portfolio } from "./apply-haircuts.js"
import type { Market } from "./market.js"
import type { PortfolioRisk } from "./portfolio-margin.js"
import { scenarioMargins } from "./scenario-margins.js"
import { weightedMargins } from "./weighted-margins.js"

/**
 * Margins all portfolios that are not blocked already; one entry a portfolio, by id. What cannot be margined blocks its own
 * account only.
 *
 * @throws KernelError when the kernel refuses an input that is no portfolio's own.
 */
export function runRiskArrays(
  kernel: RiskKernel,
  portfolios: readonly Portfolio[],
  market: Market,
  policy: MarginPolicy,
): ReadonlyMap<string, PortfolioRisk> {
  const open = portfolios.filter(each => each.blocked.length === 0)
  const { methodology } = policy
  return methodology.kind === "scenarios"
    ? scenarioMargins(kernel, open, market, methodology)
    : weightedMargins(open, portfolios, market, methodology)
}
