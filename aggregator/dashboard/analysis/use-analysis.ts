/**
 * The hooks of the analysis: evidence of the newest epoch, and the supposition that the address bar holds.
 */
import { useEffect, useMemo, useState } from "preact/hooks"
import { loadKernel } from "../../../wasm-core/kernel.js"
import { type AccountCase, caseOf } from "../../insight/account-case.js"
import { accountHash, parametersInHash } from "../route.js"
import { type Commitments, type Evidence, evidenceLoader } from "./evidence.js"
import { parametersOf, type Supposition, suppositionOf } from "./supposition.js"

const load = evidenceLoader(wasm => loadKernel(wasm))

export type Loading =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly evidence: Evidence }
  | { readonly status: "failed"; readonly why: string }

/** Evidence of the given epoch; while a newer one is fetched the older stays, and a failed fetch says why. */
export function useEvidence(commitments: Commitments | null): Loading {
  const [loading, setLoading] = useState<Loading>({ status: "loading" })
  const epoch = commitments?.epoch
  useEffect(() => {
    if (!commitments) return
    let current = true
    load(commitments).then(
      evidence => current && setLoading({ status: "ready", evidence }),
      (error: unknown) => {
        if (current) setLoading({ status: "failed", why: error instanceof Error ? error.message : String(error) })
      },
    )
    return () => {
      current = false
    }
  }, [epoch])
  return loading
}

/** The account as it was attested; `null` when that epoch did not know it. */
export function useCase(evidence: Evidence, account: string): AccountCase | null {
  return useMemo(() => {
    if (!evidence.snapshot.accounts.some(each => each.id === account)) return null
    return caseOf(evidence.snapshot, account, { policy: evidence.policy.policy, kernel: evidence.kernel })
  }, [evidence, account])
}

/** The value once it has stayed the same for a moment: what is costly to draw follows when a slider comes to rest. */
export function useSettled<Value>(value: Value, key: string, milliseconds = 120): Value {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), milliseconds)
    return () => clearTimeout(timer)
  }, [key])
  return settled
}

/** What is supposed, and a way to suppose something else; the address bar follows without adding to the history. */
export function useSupposition(account: string): [Supposition, (next: Supposition) => void] {
  const [supposed, setSupposed] = useState(() => suppositionOf(parametersInHash(location.hash)))
  useEffect(() => {
    const follow = () => setSupposed(suppositionOf(parametersInHash(location.hash)))
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [])
  const suppose = (next: Supposition) => {
    history.replaceState(null, "", accountHash(account, parametersOf(next)))
    setSupposed(next)
  }
  return [supposed, suppose]
}
