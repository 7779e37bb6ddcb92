/**
 * Brings events to their targets: each target in a lane of its own, again after a failure at growing intervals, until
 * the last attempt. What a stop cuts off is still in the store and is sent again under the same id.
 */
import type { Clock } from "../domain/ports.js"
import type { DueEvent, WebhookStore, Whose } from "../store/webhooks.js"
import type { Send } from "./send.js"
import { signatureHeaders } from "./signature.js"

export interface CourierParts {
  readonly store: WebhookStore
  readonly clock: Clock
  /** How targets are reached; owners' may have narrower rules. */
  readonly send: Readonly<Record<Whose, Send>>
  report(event: CourierEvent): void
}

export interface CourierEvent {
  readonly kind: "refused" | "given up"
  readonly whose: Whose
  readonly webhook: string
  readonly event: string
  readonly reason: string
}

/** About eleven hours from the first to the last. */
export const MOST_ATTEMPTS = 10
const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 21_600
const MOST_OF_EACH = 20
/** Targets that are called at the same time. The operator's webhooks are fewer than that; the owners' wait for each other. */
const MOST_LANES = 128

/** Seconds until the next attempt after so many failures, ≥ 1; `null` when there is none. */
export const pauseAfter = (failures: number): number | null =>
  failures >= MOST_ATTEMPTS ? null : Math.min(FIRST_PAUSE_SECONDS * 3 ** (failures - 1), LONGEST_PAUSE_SECONDS)

/** Sends what is due to every target that is not busy. Resolves when the lanes begun by this call have ended. */
export type Round = (signal: AbortSignal) => Promise<void>

export function webhookCourier(parts: CourierParts): Round {
  const rounds = [lanes(parts, "operator"), lanes(parts, "owners")]
  return async signal => {
    await Promise.all(rounds.map(round => round(signal)))
  }
}

function lanes({ store, clock, send, report }: CourierParts, whose: Whose): Round {
  const busy = new Set<string>()
  let isAsking = false

  async function attempt(event: DueEvent, signal: AbortSignal): Promise<boolean> {
    const headers = signatureHeaders(event, clock.now())
    const outcome = await send[whose]({ url: event.url, body: event.body, headers }, signal)
    if (outcome.kind === "taken") {
      await store.delivered(event.id)
      return true
    }
    if (signal.aborted) return false
    const pause = pauseAfter(event.attempts + 1)
    await store.refused(event.id, outcome.reason, pause === null ? null : clock.now() + pause)
    const kind = pause === null ? "given up" : "refused"
    report({ kind, whose, webhook: event.webhook, event: event.id, reason: outcome.reason })
    return false
  }

  async function lane(webhook: string, events: readonly DueEvent[], signal: AbortSignal): Promise<void> {
    try {
      for (const event of events) {
        // Who takes one not will hardly take the next: it stays due, for the round after.
        if (signal.aborted || !(await attempt(event, signal))) return
      }
    } finally {
      busy.delete(webhook)
    }
  }

  /** The lanes to run now, busy from here on. One call at a time, so that what it finds is under way nowhere. */
  async function begin(): Promise<ReadonlyMap<string, readonly DueEvent[]>> {
    const begun = new Map<string, DueEvent[]>()
    const most = MOST_LANES - busy.size
    if (isAsking || most <= 0) return begun
    isAsking = true
    try {
      const due = await store.due(clock.now(), { whose, most, ofEach: MOST_OF_EACH, except: [...busy] })
      for (const event of due) begun.set(event.webhook, [...(begun.get(event.webhook) ?? []), event])
      for (const webhook of begun.keys()) busy.add(webhook)
      return begun
    } finally {
      isAsking = false
    }
  }

  return async signal => {
    await Promise.all([...(await begin())].map(([webhook, events]) => lane(webhook, events, signal)))
  }
}
