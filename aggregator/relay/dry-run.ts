/**
 * What a relay would do now, chain by chain, and what it would cost: nothing is sent, nothing is written.
 */
import { aggregatorFeed } from "../../chains/relay/aggregator-feed.js"
import type { CourierPlan } from "../../chains/relay/courier.js"
import { memoryOutbox } from "../../chains/relay/outbox.js"
import type { RelayerKeys } from "../../chains/relay/routes.js"
import { PlimsollError } from "../domain/errors.js"
import type { RelayConfig } from "./relay-config.js"
import { relayOn, takeNewest } from "./run-relay.js"

export interface PlannedDelivery {
  readonly chain: string
  readonly name: string
  readonly action: "send" | "wait" | "none" | "unknown"
  readonly epoch: string | null
  /** Why it is sent: the trigger's name. */
  readonly trigger: string | null
  /** Why it is not. */
  readonly reason: string | null
  /** Gas, or compute units on Solana. */
  readonly gas: string | null
  /** The most that it can cost, in the chain's smallest unit and in its coin. */
  readonly fee: string | null
  readonly feeCoins: string | null
}

/** @throws RangeError for a missing key; ChainFault when the aggregator cannot be asked. */
export async function dryRun(
  config: RelayConfig,
  keys: RelayerKeys,
  signal: AbortSignal,
): Promise<readonly PlannedDelivery[]> {
  const { wormholeChain: emitterChain, address: emitter } = config.emitter
  const relay = relayOn(config, keys, { outbox: memoryOutbox() })
  await takeNewest(aggregatorFeed(config.aggregator, { emitterChain, emitter }), relay, signal)
  const plans = await relay.plan(signal)
  return plans.map(({ chain, plan }) => {
    const known = config.chains.find(each => each.chain === chain)
    return { chain, name: known?.name ?? chain, ...described(plan, known?.kind === "solana" ? 9 : 18) }
  })
}

function described(plan: CourierPlan | Error, decimals: number): Omit<PlannedDelivery, "chain" | "name"> {
  const nothing = { epoch: null, trigger: null, reason: null, gas: null, fee: null, feeCoins: null }
  if (plan instanceof Error) return { ...nothing, action: "unknown", reason: reasonOf(plan) }
  if (plan.action === "none") return { ...nothing, action: "none", reason: plan.reason }
  const { forecast } = plan
  return {
    action: plan.action,
    epoch: String(plan.message.epoch),
    trigger: plan.action === "send" ? plan.decision.trigger : null,
    reason: plan.action === "wait" ? plan.reason : null,
    gas: forecast ? String(forecast.gas) : null,
    fee: forecast ? String(forecast.fee) : null,
    feeCoins: forecast ? inCoins(forecast.fee, decimals) : null,
  }
}

const reasonOf = (error: Error): string =>
  error instanceof PlimsollError ? `${error.code}: ${error.message}` : error.message

/** Exact. */
function inCoins(amount: bigint, decimals: number): string {
  const digits = String(amount).padStart(decimals + 1, "0")
  const fraction = digits.slice(-decimals).replace(/0+$/, "")
  return digits.slice(0, -decimals) + (fraction && `.${fraction}`)
}
