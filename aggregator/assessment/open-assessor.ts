/**
 * Assesses whole snapshots: few accounts at once in the service's own thread, many in threads of their own, so that requests are
 * answered meanwhile. The same code over the same data, thus the same bits.
 */
import { assessSnapshot } from "../pipeline/assess-snapshot.js"
import { looksAtOthers } from "../pipeline/run-risk-arrays.js"
import type { Assessor, AssessorParts } from "./assessor.js"
import { threadedAssessor } from "./threaded-assessor.js"

/** Fewer are done before a thread would have been told of them. */
const FEW_ACCOUNTS = 4_096

export function openAssessor(parts: AssessorParts, few = FEW_ACCOUNTS): Assessor {
  const { policy, kernel, threads } = parts
  const threaded = threads > 0 && !looksAtOthers(policy) ? threadedAssessor(parts) : undefined
  return {
    assess: async snapshot =>
      threaded && snapshot.accounts.length > few ? threaded.assess(snapshot) : assessSnapshot(snapshot, policy, kernel),
    close: async () => threaded?.close(),
  }
}
