/**
 * From one assessment to the next: what every webhook has to be told, written down before anybody sends it.
 */
import { randomUUID } from "node:crypto"
import { formatDecimal } from "../domain/decimal.js"
import type { AccountHealth } from "../domain/health.js"
import type { Clock } from "../domain/ports.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { WatchedWebhook, WebhookEvent, WebhookStore } from "../store/webhooks.js"
import { type Alert, type AlertTerms, decideAlerts, isUntold, UNTOLD, type Watch } from "./decide-alerts.js"

/** Compares an assessment with what each webhook was told before it; resolves when its events are kept. */
export type Observe = (assessment: Assessment) => Promise<void>

export function watchHealth(store: WebhookStore, clock: Clock): Observe {
  /** As in the store, which one service uses at a time: read once a webhook, and again when it was changed. */
  const known = new Map<string, Known>()

  async function takeUp(webhooks: readonly WatchedWebhook[]): Promise<void> {
    const ids = new Set(webhooks.map(each => each.id))
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    const strange = webhooks.filter(({ id, revision }) => known.get(id)?.revision !== revision)
    if (strange.length === 0) return
    const watches = await store.watches(strange.map(each => each.id))
    for (const { id, revision } of strange) known.set(id, { revision, watches: new Map(watches.get(id)) })
  }

  return async ({ health }) => {
    const now = clock.now()
    const webhooks = await store.watched()
    await takeUp(webhooks)
    const watched = inAccounts(health)
    for (const webhook of webhooks) {
      const { id, terms } = webhook
      const held = known.get(id)
      if (!held) continue
      const { events, told } = news(terms, held.watches, watched(terms.accounts), now)
      if (told.size === 0) continue
      // Until it is known whether they were kept, only the store can say what was told.
      known.delete(id)
      if (!(await store.put(webhook, events, told, now))) continue
      known.set(id, held)
      for (const [account, watch] of told) {
        if (watch) held.watches.set(account, watch)
        else held.watches.delete(account)
      }
    }
  }
}

interface Known {
  readonly revision: number
  readonly watches: Map<string, Watch>
}

/** The health of the accounts that a webhook asks for, without a look at the others: most ask for a single one. */
function inAccounts(health: readonly AccountHealth[]) {
  let byId: ReadonlyMap<string, AccountHealth> | undefined
  return (accounts: AlertTerms["accounts"]): readonly AccountHealth[] => {
    if (accounts === null) return health
    byId ??= new Map(health.map(each => [each.id, each]))
    return [...new Set(accounts)].flatMap(id => byId?.get(id) ?? [])
  }
}

function news(terms: AlertTerms, watches: ReadonlyMap<string, Watch>, health: readonly AccountHealth[], now: number) {
  const events: WebhookEvent[] = []
  const told = new Map<string, Watch | null>()
  for (const account of health) {
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
