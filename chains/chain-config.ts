/**
 * A chain as pure data: where to read it, how final a state has to be, which assets and protocols count.
 * Everything is checked here, adapter settings included, so that a wrong field is named at start and never at read.
 */
import { isDeepStrictEqual } from "node:util"
import { z } from "zod"
import { chainId } from "../aggregator/domain/caip.js"
import { evmAddress } from "./evm/address.js"
import { type AdapterEntry, evmAdapters, settingsOf, solanaAdapters } from "./registry.js"
import { solanaKey } from "./solana/key.js"

/** Multicall3 has the same address on nearly every chain (multicall3.com). */
const CANONICAL_MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"
const BASE58 = "[1-9A-HJ-NP-Za-km-z]"

const rpcUrl = z.url({ protocol: /^https?$/, error: "must be an http(s) URL" })

/** How a chain's nodes are asked, whatever the family. */
const endpoints = {
  /** Tried in this order; with a quorum, all are asked together. */
  rpc: z
    .array(rpcUrl)
    .min(1)
    .superRefine((urls, context) => {
      urls.forEach((url, index) => {
        if (urls.indexOf(url) === index) return
        context.addIssue({ code: "custom", path: [index], message: "is listed twice; an endpoint has one voice" })
      })
    }),
  /** How many endpoints have to agree on every answer. Absent: one endpoint's word is taken, the others stand by. */
  quorum: z.int().min(2).exactOptional(),
  /** For each request. */
  timeoutMs: z.int().min(1).max(600_000).default(5_000),
  /** To each endpoint. Absent: no limit of ours. */
  requestsPerSecond: z.number().positive().exactOptional(),
  /** Seconds that the state read may be behind the clock before an endpoint is passed over. Absent: any age, judged by the policy. */
  mostHeadAge: z.int().min(1).exactOptional(),
}

/** A majority, or two camps of equal size could both be a quorum; and no more voices than endpoints. */
function checkQuorum({ rpc, quorum }: { rpc: readonly string[]; quorum?: number }, context: z.RefinementCtx): void {
  if (quorum === undefined || (quorum <= rpc.length && 2 * quorum > rpc.length)) return
  const message = `must be more than half of the ${rpc.length} endpoints and not more than all`
  context.addIssue({ code: "custom", path: ["quorum"], message })
}

const wormholeChain = z.int().min(1).max(65_535)
const symbol = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/, "must be a price key such as ETH")
const decimals = z.int().min(0).max(36)

/** Adds an issue at each item that repeats an earlier one: what is listed twice would be counted twice. */
const unrepeated =
  <Item>(identity: (item: Item) => unknown, field: string) =>
  (items: readonly Item[], context: z.RefinementCtx) => {
    const seen: unknown[] = []
    items.forEach((item, index) => {
      const key = identity(item)
      if (seen.some(earlier => isDeepStrictEqual(earlier, key))) {
        context.addIssue({ code: "custom", path: [index, field], message: "is listed twice and would count twice" })
      }
      seen.push(key)
    })
  }

interface NamedSettings {
  readonly name: string
  readonly settings: z.ZodType
  counts?(settings: unknown): readonly string[]
}

/** `{adapter, …settings}` entries: the adapter has to be registered and its settings have to pass its own schema. */
function adapterEntries(definitions: readonly NamedSettings[]) {
  const definitionOf = (name: string) => definitions.find(definition => definition.name === name)
  const check = (entry: AdapterEntry) => definitionOf(entry.adapter)?.settings.safeParse(settingsOf(entry))
  return z
    .array(
      z
        .looseObject({ adapter: z.enum(definitions.map(definition => definition.name)) })
        .superRefine((entry, context) => {
          for (const { path, message } of check(entry)?.error?.issues ?? []) {
            context.addIssue({ code: "custom", path: [...path], message })
          }
        }),
    )
    .superRefine(unrepeated((entry: AdapterEntry) => [entry.adapter, check(entry)?.data], "adapter"))
    .superRefine((entries: readonly AdapterEntry[], context) => {
      const counted = new Set<string>()
      entries.forEach((entry, index) => {
        const settings = check(entry)
        const counts = settings?.success ? (definitionOf(entry.adapter)?.counts?.(settings.data) ?? []) : []
        for (const holding of counts) {
          if (counted.has(holding)) {
            const message = `${holding} is counted by an earlier entry and would count twice`
            context.addIssue({ code: "custom", path: [index, "adapter"], message })
          }
          counted.add(holding)
        }
      })
    })
}

