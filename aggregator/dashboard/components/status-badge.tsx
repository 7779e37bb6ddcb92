/**
 * An account's status: word, colour and rung on the ladder, so that no reader depends on one of them.
 */
import type { AccountStatus } from "../../domain/health.js"
import { LADDER_HEIGHT, rungOf, STATUS_MEANING, statusWords } from "../status-words.js"

export function StatusBadge({ status }: { status: AccountStatus }) {
  return (
    <span class="badge" data-status={status} title={STATUS_MEANING[status]}>
      <Ladder rung={rungOf(status)} />
      {statusWords(status)}
    </span>
  )
}

const STEPS = Array.from({ length: LADDER_HEIGHT }, (_, index) => index + 1)

/** Rising bars filled up to the rung; without figures a broken ring. */
function Ladder({ rung }: { rung: number | null }) {
  if (rung === null)
    return (
      <svg class="ladder" viewBox="0 0 12 12" aria-hidden="true">
        <circle class="ladder-unknown" cx="6" cy="6" r="4.5" />
      </svg>
    )
  return (
    <svg class="ladder" viewBox="0 0 19 12" aria-hidden="true">
      {STEPS.map(step => (
        <rect
          key={step}
          class={step <= rung ? "ladder-lit" : "ladder-unlit"}
          x={(step - 1) * 4}
          y={10 - step * 2}
          width="3"
          height={2 + step * 2}
          rx="0.6"
        />
      ))}
    </svg>
  )
}
