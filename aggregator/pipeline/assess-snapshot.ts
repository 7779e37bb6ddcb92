/**
 * The calculation from chains to health, as one sentence. Whoever has a snapshot can run the second half again.
 */
import type { AccountHealth } from "../domain/health.js"
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

/** Computes every account's health from a snapshot. Pure: the same snapshot, policy and kernel give the same bits. */
export function assessSnapshot(snapshot: Snapshot, policy: MarginPolicy, kernel: RiskKernel): Assessment {
  const portfolios = applyHaircuts(snapshot, policy)
  const riskArrays = runRiskArrays(kernel, portfolios, marketOf(snapshot), policy)
  return { snapshot, health: assessHealth(portfolios, riskArrays) }
}
