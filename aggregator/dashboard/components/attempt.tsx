/**
 * Something that may be refused, and the line that tells how it went.
 */
import { useState } from "preact/hooks"

interface Outcome {
  readonly ok: boolean
  readonly words: string
}

/** Does the work and tells `words` when it is done, what went wrong otherwise. */
export type Attempt = (words: string, work: () => Promise<void>) => Promise<void>

export function useAttempt(): { readonly attempt: Attempt; readonly outcome: Outcome | null } {
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const attempt: Attempt = async (words, work) => {
    setOutcome(null)
    try {
      await work()
      setOutcome({ ok: true, words })
    } catch (error) {
      setOutcome({ ok: false, words: error instanceof Error ? error.message : String(error) })
    }
  }
  return { attempt, outcome }
}

export function OutcomeLine({ outcome }: { readonly outcome: Outcome | null }) {
  return (
    <p class={outcome?.ok === false ? "reason-text" : "verdict"} aria-live="polite" data-outcome={outcome?.ok}>
      {outcome?.words}
    </p>
  )
}
