/**
 * Re-computes the last attestation in this browser, from everything that was published of it, and says what came out.
 */
import { useState } from "preact/hooks"
import { loadKernel } from "../../../wasm-core/kernel.js"
import { type Verdict, verifyEpoch } from "../../pipeline/verify-epoch.js"
import { type Commitments, publishedEpoch } from "../analysis/evidence.js"

type Progress =
  | { readonly status: "idle" }
  | { readonly status: "working" }
  | { readonly status: "failed"; readonly why: string }
  | { readonly status: "done"; readonly epoch: string; readonly verdict: Verdict }

export function Verification({ attestation }: { attestation: Commitments }) {
  const [progress, setProgress] = useState<Progress>({ status: "idle" })
  const verify = async () => {
    setProgress({ status: "working" })
    try {
      const verdict = await verifyEpoch(await publishedEpoch(attestation), wasm => loadKernel(wasm))
      setProgress({ status: "done", epoch: attestation.epoch, verdict })
    } catch (error) {
      setProgress({ status: "failed", why: error instanceof Error ? error.message : String(error) })
    }
  }
  return (
    <div class="verification" data-verification={progress.status}>
      <button type="button" class="button" disabled={progress.status === "working"} onClick={verify}>
        Verify epoch {attestation.epoch} in this browser
      </button>
      <p class="verdict" aria-live="polite">
        <Words progress={progress} />
      </p>
    </div>
  )
}

function Words({ progress }: { progress: Progress }) {
  if (progress.status === "working") return <>Re-computing …</>
  if (progress.status === "failed") return <span class="reason-text">Could not be verified: {progress.why}</span>
  if (progress.status === "idle") return null
  const { epoch, verdict } = progress
  if (verdict.status === "ok") {
    const { leaves, root } = verdict.attestation
    return (
      <>
        <strong class="verdict-ok">OK</strong> Epoch {epoch}: all {leaves.length} leaves re-computed bit for bit, root{" "}
        <code>{root.slice(0, 10)}…</code>. This proves the arithmetic, not the inputs.
      </>
    )
  }
  const { account, field, published, recomputed } = verdict.difference
  return (
    <span class="reason-text">
      Epoch {epoch} differs: {account && `account ${account}, `}
      {field} is {published}, re-computed {recomputed}
    </span>
  )
}
