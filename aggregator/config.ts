/**
 * The configuration of a service: a JSON file checked field by field, and secrets from the environment.
 */
import { z } from "zod"
import { chainConfig } from "../chains/chain-config.js"
import { address, splitAddress } from "./domain/caip.js"
import { InvalidIdError, InvalidInputError } from "./domain/errors.js"

const caip10 = z.string().transform((text, context) => {
  try {
    return address(text)
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error
    context.addIssue({ code: "custom", message: error.message })
    return z.NEVER
  }
})

const account = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and dashes"),
  addresses: z.array(caip10).min(1),
})

const attestation = z.strictObject({
  /** CAIP-2 of the chain that attestations are published on. */
  homeChain: z.string(),
  /** Wormholescan-shaped APIs, tried in turn. */
  guardianApis: z.array(z.url()).min(1),
  consistency: z.enum(["instant", "safe", "finalized"]).default("finalized"),
  epochSeconds: z.number().int().positive().default(60),
  validitySeconds: z.number().int().positive().default(600),
})

export const configSchema = z
  .strictObject({
    chains: z.array(chainConfig).min(1),
    accounts: z.array(account).default([]),
    policy: z.string().default("span16"),
    refreshSeconds: z.number().positive().default(15),
    host: z.string().default("127.0.0.1"),
    port: z.number().int().min(0).max(65535).default(8787),
    attestation: attestation.optional(),
  })
  .superRefine((config, context) => {
    const chains = config.chains.map(each => each.chain as string)
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message })
    config.chains.forEach((each, i) => {
      if (chains.indexOf(each.chain) !== i) refuse(["chains", i, "chain"], `${each.chain} is configured twice`)
    })
    const owners = new Map<string, string>()
    const ids = new Set<string>()
    config.accounts.forEach(({ id, addresses }, i) => {
      if (ids.has(id)) refuse(["accounts", i, "id"], `${id} is used twice`)
      ids.add(id)
      addresses.forEach((each, j) => {
        const owner = owners.get(each.toLowerCase())
        if (owner !== undefined)
          refuse(["accounts", i, "addresses", j], `already linked to ${owner}; an address belongs to one account`)
        if (!chains.includes(splitAddress(each).chain))
          refuse(["accounts", i, "addresses", j], `no chain ${splitAddress(each).chain} is configured`)
        owners.set(each.toLowerCase(), id)
      })
    })
    const home = config.attestation?.homeChain
    if (home !== undefined && !config.chains.some(each => each.kind === "evm" && each.chain === home)) {
      refuse(["attestation", "homeChain"], `must be one of the configured EVM chains`)
    }
  })

export type ConfigInput = z.input<typeof configSchema>
export type Config = z.output<typeof configSchema>

/** Keys that spend gas; never in the file, never in a log. */
export interface Secrets {
  readonly publisherKey?: string | undefined
  readonly relayerKey?: string | undefined
}

/** @throws InvalidInputError naming every wrong field. */
export function parseConfig(document: unknown): Config {
  const parsed = configSchema.safeParse(document)
  if (parsed.success) return parsed.data
  throw new InvalidInputError(
    parsed.error.issues.map(issue => ({
      pointer: `/${issue.path.map(String).join("/")}`,
      code: issue.code === "unrecognized_keys" ? "UNKNOWN_FIELD" : "INVALID_VALUE",
      detail: issue.message,
    })),
  )
}
