/**
 * Carries published attestations to every chain: each has a courier of its own, round after round and side by side, so
 * that one chain's trouble stops no other.
 */
import { setTimeout as delay } from "node:timers/promises"
import type { Attestation, Bytes32 } from "../../aggregator/domain/attestation.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { OutboundMessage, Outbox } from "../../aggregator/domain/outbox.js"
import type { Clock, Delivery, Receipt } from "../../aggregator/domain/ports.js"
import { type CourierEvent, type CourierPlan, openCourier, type Route } from "./courier.js"
import type { Lease } from "./lease.js"
import { signedCopies } from "./signed-copies.js"
import { failed, pending } from "./target.js"
import type { AccountState } from "./trigger.js"

export interface RelayOptions {
  /** Wormholescan-shaped APIs, asked in this order. */
  readonly guardianApis: readonly string[]
  readonly routes: readonly Route[]
  /** Chains that nothing can be delivered to: their rows say so. */
  readonly undeployed?: readonly ChainId[]
  readonly outbox: Outbox
  readonly clock: Clock
  /** Between two rounds. */
  readonly intervalMs: number
  /** Several instances: only the one that holds it sends. Absent: this is the only one. */
  readonly lease?: Lease
  /** What an epoch says of every account, where `dispatch` was not told. */
  accountsOf?(epoch: bigint): Promise<readonly AccountState[] | null>
  /** Told of a signed copy, once, before anything is sent. */
  onSigned?(epoch: bigint, vaa: Uint8Array): Promise<void>
  report?(event: RelayEvent): void
}

export type RelayEvent =
  | CourierEvent
  | { readonly kind: "standby"; readonly standby: boolean }
  /** The row of a chain that nothing can be delivered to. */
  | { readonly kind: "undeployed"; readonly epoch: bigint; readonly delivery: Delivery }
  /** What it follows cannot be read. */
  | { readonly kind: "trouble"; readonly chain: null; readonly error: unknown }

/** Where an attestation was published. */
export interface Origin {
  readonly emitterChain: number
  readonly emitter: Bytes32
}

export interface Relay {
  /** Writes a message to the outbox and starts on it; resolves once it is written. */
  accept(message: OutboundMessage, accounts: readonly AccountState[] | null): Promise<void>
  /** As `accept`, for an attestation that was just published. */
  dispatch(attestation: Attestation, origin: Origin, receipt: Receipt): Promise<void>
  deliveries(epoch: bigint): Promise<readonly Delivery[]>
  /** What the next round would do on each chain; an error is what stands in the way of knowing. */
  plan(signal: AbortSignal): Promise<readonly { readonly chain: ChainId; readonly plan: CourierPlan | Error }[]>
  /** One round on every chain; resolves when all are done. */
  round(): Promise<void>
  /** Rounds without end, until stopped. */
  run(): void
  /** Sends nothing more; what was not finished stays pending in the outbox. */
  stop(): Promise<void>
}

/** Epochs whose accounts are remembered: those on the chains and those on their way. */
const REMEMBERED = 32

export function openRelay(options: RelayOptions): Relay {
  const { routes, undeployed = [], outbox, clock, intervalMs, lease, report = () => undefined } = options
  const stopping = new AbortController()
  const remembered = new Map<bigint, readonly AccountState[]>()
  const copies = signedCopies(options.guardianApis, async (epoch, vaa) => options.onSigned?.(epoch, vaa))
  const accountsOf = async (epoch: bigint) => remembered.get(epoch) ?? (await options.accountsOf?.(epoch)) ?? null
  const couriers = routes.map(route => openCourier({ ...route, outbox, copies, clock, accountsOf, report }))
  const wakers = new Set<() => void>()
  let running: Promise<unknown> = Promise.resolve()
  let standby = false

  async function mayStart(): Promise<boolean> {
    const holds = lease === undefined || (await lease.hold())
    if (standby === holds) report({ kind: "standby", standby: !holds })
    standby = !holds
    return holds
  }

  const rounds = async (courier: (typeof couriers)[number]): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        if (await mayStart()) await courier.round(stopping.signal)
      } catch (error) {
        // The outbox or the lease: a relay that cannot write does not send, and tries again.
        report({ kind: "trouble", chain: courier.chain, error })
      }
      await pause()
    }
  }

  /** Until the next round is due, or there is news. */
  async function pause(): Promise<void> {
    const rest = new AbortController()
    const wake = () => rest.abort()
    wakers.add(wake)
    const signal = AbortSignal.any([rest.signal, stopping.signal])
    await delay(intervalMs, undefined, { signal }).catch(() => undefined)
    wakers.delete(wake)
  }

  const relay: Relay = {
    async accept(message, accounts) {
      const { epoch } = message
      const rows = routes.map(({ target }) => pending(target.chain, "waiting for the guardians' signatures"))
      const dead = undeployed.map(chain => failed(chain, "no receiver is configured"))
      if (accounts) remembered.set(epoch, accounts)
      for (const oldest of remembered.keys()) {
        if (remembered.size <= REMEMBERED) break
        remembered.delete(oldest)
      }
      await outbox.put(message, [...rows, ...dead])
      for (const delivery of rows) report({ kind: "delivery", epoch, delivery })
      for (const delivery of dead) report({ kind: "undeployed", epoch, delivery })
      for (const wake of wakers) wake()
    },
    dispatch: ({ epoch, root, timestamp, validity, leaves }, origin, { sequence }) =>
      relay.accept({ ...origin, sequence, epoch, root, expiresAt: timestamp + validity }, leaves),
    deliveries: epoch => outbox.deliveries(epoch),
    plan: signal =>
      Promise.all(
        couriers.map(async ({ chain, plan }) => ({ chain, plan: await plan(signal).catch((error: Error) => error) })),
      ),
    async round() {
      if (await mayStart()) await Promise.all(couriers.map(courier => courier.round(stopping.signal)))
    },
    run() {
      running = Promise.all(couriers.map(rounds))
    },
    async stop() {
      stopping.abort()
      await running
      await lease?.release()
    },
  }
  return relay
}
