/**
 * Webhooks while the service runs: every assessment is looked at, and whatever is due is sent.
 */
import { setTimeout as delay } from "node:timers/promises"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { MarginBook } from "../store/margin-book.js"
import type { Round } from "./courier.js"
import type { Observe } from "./watch-health.js"

export interface WebhookParts {
  readonly book: MarginBook
  readonly observe: Observe
  readonly round: Round
  reportFault(error: unknown): void
}

const ROUND_EVERY_MS = 1_000

/** Runs until the signal aborts; resolves when nothing of it is under way any more. */
export async function runWebhooks({ book, observe, round, reportFault }: WebhookParts, signal: AbortSignal) {
  let seen: Assessment | undefined
  let watching: Promise<void> | undefined
  const catchUp = async () => {
    while (book.latest && book.latest !== seen && !signal.aborted) {
      seen = book.latest
      // What this one would have told, the next one tells: it is compared with what was told, not with what was seen.
      await observe(seen).catch(reportFault)
    }
  }
  const unsubscribe = book.subscribe(() => {
    watching ??= catchUp().finally(() => {
      watching = undefined
    })
  })
  const rounds = new Set<Promise<void>>()
  while (!signal.aborted) {
    const begun: Promise<void> = round(signal)
      .catch(reportFault)
      .finally(() => rounds.delete(begun))
    rounds.add(begun)
    await delay(ROUND_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  unsubscribe()
  await Promise.all([watching, ...rounds])
}
