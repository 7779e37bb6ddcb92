/**
 * The calculation from chains to health, as one sentence. Whoever has a snapshot can run the second half again.
 */
import type { AccountHealth, MarginFigures } from "../domain/health.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import { applyHaircuts } from "./apply-haircuts.js"
import { assessHealth } from "./assess-health.js"
import { marketOf } from "./market.js"
import { runRiskArrays } from "./run-risk-arrays.js"

export interface Assessment {
  readonly snapshot: Snapshot
  /** One entry an account, in the snapshot's order. */
  readonly health: readonly AccountHealth[]
}

/** What decides how an account stands. */
export type Standing = Omit<MarginFigures, "standaloneMargin">

/**
 * The same figures without any position margined alone, which is most of the work: for questions that ask many times.
 * One entry an account, `null` for one without figures.
 */
export function assessStanding(
  snapshot: Snapshot,
  policy: MarginPolicy,
  kernel: RiskKernel,
): readonly (Standing | null)[] {
  const portfolios = applyHaircuts(snapshot, policy)
  const riskArrays = runRiskArrays(kernel, portfolios, marketOf(snapshot), policy, "books only")
  return assessHealth(portfolios, riskArrays).map(({ figures }) => {
    if (!figures) return null
    const { standaloneMargin: _, ...standing } = figures
    return standing
  })
}

/** Computes every account's health from a snapshot. Pure: the same snapshot, policy and kernel give the same bits. */
export function assessSnapshot(snapshot: Snapshot, policy: MarginPolicy, kernel: RiskKernel): Assessment {
  const portfolios = applyHaircuts(snapshot, policy)
  const riskArrays = runRiskArrays(kernel, portfolios, marketOf(snapshot), policy)
  return { snapshot, health: assessHealth(portfolios, riskArrays) }
}
