/**
 * Name, one sentence, and whether the figures below are live.
 */
import { clockTime, displayAge } from "../display-time.js"
import type { Freshness } from "../freshness.js"

export function Masthead({ freshness }: { freshness: Freshness }) {
  return (
    <header class="masthead">
      <h1 class="wordmark">
        <PlimsollMark />
        plimsoll
      </h1>
      <p class="claim">One margin health for collateral and positions on every chain.</p>
      <Connection {...freshness} />
    </header>
  )
}

/** The disc and line painted on a ship's side: loaded to here, and no further. */
function PlimsollMark() {
  return (
    <svg class="plimsoll-mark" viewBox="0 0 32 22" aria-hidden="true">
      <circle cx="16" cy="11" r="8.5" />
      <path d="M1 11h30" />
    </svg>
  )
}

function Connection({ connection, age, current }: Freshness) {
  return (
    <p class="connection" data-connection={connection} data-current={current}>
      <span class="connection-light" aria-hidden="true" />
      <span>
        <strong>{connection === "connecting" ? "connecting…" : connection}</strong>
        {age !== null && (
          <span class="connection-age">
            {current ? ` · updated ${displayAge(age)} ago` : ` · last update ${displayAge(age)} ago`}
          </span>
        )}
      </span>
    </p>
  )
}

/** What to tell a reader who looks at figures that are no longer current. */
export function connectionWords({ connection }: Freshness, valuationTime: number): string {
  const cause = {
    connecting: "Waiting for the first update",
    live: "The service is connected but silent",
    reconnecting: "The connection to the service is lost, trying again",
    unreadable: "The service sent an update that this page cannot read; reload the page",
  }[connection]
  return `${cause}. The figures below are those of ${clockTime(valuationTime)} and may no longer hold.`
}
