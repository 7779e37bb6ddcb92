/**
 * The page's shape before the first update: says what it waits for, claims no figure.
 */
import type { PageState } from "../page-state.js"

const WORDS: Readonly<Record<PageState["connection"], string>> = {
  connecting: "Connecting to the service…",
  live: "Waiting for the first update…",
  reconnecting: "The service cannot be reached. Trying again…",
  unreadable: "The service sent an update that this page cannot read. Reload the page.",
}
const ROWS = [1, 2, 3, 4]

export function Skeleton({ connection }: Pick<PageState, "connection">) {
  return (
    <section class="skeleton" aria-labelledby="waiting">
      <h2 id="waiting">{WORDS[connection]}</h2>
      {ROWS.map(row => (
        <div key={row} class="skeleton-row" aria-hidden="true" />
      ))}
    </section>
  )
}
