/**
 * Everything the page knows, and how each stream event changes it. Pure: the hook beside it does the listening.
 */
import type { Overview } from "../routes/overview-schemas.js"
import { extendHistory, type HealthHistory } from "./health-history.js"
import type { StreamEvent } from "./overview-stream.js"
import { statusWords } from "./status-words.js"

export interface PageState {
  readonly connection: "connecting" | "live" | "reconnecting" | "unreadable"
  /** The last readable overview, kept while the stream is lost. */
  readonly overview: Overview | null
  /** Unix seconds on the reader's clock. */
  readonly receivedAt: number | null
  readonly history: HealthHistory
  /** The latest status changes in words, for screen readers. */
  readonly announcement: string
}

export const OPENING: PageState = {
  connection: "connecting",
  overview: null,
  receivedAt: null,
  history: new Map(),
  announcement: "",
}

/** Live means that figures arrived, not merely that a connection was opened. */
export function nextState(state: PageState, event: StreamEvent): PageState {
  switch (event.type) {
    case "lost":
      return { ...state, connection: "reconnecting" }
    case "unreadable":
      return { ...state, connection: "unreadable" }
    case "overview":
      return {
        connection: "live",
        overview: event.overview,
        receivedAt: event.receivedAt,
        history: extendHistory(state.history, event.overview),
        announcement: statusChanges(state.overview, event.overview) || state.announcement,
      }
  }
}

function statusChanges(before: Overview | null, after: Overview): string {
  const previous = new Map(before?.accounts.map(each => [each.account, each.status]))
  return after.accounts
    .filter(({ account, status }) => previous.has(account) && previous.get(account) !== status)
    .map(({ account, status }) => `${account} is now ${statusWords(status)}`)
    .join(". ")
}
