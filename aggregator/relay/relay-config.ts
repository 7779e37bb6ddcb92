/**
 * The configuration of a relay that runs by itself, beside any aggregator.
 */
import { z } from "zod"
import { bytes32, evmAddress } from "../../chains/evm/address.js"
import { emitterOf } from "../../chains/evm/core-bridge.js"
import { routeConfig, triggerRules } from "../../chains/relay/route-config.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http(s) URL" })

export const relayConfigSchema = z
  .strictObject({
    /** A plimsoll service; anybody's will do. */
    aggregator: httpUrl,
    /** Wormholescan-shaped, asked in this order. */
    guardianApis: z.array(httpUrl).min(1),
    /** Whose messages are carried: its Wormhole chain, its address there or that as 32 bytes. */
    emitter: z.strictObject({
      wormholeChain: z.int().min(1).max(65_535),
      address: z.union([evmAddress.transform(emitterOf), bytes32]),
    }),
    /** Journal and lease; relays that share it never send at the same time. */
    dataFolder: z.string().min(1).default("plimsoll-relay"),
    pollSeconds: z.number().positive().max(3_600).default(5),
    /** How long a relay that fell silent keeps the lease. */
    leaseSeconds: z.int().min(10).max(3_600).default(120),
    /** Of the metrics. */
    host: z.string().default("127.0.0.1"),
    port: z.int().min(0).max(65_535).default(9_464),
    /** Of every chain that has none of its own. */
    triggers: triggerRules.default(triggerRules.parse({})),
    chains: z.array(routeConfig).min(1),
  })
  .superRefine(({ chains, leaseSeconds }, context) => {
    chains.forEach((each, i) => {
      if (chains.slice(0, i).some(({ chain }) => chain === each.chain)) {
        context.addIssue({ code: "custom", path: ["chains", i, "chain"], message: `${each.chain} is listed twice` })
      }
      if (each.kind === "evm" && each.confirmSeconds >= leaseSeconds) {
        const message =
          "must be shorter than leaseSeconds, or another relay could take over in the middle of a delivery"
        context.addIssue({ code: "custom", path: ["chains", i, "confirmSeconds"], message })
      }
    })
  })

export type RelayConfig = z.output<typeof relayConfigSchema>
export type RelayConfigInput = z.input<typeof relayConfigSchema>

/** @throws InvalidInputError naming every wrong field. */
export function parseRelayConfig(document: unknown): RelayConfig {
  const parsed = relayConfigSchema.safeParse(document)
  if (parsed.success) return parsed.data
  throw new InvalidInputError(inputIssues(parsed.error.issues))
}
