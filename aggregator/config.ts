/**
 * The configuration of a service: a JSON file checked field by field, and secrets from the environment.
 */
import { availableParallelism } from "node:os"
import { z } from "zod"
import { type ChainConfig, chainConfig } from "../chains/chain-config.js"
import { bytes32, evmAddress } from "../chains/evm/address.js"
import { address, splitAddress } from "./domain/caip.js"
import { base58Bytes32 } from "./domain/chain-bytes.js"
import { InvalidIdError, InvalidInputError } from "./domain/errors.js"
import { inputIssues } from "./domain/input-issues.js"
import { SHIPPED_POLICIES } from "./policies/shipped.js"

const caip10 = z.string().transform((text, context) => {
  try {
    return address(text)
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error
    context.addIssue({ code: "custom", message: error.message })
    return z.NEVER
  }
})

/** A holder as each kind of chain writes it; comes out in its one canonical spelling. */
const HOLDERS: Readonly<Record<ChainConfig["kind"], z.ZodType<string, string>>> = {
  evm: evmAddress,
  solana: z.string().refine(isKey, "must be a base58 public key of 32 bytes"),
}

function isKey(text: string): boolean {
  try {
    base58Bytes32(text)
    return true
  } catch {
    return false
  }
}

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

/** Prices from elsewhere than the chains themselves; they count as one more source each. */
const prices = z.strictObject({
  hermes: z
    .strictObject({
      /** Of a Hermes service, up to what stands before `/v2`. The environment's PYTH_API_KEY goes along when it is set. */
      url: z
        .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
        .default("https://pyth.dourolabs.app/hermes"),
      /** Price key → Pyth feed id; USD feeds only. */
      feeds: z.record(z.string().min(1), bytes32),
      timeoutMs: z.int().min(1).max(600_000).default(5_000),
    })
    .exactOptional(),
})

/** Where the data of the service lives unless `DATABASE_URL` names a PostgreSQL database, and for how long. */
const storage = z.strictObject({
  /** `null` keeps everything in memory: a restart begins anew. */
  folder: z.string().min(1).nullable().default(".plimsoll"),
  /** Snapshots are what an epoch can be re-computed from, and by far the largest part. */
  keepSnapshotsDays: z.number().positive().default(7),
  keepEpochsDays: z.number().positive().default(365),
})

/** How often one client may ask; `null` in its place limits nobody. */
const rateLimit = z.strictObject({
  requestsPerMinute: z.number().int().positive().default(1_200),
  writesPerMinute: z.number().int().positive().default(60),
  /** How many proxies stand before the service: so many last entries of X-Forwarded-For are believed. */
  trustedProxies: z.number().int().min(0).default(0),
})

/** How messages are sent to the targets of webhooks. */
const webhooks = z.strictObject({
  timeoutMs: z.int().min(1).max(60_000).default(10_000),
  /** Lets targets be on this machine or its network, and be plain HTTP. */
  allowPrivateTargets: z.boolean().default(false),
  /** Those that the owners of accounts open by signature; whoever has a wallet is one. */
  owners: z
    .strictObject({
      maxPerAccount: z.int().min(0).max(100).default(5),
      allowPrivateTargets: z.boolean().default(false),
    })
    .prefault({}),
})

/** What owners may add by signature: every address costs reads of its chain. */
const linking = z.strictObject({
  maxAccounts: z.number().int().min(0).default(10_000),
  maxAddresses: z.number().int().positive().default(32),
})

/** Beyond so many, copies of readings cost more memory than a beat gains time. */
const MOST_USUAL_THREADS = 4

