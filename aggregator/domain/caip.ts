/**
 * Chain-agnostic ids: CAIP-2 chains, CAIP-10 accounts, CAIP-19 assets.
 * EVM addresses are kept checksummed by the adapters, Solana references are case-sensitive base58.
 */
import { InvalidIdError } from "./errors.js"

declare const kind: unique symbol
type Id<Kind extends string> = string & { readonly [kind]: Kind }

/** CAIP-2, e.g. `eip155:8453` or `solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp`. */
export type ChainId = Id<"chain">
/** CAIP-10, e.g. `eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B`. */
export type Address = Id<"address">
/** CAIP-19, e.g. `eip155:1/erc20:0x…`, `eip155:1/slip44:60`, `solana:…/token:…`. */
export type AssetId = Id<"asset">

const CHAIN = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/
const ADDRESS = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:[-.%a-zA-Z0-9]{1,128}$/
const ASSET = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}\/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}$/

/** @throws InvalidIdError when the text is not a CAIP-2 chain id. */
export function chainId(text: string): ChainId {
  if (!CHAIN.test(text)) throw new InvalidIdError("CAIP-2 chain", text)
  return text as ChainId
}

/** @throws InvalidIdError when the text is not a CAIP-10 account address. */
export function address(text: string): Address {
  if (!ADDRESS.test(text)) throw new InvalidIdError("CAIP-10 address", text)
  return text as Address
}

/** @throws InvalidIdError when the text is not a CAIP-19 asset id. */
export function assetId(text: string): AssetId {
  if (!ASSET.test(text)) throw new InvalidIdError("CAIP-19 asset", text)
  return text as AssetId
}

export const addressOn = (chain: ChainId, holder: string): Address => address(`${chain}:${holder}`)

/** Splits a CAIP-10 address into its chain and what the chain itself calls the holder. */
export function splitAddress(id: Address): { chain: ChainId; holder: string } {
  const at = id.lastIndexOf(":")
  return { chain: id.slice(0, at) as ChainId, holder: id.slice(at + 1) }
}
