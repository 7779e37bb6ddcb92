/**
 * Brings events to their targets: each target in a lane of its own, again after a failure at growing intervals, until
 * the last attempt. What a stop cuts off is still in the store and is sent again under the same id.
 */
import type { Clock } from "../domain/ports.js"
import type { DueEvent, WebhookStore } from "../store/webhooks.js"
import type { Send } from "./send.js"
import { signatureHeaders } from "./signature.js"

export interface CourierParts {
  readonly store: WebhookStore
  readonly clock: Clock
  readonly send: Send
  report(event: CourierEvent): void
}

export interface CourierEvent {
  readonly kind: "refused" | "given up"
  readonly webhook: string
  readonly event: string
  readonly reason: string
}

/** About eleven hours from the first to the last. */
export const MOST_ATTEMPTS = 10
const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 21_600
const MOST_OF_EACH = 20

/** Seconds until the next attempt after so many failures, ≥ 1; `null` when there is none. */
export const pauseAfter = (failures: number): number | null =>
  failures >= MOST_ATTEMPTS ? null : Math.min(FIRST_PAUSE_SECONDS * 3 ** (failures - 1), LONGEST_PAUSE_SECONDS)

/** Sends what is due to every target that is not busy. Resolves when the lanes begun by this call have ended. */
export type Round = (signal: AbortSignal) => Promise<void>

export function webhookCourier({ store, clock, send, report }: CourierParts): Round {
  const busy = new Set<string>()

  async function attempt(event: DueEvent, signal: AbortSignal): Promise<boolean> {
    const headers = signatureHeaders(event, clock.now())
    const outcome = await send({ url: event.url, body: event.body, headers }, signal)
    if (outcome.kind === "taken") {
      await store.delivered(event.id)
      return true
    }
    if (signal.aborted) return false
    const pause = pauseAfter(event.attempts + 1)
    await store.refused(event.id, outcome.reason, pause === null ? null : clock.now() + pause)
    const kind = pause === null ? "given up" : "refused"
    report({ kind, webhook: event.webhook, event: event.id, reason: outcome.reason })
    return false
  }

  async function lane(webhook: string, events: readonly DueEvent[], signal: AbortSignal): Promise<void> {
    busy.add(webhook)
    try {
      for (const event of events) {
        // Who takes one not will hardly take the next: it stays due, for the round after.
        if (signal.aborted || !(await attempt(event, signal))) return
      }
    } finally {
      busy.delete(webhook)
    }
  }

  return async signal => {
    const lanes = new Map<string, DueEvent[]>()
    for (const event of await store.due(clock.now(), MOST_OF_EACH)) {
      if (!busy.has(event.webhook)) lanes.set(event.webhook, [...(lanes.get(event.webhook) ?? []), event])
    }
    await Promise.all([...lanes].map(([webhook, events]) => lane(webhook, events, signal)))
  }
}
