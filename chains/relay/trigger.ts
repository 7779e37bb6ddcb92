/**
 * When a chain is due for a newer attestation: a pure decision from what it holds, what is offered, and the clock.
 * What is not known counts as changed: the chain must never look healthier for want of a comparison.
 */
import type { AccountLeaf } from "../../aggregator/domain/attestation.js"

/** What triggers look at in an account; told apart by Wormhole chain and holder. */
export type AccountState = Pick<
  AccountLeaf,
  "wormholeChain" | "holder" | "equity" | "initialMargin" | "maintenanceMargin" | "status"
>

export interface TriggerRules {
  /** Seconds after which what the chain holds is renewed whatever it says; 0: every epoch is sent. */
  readonly heartbeatSeconds: number
  /** A fall of any account's health by this share of its size, in hundredths of a percent. `null`: no trigger. */
  readonly healthFallBps: number | null
  /** As `healthFallBps`, for a rise: less urgent, since a chain that holds too low a health only is too careful. */
  readonly healthRiseBps: number | null
  readonly statusChange: boolean
  /** Share of every threshold above, in percent, from which an attestation goes along with a transaction that is due anyway. */
  readonly earlyPercent: number
}

export const EVERY_EPOCH: TriggerRules = {
  heartbeatSeconds: 0,
  healthFallBps: null,
  healthRiseBps: null,
  statusChange: true,
  earlyPercent: 50,
}

/** An attestation as triggers see it. */
export interface Comparable {
  readonly epoch: bigint
  /** Unix seconds. */
  readonly timestamp: number
  /** `null`: not known. */
  readonly accounts: readonly AccountState[] | null
}

export interface TriggerQuestion {
  /** Unix seconds. */
  readonly now: number
  /** What the chain holds; `null` before its first attestation. */
  readonly held: Comparable | null
  readonly offered: Comparable
  /** A transaction to the same receiver is due anyway, such as one that replaces another that is stuck. */
  readonly transactionDue: boolean
  readonly rules: TriggerRules
}

export type Trigger = "FIRST" | "UNKNOWN_CHANGE" | "HEARTBEAT" | "STATUS_CHANGE" | "HEALTH_FALL" | "HEALTH_RISE"

export type TriggerDecision =
  /** `early`: it is not due by itself, and goes along. */
  | { readonly send: true; readonly trigger: Trigger; readonly early: boolean }
  | { readonly send: false; readonly reason: "NOT_NEWER" | "QUIET"; readonly dueAt: number | null }

const FULL = 100

/** The first trigger that fires, the most pressing first. */
export function decideTrigger(question: TriggerQuestion): TriggerDecision {
  const { held, offered, transactionDue, rules } = question
  if (held === null) return { send: true, trigger: "FIRST", early: false }
  if (offered.epoch <= held.epoch) return { send: false, reason: "NOT_NEWER", dueAt: null }
  const due = triggerAt(question, held, FULL)
  if (due) return { send: true, trigger: due, early: false }
  const early = transactionDue ? triggerAt(question, held, rules.earlyPercent) : null
  if (early) return { send: true, trigger: early, early: true }
  return { send: false, reason: "QUIET", dueAt: held.timestamp + rules.heartbeatSeconds }
}

/** @param percent of each threshold that suffices. */
function triggerAt({ now, offered, rules }: TriggerQuestion, held: Comparable, percent: number): Trigger | null {
  const waited = now - held.timestamp
  const comparing = rules.statusChange || rules.healthFallBps !== null || rules.healthRiseBps !== null
  const change = comparing ? changeBetween(held.accounts, offered.accounts) : NO_CHANGE
  if (change === null) return "UNKNOWN_CHANGE"
  if (rules.statusChange && change.status) return "STATUS_CHANGE"
  if (reaches(change.fall, rules.healthFallBps, percent)) return "HEALTH_FALL"
  if (waited * FULL >= rules.heartbeatSeconds * percent) return "HEARTBEAT"
  return reaches(change.rise, rules.healthRiseBps, percent) ? "HEALTH_RISE" : null
}

/** A share as a fraction, so that no rounding decides. */
interface Share {
  readonly amount: bigint
  /** > 0. */
  readonly of: bigint
}

interface Change {
  readonly status: boolean
  readonly fall: Share
  readonly rise: Share
}

const NOTHING: Share = { amount: 0n, of: 1n }
const NO_CHANGE: Change = { status: false, fall: NOTHING, rise: NOTHING }
const BPS = 10_000n

function reaches({ amount, of }: Share, bps: number | null, percent: number): boolean {
  return bps !== null && amount > 0n && amount * BPS * BigInt(FULL) >= BigInt(bps) * BigInt(percent) * of
}

const larger = (a: Share, b: Share): Share => (a.amount * b.of >= b.amount * a.of ? a : b)

/** The largest moves of any account; `null` when one side is not known. An account that came or went changed its status. */
function changeBetween(before: readonly AccountState[] | null, after: readonly AccountState[] | null): Change | null {
  if (before === null || after === null) return null
  const earlier = new Map(before.map(account => [keyOf(account), account]))
  let status = before.length !== after.length
  let [fall, rise] = [NOTHING, NOTHING]
  for (const account of after) {
    const was = earlier.get(keyOf(account))
    if (was === undefined || was.status !== account.status) status = true
    if (was === undefined) continue
    const move = healthOf(account) - healthOf(was)
    const share = { amount: move < 0n ? -move : move, of: sizeOf(was) }
    if (move < 0n) fall = larger(fall, share)
    else rise = larger(rise, share)
  }
  return { status, fall, rise }
}

const keyOf = ({ wormholeChain, holder }: AccountState): string => `${wormholeChain}/${holder}`
const healthOf = ({ equity, maintenanceMargin }: AccountState): bigint => equity - maintenanceMargin

/** What a move is measured against: the larger of equity and maintenance margin, at least one unit. */
function sizeOf({ equity, maintenanceMargin }: AccountState): bigint {
  const size = equity < 0n ? -equity : equity
  const larger = size > maintenanceMargin ? size : BigInt(maintenanceMargin)
  return larger > 0n ? larger : 1n
}
