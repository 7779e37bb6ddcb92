/**
 * How a relay delivers to a chain, as it is written in a configuration: the receiver, the triggers, the limits.
 */
import { z } from "zod"
import { chainId } from "../../aggregator/domain/caip.js"
import { evmAddress } from "../evm/address.js"
import { solanaKey } from "../solana/key.js"
import { EVERY_EPOCH } from "./trigger.js"

/** A decimal amount of the chain's coin as its smallest unit, exact. */
const amount = (decimals: number) =>
  z
    .string()
    .regex(
      new RegExp(`^\\d{1,30}(\\.\\d{1,${decimals}})?$`),
      `must be a decimal amount with at most ${decimals} places`,
    )
    .transform(text => {
      const [whole = "", fraction = ""] = text.split(".")
      return BigInt(whole + fraction.padEnd(decimals, "0"))
    })

const bps = z.int().min(1).max(1_000_000).nullable()

export const triggerRules = z.strictObject({
  /** 0: every epoch is sent. */
  heartbeatSeconds: z.int().nonnegative().default(EVERY_EPOCH.heartbeatSeconds),
  /** Hundredths of a percent of an account's size; `null`: no trigger. */
  healthFallBps: bps.default(EVERY_EPOCH.healthFallBps),
  healthRiseBps: bps.default(EVERY_EPOCH.healthRiseBps),
  statusChange: z.boolean().default(EVERY_EPOCH.statusChange),
  /** Percent of each threshold that suffices when a transaction is due anyway. */
  earlyPercent: z.int().min(1).max(100).default(EVERY_EPOCH.earlyPercent),
})

const limits = (decimals: number) => ({
  /** What deliveries may cost in 24 hours, in the chain's coin. What does not fit is deferred. */
  dailyBudget: amount(decimals).nullable().default(null),
  /** Below this the paying key needs money, in the chain's coin. */
  balanceAlert: amount(decimals).nullable().default(null),
})

const shared = {
  name: z.string().min(1),
  /** Tried in this order. */
  rpc: z.array(z.url({ protocol: /^https?$/, error: "must be an http(s) URL" })).min(1),
  timeoutMs: z.int().min(1).max(600_000).default(10_000),
  triggers: triggerRules.exactOptional(),
}

const evmRoute = z.strictObject({
  kind: z.literal("evm"),
  chain: z
    .string()
    .regex(/^eip155:[1-9]\d{0,31}$/, "must be eip155:<chain id>")
    .transform(chainId),
  ...shared,
  ...limits(18),
  receiver: evmAddress,
  /** Percent of what the node suggests for gas. */
  gasPricePercent: z.int().min(1).max(1_000).default(120),
  /** Gwei for each unit of gas; above it a delivery is deferred. */
  mostGwei: amount(9).nullable().default(null),
  /** Seconds after which an unmined transaction is offered for more. */
  stuckSeconds: z.int().min(1).max(600).default(20),
  confirmSeconds: z.int().min(1).max(600).default(60),
})

const solanaRoute = z.strictObject({
  kind: z.literal("solana"),
  chain: z
    .string()
    .regex(/^solana:[1-9A-HJ-NP-Za-km-z]{32}$/, "must be solana:<first 32 characters of the genesis hash>")
    .transform(chainId),
  ...shared,
  ...limits(9),
  /** The core bridge whose guardian sets count. */
  core: solanaKey,
  receiver: solanaKey,
  /** Priority fee, millionths of a lamport for each compute unit. */
  microLamports: z.int().nonnegative().default(0),
})

export const routeConfig = z.discriminatedUnion("kind", [evmRoute, solanaRoute])
export type RouteConfig = z.output<typeof routeConfig>
