/**
 * What an adapter for a Solana program reads: groups of accounts in, their raw data out.
 */
import type { z } from "zod"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { AdapterDefinition, ReadingSource, ReadSteps } from "../adapter.js"

/**
 * `accounts` are read together, in one state of the chain: at most 100 keys, and what belongs together goes in one read.
 * `tokenAccounts` are all token accounts that an owner has under one token program.
 * `programAccounts` are all accounts of a program that have this many bytes and these keys at these offsets (at most 3).
 * Keys are base58.
 */
export type SolanaRead =
  | { readonly kind: "accounts"; readonly keys: readonly string[] }
  | { readonly kind: "tokenAccounts"; readonly owner: string; readonly program: string }
  | {
      readonly kind: "programAccounts"
      readonly program: string
      readonly length: number
      readonly keys: readonly { readonly offset: number; readonly key: string }[]
    }

export interface SolanaAccount {
  readonly key: string
  /** The program that the account belongs to. */
  readonly owner: string
  /** Rounded down where JSON cannot say it exactly (above 2^53). */
  readonly lamports: bigint
  readonly data: Uint8Array
}

/** `null` is an account that does not exist; for `accounts` the order is that of the keys. */
export type SolanaReadResult =
  | { readonly status: "ok"; readonly accounts: readonly (SolanaAccount | null)[] }
  | SolanaRefusal

/** The node answers other reads but not this one. */
export interface SolanaRefusal {
  readonly status: "refused"
  readonly code: "RESPONSE_LIMIT" | "RPC_UNAVAILABLE"
  readonly detail: string
}

/** An asset of this chain that counts as collateral or debt; `native` is SOL, everything else a token's mint. */
export interface SolanaAsset {
  readonly mint: string
  readonly symbol: string
  readonly decimals: number
}

/** What every adapter is told about its chain. */
export interface SolanaChainFacts {
  readonly chain: ChainId
  readonly assets: readonly SolanaAsset[]
}

export interface SolanaAdapter extends ReadingSource {
  /** @param holders base58 addresses, each once. */
  read(holders: readonly string[]): ReadSteps<SolanaRead, SolanaReadResult>
}

export type SolanaAdapterDefinition<Schema extends z.ZodType = z.ZodType> = AdapterDefinition<
  Schema,
  SolanaChainFacts,
  SolanaAdapter
>

/** Types a definition's settings from its schema. */
export const defineSolanaAdapter = <Schema extends z.ZodType>(definition: SolanaAdapterDefinition<Schema>) => definition
