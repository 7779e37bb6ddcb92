/**
 * The calculation from chains to health, as one sentence. Whoever has a snapshot can run the second half again.
 */
import type { AccountHealth } from "../domain/health.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import { haircutsOf } from "./apply-haircuts.js"
import { assessHealth } from "./assess-health.js"
import { type Explainer, explainer } from "./explain-health.js"
import { marketOf } from "./market.js"
import { riskArraysOf } from "./run-risk-arrays.js"

export interface Assessment {
  readonly snapshot: Snapshot
  /** One entry an account, in the snapshot's order. */
  readonly health: readonly AccountHealth[]
}

/** As many accounts as stay in the processor's caches from haircuts to figures. */
const ACCOUNTS_A_PASS = 64

/**
 * Computes every account's health from a snapshot. Pure: the same snapshot, policy and kernel give the same bits.
 *
 * @throws KernelError when the kernel refuses an input that is no account's own.
 */
export const assessSnapshot = (snapshot: Snapshot, policy: MarginPolicy, kernel: RiskKernel): Assessment => ({
  snapshot,
  health: [...assessInPasses(snapshot, policy, kernel)].flat(),
})

/** The same a few accounts at a time, for whoever keeps less of each. */
export function* assessInPasses(
  snapshot: Snapshot,
  policy: MarginPolicy,
  kernel: RiskKernel,
): Generator<readonly AccountHealth[]> {
  const { accounts } = snapshot
  const { applyHaircuts, runRiskArrays, explain } = stagesOf(snapshot, policy, kernel)
  for (let first = 0; first < accounts.length; first += ACCOUNTS_A_PASS) {
    const portfolios = accounts.slice(first, first + ACCOUNTS_A_PASS).map(applyHaircuts)
    yield assessHealth(portfolios, runRiskArrays(portfolios), explain, first)
  }
}

/** What explains the figures of this snapshot's accounts, whoever has computed them. */
export const explainerOf = (snapshot: Snapshot, policy: MarginPolicy, kernel: RiskKernel): Explainer =>
  stagesOf(snapshot, policy, kernel).explain

function stagesOf(snapshot: Snapshot, policy: MarginPolicy, kernel: RiskKernel) {
  const { accounts } = snapshot
  const applyHaircuts = haircutsOf(snapshot, policy)
  const riskArrays = riskArraysOf(kernel, marketOf(snapshot), policy, () => eachOf(accounts, applyHaircuts))
  const explain = explainer(accounts, applyHaircuts, riskArrays)
  return { applyHaircuts, runRiskArrays: riskArrays.margins, explain }
}

function* eachOf<From, To>(from: readonly From[], to: (each: From) => To): Generator<To> {
  for (const each of from) yield to(each)
}
