/**
 * The shipped policy, and changed copies of its document.
 */
import { ratio } from "../../aggregator/domain/fixed.js"
import type { Methodology } from "../../aggregator/domain/methodology.js"
import type { MarginPolicy } from "../../aggregator/domain/policy.js"
import { loadPolicy } from "../../aggregator/policies/load.js"
import document from "../../aggregator/policies/span16.json" with { type: "json" }

export const span16Document = document
export const span16: MarginPolicy = loadPolicy(document).policy

/** The shipped policy with some members replaced. */
export const span16With = (changes: Partial<MarginPolicy>): MarginPolicy => ({ ...span16, ...changes })

/** The shipped policy with other factors on what it asks for. */
export const span16Asking = (maintenance: bigint, liquidationEnd: bigint, initial: bigint): MarginPolicy => {
  const of = (factor: bigint) => ({ factor: ratio(factor), depeg: null })
  const lossFactors = { maintenance: of(maintenance), liquidationEnd: of(liquidationEnd), initial: of(initial) }
  return span16Scanning({ lossFactors })
}

/** The shipped policy with some members of its methodology replaced. */
export function span16Scanning(changes: Partial<Methodology>): MarginPolicy {
  if (span16.methodology.kind !== "scenarios") throw new TypeError("span16 is made of scenarios")
  return span16With({ methodology: { ...span16.methodology, ...changes } })
}
