/**
 * The shipped policy, and changed copies of its document.
 */
import type { MarginPolicy } from "../../aggregator/domain/policy.js"
import { loadPolicy } from "../../aggregator/policies/load.js"
import document from "../../aggregator/policies/span16.json" with { type: "json" }

export const span16Document = document
export const span16: MarginPolicy = loadPolicy(document).policy

/** The shipped policy with some members replaced. */
export const span16With = (changes: Partial<MarginPolicy>): MarginPolicy => ({ ...span16, ...changes })
