/**
 * Whether what is on screen may be believed: a stream that is up but silent is as old as one that is down.
 */
import type { PageState } from "./page-state.js"

export interface Freshness {
  readonly connection: PageState["connection"]
  /** Seconds since the last update; `null` before the first. */
  readonly age: number | null
  /** False: figures are shown, marked as old. */
  readonly current: boolean
}

/** The service values every few seconds; this many without an update is not ordinary lateness. */
const OLD_AFTER_SECONDS = 30

export function freshnessOf({ connection, receivedAt }: PageState, now: number): Freshness {
  const age = receivedAt === null ? null : Math.max(0, now - receivedAt)
  return { connection, age, current: connection === "live" && age !== null && age <= OLD_AFTER_SECONDS }
}
