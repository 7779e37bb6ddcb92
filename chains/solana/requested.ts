/**
 * Which holders a pass reads, and for which linked address each was asked.
 * An address that names no holder of this chain gets a fault of its own. Base58 has one spelling, so none is there twice.
 */
import { PublicKey } from "@solana/web3.js"
import { type Address, type ChainId, splitAddress } from "../../aggregator/domain/caip.js"
import type { Requested } from "../evm/requested.js"

export interface Requests {
  /** Base58, each once. */
  readonly holders: readonly string[]
  /** One entry a distinct address, in the order given. */
  readonly requested: readonly Requested[]
}

export function requestsOn(chain: ChainId, addresses: readonly Address[]): Requests {
  const holders: string[] = []
  const requested = [...new Set(addresses)].map((address): Requested => {
    const { chain: named, holder } = splitAddress(address)
    if (named === chain && isKey(holder)) {
      holders.push(holder)
      return { address, canonical: address, faults: [] }
    }
    const detail = `is no address on ${chain}`
    return { address, canonical: undefined, faults: [{ code: "DECODE", venue: chain, unknown: "liability", detail }] }
  })
  return { holders, requested }
}

function isKey(text: string): boolean {
  try {
    return new PublicKey(text).toBase58() === text
  } catch {
    return false
  }
}
