/**
 * The calculation from chains to health, as one sentence. Whoever has a snapshot can run the second half again.
 */
import type { AccountHealth } from "../domain/health.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Snapshot } from "../domain/snapshot.js"
import { haircutsOf } from "./apply-haircuts.js"
import { assessHealth } from "./assess-health.js"
import { explainer } from "./explain-health.js"
import { marketOf } from "./market.js"
import { riskArraysOf } from "./run-risk-arrays.js"

export interface Assessment {
  readonly snapshot: Snapshot
  /** One entry an account, in the snapshot's order. */
  readonly health: readonly AccountHealth[]
}

/** As many accounts as stay in the processor's caches from haircuts to figures. */
const ACCOUNTS_A_PASS = 256

/**
 * Computes every account's health from a snapshot. Pure: the same snapshot, policy and kernel give the same bits.
 *
 * @throws KernelError when the kernel refuses an input that is no account's own.
 */
export function assessSnapshot(snapshot: Snapshot, policy: MarginPolicy, kernel: RiskKernel): Assessment {
  const { accounts } = snapshot
  const applyHaircuts = haircutsOf(snapshot, policy)
  const riskArrays = riskArraysOf(kernel, marketOf(snapshot), policy, () => eachOf(accounts, applyHaircuts))
  const explain = explainer(accounts, applyHaircuts, riskArrays)
  const health: AccountHealth[] = []
  for (let first = 0; first < accounts.length; first += ACCOUNTS_A_PASS) {
    const portfolios = accounts.slice(first, first + ACCOUNTS_A_PASS).map(applyHaircuts)
    health.push(...assessHealth(portfolios, riskArrays.margins(portfolios), explain, first))
  }
  return { snapshot, health }
}

function* eachOf<From, To>(from: readonly From[], to: (each: From) => To): Generator<To> {
  for (const each of from) yield to(each)
}