export const configSchema = z
  .strictObject({
    chains: z.array(chainConfig).min(1),
    accounts: z.array(account).default([]),
    /** Name of a shipped policy, or the path of a policy document from the working directory. */
    policy: z
      .union([z.enum(SHIPPED_POLICIES), z.string().regex(/\.json$/)], {
        error: `must be the path of a .json file or one of ${SHIPPED_POLICIES.join(", ")}`,
      })
      .default("span16"),
    /** Path of a document of execution costs, for plans; absent: the table that ships. */
    costs: z
      .string()
      .regex(/\.json$/, "must be the path of a .json file")
      .optional(),
    refreshSeconds: z.number().positive().default(15),
    /** Threads that assess many thousand accounts beside the one that answers requests; 0 leaves everything to that one. */
    assessmentThreads: z.int().min(0).max(64).default(Math.min(availableParallelism(), MOST_USUAL_THREADS)),
    host: z.string().default("127.0.0.1"),
    port: z.number().int().min(0).max(65535).default(8787),
    attestation: attestation.optional(),
    storage: storage.prefault({}),
    prices: prices.prefault({}),
    /** Where wallets and callers reach the service; sign-in messages have to name it. Absent: the address it listens on. */
    publicUrl: z
      .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
      .transform(text => new URL(text).origin)
      .optional(),
    linking: linking.prefault({}),
    webhooks: webhooks.prefault({}),
    rateLimit: rateLimit.nullable().prefault({}),
  })
  .superRefine(({ chains, accounts, attestation }, context) => {
    const refuse: Refuse = (path, message) => context.addIssue({ code: "custom", path, message })
    refuseTwins(chains, refuse)
    refuseStrangers(accounts, chains, refuse)
    const home = attestation?.homeChain
    if (home !== undefined && !chains.some(each => each.kind === "evm" && each.chain === home)) {
      refuse(["attestation", "homeChain"], "must be one of the configured EVM chains")
    }
  })

type Refuse = (path: (string | number)[], message: string) => void

function refuseTwins(chains: readonly ChainConfig[], refuse: Refuse): void {
  chains.forEach(({ chain, wormholeChain }, i) => {
    const earlier = chains.slice(0, i)
    if (earlier.some(each => each.chain === chain)) {
      refuse(["chains", i, "chain"], `${chain} is configured twice`)
    } else if (earlier.some(each => each.wormholeChain === wormholeChain)) {
      // Leaves are told apart by this number: two chains with one would make every attestation impossible.
      refuse(["chains", i, "wormholeChain"], `${wormholeChain} is another chain's already`)
    }
  })
}

/** An address has to be one on a configured chain, and belongs to one account however it is spelled. */
function refuseStrangers(
  accounts: readonly z.output<typeof account>[],
  chains: readonly ChainConfig[],
  refuse: Refuse,
): void {
  const owners = new Map<string, string>()
  const ids = new Set<string>()
  accounts.forEach(({ id, addresses }, i) => {
    if (ids.has(id)) refuse(["accounts", i, "id"], `${id} is used twice`)
    ids.add(id)
    addresses.forEach((linked, j) => {
      const path = ["accounts", i, "addresses", j]
      const { chain, holder } = splitAddress(linked)
      const kind = chains.find(each => each.chain === chain)?.kind
      const spelled = kind && HOLDERS[kind].safeParse(holder)
      const key = `${chain}:${spelled?.data}`
      const owner = owners.get(key)
      if (!spelled) refuse(path, `no chain ${chain} is configured`)
      else if (spelled.error) refuse(path, spelled.error.issues.map(({ message }) => message).join("; "))
      else if (owner !== undefined) refuse(path, `already linked to ${owner}; an address belongs to one account`)
      else owners.set(key, id)
    })
  })
}

export type ConfigInput = z.input<typeof configSchema>
export type Config = z.output<typeof configSchema>

/** Keys that spend gas, addresses with passwords; never in the file, never in a log. */
export interface Secrets {
  readonly publisherKey?: string | undefined
  readonly relayerKey?: string | undefined
  /** `postgres://…`; absent: the data folder. */
  readonly databaseUrl?: string | undefined
  readonly solanaRelayerKey?: string | undefined
  /** For Hermes services that ask for one. */
  readonly pythApiKey?: string | undefined
  /** Lets its bearer make administrative calls; absent: nobody. */
  readonly adminToken?: string | undefined
}

/** @throws InvalidInputError naming every wrong field. */
export function parseConfig(document: unknown): Config {
  const parsed = configSchema.safeParse(document)
  if (parsed.success) return parsed.data
  throw new InvalidInputError(inputIssues(parsed.error.issues))
}
