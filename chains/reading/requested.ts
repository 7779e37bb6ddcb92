/**
 * Which holders a pass reads, and for which linked address each was asked.
 * An address that names no holder of this chain, or one named twice, gets a fault of its own: nothing is counted twice.
 */
import { type Address, addressOn, type ChainId, splitAddress } from "../../aggregator/domain/caip.js"
import type { LegFault } from "../../aggregator/domain/reading.js"

export interface Requested {
  readonly address: Address
  /** As adapters write it. `undefined` when there is nothing to read. */
  readonly canonical: Address | undefined
  readonly faults: readonly LegFault[]
}

export interface Requests<Holder extends string> {
  /** In the chain's one spelling, each once. */
  readonly holders: readonly Holder[]
  /** One entry a distinct address, in the order given. */
  readonly requested: readonly Requested[]
}

/** @param holderIn the holder that a text names, in the chain's one spelling; `undefined` when it names none. */
export function requestsOn<Holder extends string>(
  chain: ChainId,
  addresses: readonly Address[],
  holderIn: (text: string) => Holder | undefined,
): Requests<Holder> {
  const holders = new Set<Holder>()
  const unread = (address: Address, detail: string): Requested => ({
    address,
    canonical: undefined,
    faults: [{ code: "DECODE", venue: chain, unknown: "liability", detail }],
  })
  const requested = [...new Set(addresses)].map((address): Requested => {
    const { chain: named, holder: text } = splitAddress(address)
    const holder = named === chain ? holderIn(text) : undefined
    if (holder === undefined) return unread(address, `is no address on ${chain}`)
    if (holders.has(holder)) return unread(address, `is ${holder} once more, in other letters`)
    holders.add(holder)
    return { address, canonical: addressOn(chain, holder), faults: [] }
  })
  return { holders: [...holders], requested }
}
