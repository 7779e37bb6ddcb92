/**
 * What an adapter for an EVM protocol reads: contract calls in, raw return data out.
 */
import type { Hex, Address as Holder } from "viem"
import type { z } from "zod"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { EvmPin } from "../../aggregator/domain/pin.js"
import type { AdapterDefinition, ReadingSource, ReadSteps } from "../adapter.js"

export interface EvmCall {
  readonly to: Holder
  readonly data: Hex
}

/** `empty` is a call to an address without code ("0x"): not deployed, which is not the same as reverted. */
export type EvmCallResult =
  | { readonly status: "ok"; readonly data: Hex }
  | { readonly status: "reverted"; readonly data: Hex }
  | { readonly status: "empty" }

/** An asset of this chain that counts as collateral or debt; `native` is the gas coin. */
export interface EvmAsset {
  readonly address: Holder | "native"
  readonly symbol: string
  readonly decimals: number
  /** SLIP-44 coin type of the native coin; 60 (ether) when absent. */
  readonly coinType?: number
}

/** What every adapter is told about its chain. */
export interface EvmChainFacts {
  readonly chain: ChainId
  readonly multicall3: Holder
  readonly assets: readonly EvmAsset[]
}

export interface EvmAdapter extends ReadingSource {
  /** @param holders checksummed addresses, each once. */
  read(holders: readonly Holder[], pin: EvmPin): ReadSteps<EvmCall, EvmCallResult>
}

export type EvmAdapterDefinition<Schema extends z.ZodType = z.ZodType> = AdapterDefinition<
  Schema,
  EvmChainFacts,
  EvmAdapter
>

/** Types a definition's settings from its schema. */
export const defineEvmAdapter = <Schema extends z.ZodType>(definition: EvmAdapterDefinition<Schema>) => definition
