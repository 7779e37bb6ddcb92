/**
 * Copies a text whole, and says whether it did.
 */
import { useEffect, useState } from "preact/hooks"

const CONFIRMED_MS = 1_600

interface CopyButtonProps {
  readonly value: string
  /** What is copied, for the button's name. */
  readonly name: string
}

type Outcome = "idle" | "copied" | "refused"
const LABELS: Readonly<Record<Outcome, string>> = { idle: "copy", copied: "copied", refused: "refused" }

export function CopyButton({ value, name }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>("idle")
  useEffect(() => {
    if (outcome === "idle") return
    const timer = setTimeout(() => setOutcome("idle"), CONFIRMED_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  // Browsers offer the clipboard only over HTTPS and on the own machine.
  if (!navigator.clipboard) return null
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    )
  return (
    <button type="button" class="copy" data-outcome={outcome} onClick={copy} aria-label={`Copy ${name}`}>
      {LABELS[outcome]}
    </button>
  )
}
