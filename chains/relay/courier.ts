/**
 * Brings one chain to the newest attestation that it is due for. Each round begins with what the chain holds, never
 * with what was sent: a restart, a reorganised delivery and another relay that was faster all look the same.
 */
import type { ChainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { OutboundMessage, Outbox } from "../../aggregator/domain/outbox.js"
import type { Clock, Delivery } from "../../aggregator/domain/ports.js"
import { described } from "../chain-fault.js"
import { decodePayload } from "../wormhole/payload.js"
import { parseVaa } from "../wormhole/vaa.js"
import type { SignedCopies } from "./signed-copies.js"
import {
  type CostForecast,
  DeliveryFailedError,
  type DeliveryTarget,
  deliveredByOthers,
  failed,
  type HeldAttestation,
  pending,
  type SignedAttestation,
  superseded,
} from "./target.js"
import {
  type AccountState,
  type Comparable,
  decideTrigger,
  type TriggerDecision,
  type TriggerRules,
} from "./trigger.js"

export interface DeliveryLimits {
  /** What a chain may cost in 24 hours, in its smallest unit; `null`: no limit. */
  readonly dailyBudget: bigint | null
  /** Below this the paying key is running dry; `null`: never. */
  readonly balanceAlert: bigint | null
}

export const NO_LIMITS: DeliveryLimits = { dailyBudget: null, balanceAlert: null }

export interface Route {
  readonly target: DeliveryTarget
  readonly rules: TriggerRules
  readonly limits: DeliveryLimits
}

export interface CourierParts extends Route {
  readonly outbox: Outbox
  readonly copies: SignedCopies
  readonly clock: Clock
  /** What an epoch says of every account; `null` when it is not known (any more). */
  accountsOf(epoch: bigint): Promise<readonly AccountState[] | null>
  report(event: CourierEvent): void
}

export type CourierEvent =
  | { readonly kind: "held"; readonly chain: ChainId; readonly held: HeldAttestation }
  | { readonly kind: "delivery"; readonly epoch: bigint; readonly delivery: Delivery }
  | { readonly kind: "paid"; readonly chain: ChainId; readonly fee: bigint }
  | { readonly kind: "balance"; readonly chain: ChainId; readonly balance: bigint; readonly low: boolean }
  | { readonly kind: "trouble"; readonly chain: ChainId; readonly error: unknown }

/** What a round would do, and why. */
export type CourierPlan =
  | { readonly action: "none"; readonly reason: string }
  | {
      readonly action: "wait"
      readonly message: OutboundMessage
      readonly reason: string
      readonly forecast?: CostForecast
    }
  | {
      readonly action: "send"
      readonly message: OutboundMessage
      readonly attestation: SignedAttestation
      readonly decision: TriggerDecision & { readonly send: true }
      readonly forecast: CostForecast
      /** What it may cost; `null`: no limit. */
      readonly mostFee: bigint | null
    }

export interface Courier {
  readonly chain: ChainId
  /** Looks without sending or writing. @throws what stands in the way of looking. */
  plan(signal: AbortSignal): Promise<CourierPlan>
  /** One round, after those that are under way; never rejects but for the outbox's sake. */
  round(signal: AbortSignal): Promise<void>
}

const DAY_SECONDS = 86_400
const BALANCE_SECONDS = 60

export function openCourier(parts: CourierParts): Courier {
  const { target, rules, limits, outbox, copies, clock, report } = parts
  const { chain } = target
  /** A transaction of ours was sent and not seen on chain: the next one takes its place. */
  let stuck = false
  /** Unix seconds. */
  let balanceDue = 0
  let last: Promise<unknown> = Promise.resolve()

  const rowOf = async (epoch: bigint): Promise<Delivery | undefined> =>
    (await outbox.deliveries(epoch)).find(each => each.chain === chain)

  /** Writes a row that says something new, and keeps what was paid before. */
  async function record(epoch: bigint, next: Delivery): Promise<void> {
    const before = await rowOf(epoch)
    if (before === undefined) return
    const fee = next.fee ?? before.fee
    const delivery = { ...next, fee, transaction: next.transaction ?? before.transaction }
    if (before.status === delivery.status && before.reason === delivery.reason && before.fee === fee) return
    await outbox.record(epoch, delivery)
    report({ kind: "delivery", epoch, delivery })
  }

  /** What the chain holds settles every row up to it. */
  async function settle(held: HeldAttestation): Promise<void> {
    for (const message of await outbox.pending()) {
      const { epoch, root, expiresAt } = message
      if ((await rowOf(epoch))?.status !== "PENDING") continue
      if (epoch < held.epoch) await record(epoch, superseded(chain, `the chain holds epoch ${held.epoch}`))
      else if (epoch === held.epoch && root === held.root)
        await record(epoch, deliveredByOthers(chain, "the chain held it already"))
      else if (epoch === held.epoch) await record(epoch, failed(chain, `the chain holds another root: ${held.root}`))
      else if (expiresAt <= clock.now()) {
        const { reason } = (await rowOf(epoch)) ?? {}
        await record(epoch, failed(chain, `not delivered before it expired${reason ? `: ${reason}` : ""}`))
      }
    }
  }

  /** Messages that the chain could still take, newest first. */
  async function candidates(held: HeldAttestation): Promise<readonly OutboundMessage[]> {
    const [newest, waiting] = [await outbox.newest(), await outbox.pending()]
    const all = newest && waiting.every(({ epoch }) => epoch !== newest.epoch) ? [...waiting, newest] : waiting
    const open: OutboundMessage[] = []
    for (const message of all) {
      const { status } = (await rowOf(message.epoch)) ?? {}
      // Delivered and not held: its block is gone.
      const wanted = status === "PENDING" || status === "DELIVERED"
      if (wanted && message.epoch > held.epoch && message.expiresAt > clock.now()) open.push(message)
    }
    return open.sort((a, b) => (a.epoch > b.epoch ? -1 : 1))
  }

  async function planFor(held: HeldAttestation, signal: AbortSignal): Promise<CourierPlan> {
    const open = await candidates(held)
    const [newest] = open
    if (!newest)
      return { action: "none", reason: held.epoch === 0n ? "nothing is published" : "the chain is up to date" }
    let waiting = ""
    for (const message of open) {
      const copy = await copies.of(message, signal)
      if (copy.vaa) return planToSend(message, copy.vaa, held, signal)
      waiting ||= copy.reason
    }
    return { action: "wait", message: newest, reason: waiting }
  }

  async function planToSend(
    message: OutboundMessage,
    vaa: Uint8Array,
    held: HeldAttestation,
    signal: AbortSignal,
  ): Promise<CourierPlan> {
    const { epoch, root } = message
    const offered: Comparable = {
      epoch,
      timestamp: decodePayload(parseVaa(vaa).payload).timestamp,
      accounts: await parts.accountsOf(epoch),
    }
    const before = held.epoch === 0n ? null : { ...held, accounts: await parts.accountsOf(held.epoch) }
    const now = clock.now()
    const decision = decideTrigger({ now, held: before, offered, transactionDue: stuck, rules })
    if (!decision.send) {
      const until = decision.dueAt === null ? "" : `, due at ${new Date(decision.dueAt * 1_000).toISOString()}`
      return { action: "wait", message, reason: `held back: little has changed since epoch ${held.epoch}${until}` }
    }
    const attestation = { epoch, root, vaa }
    const forecast = await target.forecast(attestation, signal)
    const { dailyBudget } = limits
    const left = dailyBudget === null ? null : dailyBudget - (await outbox.spent(chain, now - DAY_SECONDS))
    if (left !== null && forecast.fee > left) {
      const reason = `deferred: it may cost ${forecast.fee}, and ${left} of the daily budget of ${dailyBudget} is left`
      return { action: "wait", message, reason, forecast }
    }
    return { action: "send", message, attestation, decision, forecast, mostFee: left }
  }

  async function send(plan: CourierPlan & { action: "send" }, signal: AbortSignal): Promise<void> {
    const { epoch } = plan.message
    const paidBefore = (await rowOf(epoch))?.fee ?? 0n
    try {
      const { transaction, gasUsed, fee } = await target.submit(plan.attestation, plan.mostFee, signal)
      stuck = false
      report({ kind: "paid", chain, fee })
      await record(epoch, {
        ...deliveredByOthers(chain, ""),
        transaction,
        gasUsed,
        fee: paidBefore + fee,
        reason: null,
      })
    } catch (error) {
      if (error instanceof DeliveryFailedError) {
        report({ kind: "paid", chain, fee: error.fee })
        await record(epoch, pending(chain, reasonOf(error), { ...error, fee: paidBefore + error.fee }))
      }
      stuck = codeOf(error) === "TRANSACTION_UNCONFIRMED"
      throw error
    }
  }

  async function checkBalance(signal: AbortSignal): Promise<void> {
    balanceDue = clock.now() + BALANCE_SECONDS
    const balance = await target.balance(signal)
    report({ kind: "balance", chain, balance, low: limits.balanceAlert !== null && balance < limits.balanceAlert })
  }

  async function work(signal: AbortSignal): Promise<void> {
    const held = await target.held(signal)
    report({ kind: "held", chain, held })
    await settle(held)
    // Also without a delivery: a key that has run dry sends none.
    if (clock.now() >= balanceDue) await checkBalance(signal)
    const plan = await planFor(held, signal)
    if (plan.action === "none") return
    if (plan.action === "wait") return record(plan.message.epoch, pending(chain, plan.reason))
    const row = await rowOf(plan.message.epoch)
    if (row?.status === "DELIVERED") await record(plan.message.epoch, pending(chain, "its block was reorganised away"))
    await send(plan, signal)
    await settle(await target.held(signal))
    await checkBalance(signal)
  }

  async function oneRound(signal: AbortSignal): Promise<void> {
    try {
      await work(signal)
    } catch (error) {
      if (signal.aborted) return
      report({ kind: "trouble", chain, error })
      // Kept with the newest message: it says why the chain is behind.
      const newest = (await outbox.pending()).at(-1)
      if (newest && (await rowOf(newest.epoch))?.status === "PENDING") {
        await record(newest.epoch, pending(chain, reasonOf(error)))
      }
    }
  }

  return {
    chain,
    plan: async signal => planFor(await target.held(signal), signal),
    round(signal) {
      // One after the other, so that no two look before either has sent.
      const round = last.then(() => oneRound(signal))
      last = round.catch(() => undefined)
      return round
    },
  }
}

const codeOf = (error: unknown): string | undefined => (error instanceof PlimsollError ? error.code : undefined)

function reasonOf(error: unknown): string {
  if (error instanceof PlimsollError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : described(error)
}
