/**
 * From one assessment to the next: what every webhook has to be told, written down before anybody sends it.
 */
import { randomUUID } from "node:crypto"
import { formatDecimal } from "../domain/decimal.js"
import type { AccountHealth } from "../domain/health.js"
import type { Clock } from "../domain/ports.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { WebhookEvent, WebhookStore } from "../store/webhooks.js"
import { type Alert, type AlertTerms, decideAlerts, isUntold, UNTOLD, type Watch } from "./decide-alerts.js"

/** Compares an assessment with what each webhook was told before it; resolves when its events are kept. */
export type Observe = (assessment: Assessment) => Promise<void>

export function watchHealth(store: WebhookStore, clock: Clock): Observe {
  /** As in the store, which one service uses at a time: read once a webhook. */
  const known = new Map<string, Map<string, Watch>>()

  async function watchesOf(id: string): Promise<Map<string, Watch>> {
    const watches = known.get(id) ?? new Map(await store.watches(id))
    known.set(id, watches)
    return watches
  }

  return async ({ health }) => {
    const now = clock.now()
    const webhooks = await store.all()
    for (const id of known.keys()) if (!webhooks.some(each => each.id === id)) known.delete(id)
    for (const { id, terms } of webhooks) {
      const watches = await watchesOf(id)
      const { events, told } = news(terms, watches, health, now)
      if (told.size === 0) continue
      // Until it is known whether they were kept, only the store can say what was told.
      known.delete(id)
      if (!(await store.put(id, events, told, now))) continue
      known.set(id, watches)
      for (const [account, watch] of told) {
        if (watch) watches.set(account, watch)
        else watches.delete(account)
      }
    }
  }
}

function news(terms: AlertTerms, watches: ReadonlyMap<string, Watch>, health: readonly AccountHealth[], now: number) {
  const wanted = terms.accounts && new Set(terms.accounts)
  const events: WebhookEvent[] = []
  const told = new Map<string, Watch | null>()
  for (const account of health) {
    if (wanted && !wanted.has(account.id)) continue
    const before = watches.get(account.id) ?? UNTOLD
    const observed = { status: account.status, health: account.figures?.health ?? null }
    const { watch, alerts } = decideAlerts(terms, before, observed, now)
    if (alerts.length === 0) continue
    for (const alert of alerts) events.push(eventOf(alert.type, alertData(alert, account), now))
    told.set(account.id, isUntold(watch) ? null : watch)
  }
  return { events, told }
}

function alertData(alert: Alert, { id, status, figures, asOf }: AccountHealth) {
  return {
    account: id,
    status,
    health: figures && formatDecimal(figures.health),
    asOf,
    ...(alert.type === "account.status_changed"
      ? { previousStatus: alert.from }
      : { threshold: formatDecimal(alert.threshold) }),
  }
}

/** A message as receivers get it. @param now unix seconds. */
export const eventOf = (type: Alert["type"] | "webhook.test", data: unknown, now: number): WebhookEvent => ({
  id: `evt_${randomUUID()}`,
  body: JSON.stringify({ type, timestamp: new Date(now * 1000).toISOString(), data }),
})