export const evmChainConfig = z.strictObject({
  kind: z.literal("evm"),
  /** CAIP-2. */
  chain: z
    .string()
    .regex(/^eip155:[1-9]\d{0,31}$/, "must be eip155:<chain id>")
    .transform(chainId),
  name: z.string().min(1),
  wormholeChain,
  ...endpoints,
  finality: z.enum(["latest", "safe", "finalized"]),
  multicall3: evmAddress.default(CANONICAL_MULTICALL3),
  /**
   * What contracts see as their block. `header`: number and parent hash as in the header (Ethereum and most chains).
   * `timestamp`: only the time is the header's (Arbitrum, whose NUMBER opcode reports its parent chain).
   */
  blockContext: z.enum(["header", "timestamp"]).default("header"),
  assets: z
    .array(
      z.strictObject({
        address: z.union([z.literal("native"), evmAddress]),
        symbol,
        decimals,
        /** SLIP-44 coin type of the native coin; 60 when absent. */
        coinType: z.int().min(0).exactOptional(),
      }),
    )
    .superRefine(unrepeated(asset => asset.address, "address")),
  adapters: adapterEntries(evmAdapters),
  wormhole: z.strictObject({ core: evmAddress, receiver: evmAddress.exactOptional() }),
  /**
   * Has every contract call answered and signed by Wormhole's guardians; `rpc` only proposes blocks. Takes the place of
   * a quorum. Who the guardians are is the root of trust and therefore written out.
   */
  queries: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }),
      apiKey: z.string().min(1).exactOptional(),
      guardians: z.array(evmAddress).min(1).max(255),
    })
    .exactOptional(),
})

export const solanaChainConfig = z.strictObject({
  kind: z.literal("solana"),
  /** CAIP-2: the first 32 characters of the genesis hash. */
  chain: z
    .string()
    .regex(new RegExp(`^solana:${BASE58}{32}$`), "must be solana:<first 32 characters of the genesis hash>")
    .transform(chainId),
  name: z.string().min(1),
  wormholeChain: z.literal(1),
  ...endpoints,
  commitment: z.enum(["processed", "confirmed", "finalized"]),
  assets: z
    .array(
      z.strictObject({
        mint: z.union([
          z.literal("native"),
          z.string().regex(new RegExp(`^${BASE58}{32,44}$`), "must be a base58 mint address"),
        ]),
        symbol,
        decimals,
      }),
    )
    .superRefine(unrepeated(asset => asset.mint, "mint")),
  adapters: adapterEntries(solanaAdapters),
  /** The core bridge whose guardian sets count, and the receiver program; nothing is delivered without them. */
  wormhole: z.strictObject({ core: solanaKey, receiver: solanaKey }).exactOptional(),
})

export const chainConfig = z
  .discriminatedUnion("kind", [evmChainConfig, solanaChainConfig])
  .superRefine(checkQuorum)
  .superRefine((chain, context) => {
    if (chain.kind !== "evm" || !chain.queries || chain.quorum === undefined) return
    context.addIssue({
      code: "custom",
      path: ["queries"],
      message: "takes the place of a quorum; leave one of them out",
    })
  })

export type EvmChainConfig = z.output<typeof evmChainConfig>
export type SolanaChainConfig = z.output<typeof solanaChainConfig>
export type ChainConfig = z.output<typeof chainConfig>
/** A chain as it is written: fields with a default may be left out. */
export type ChainConfigInput = z.input<typeof chainConfig>
