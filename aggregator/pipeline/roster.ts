/**
 * Who gets which leaf: every attested address in the order of the tree, with all that a leaf says of it but its figures.
 * From epoch to epoch hardly anybody comes or goes, so what an earlier roster derived is taken over.
 */
import type { AccountLeaf, AttestedChain, Bytes32 } from "../domain/attestation.js"
import { type Address, type ChainId, splitAddress } from "../domain/caip.js"
import { chainBytes32 } from "../domain/chain-bytes.js"
import { accountHash } from "../domain/leaf.js"
import { byHolder } from "../domain/merkle.js"
import type { Account } from "../domain/snapshot.js"

/** One address's place in the tree. */
export interface Seat extends Pick<AccountLeaf, "address" | "wormholeChain" | "holder" | "account"> {
  /** Place of its account in the snapshot. */
  readonly owner: number
}

export interface Roster {
  readonly chains: readonly AttestedChain[]
  readonly accounts: readonly Account[]
  /** Those of the chains that a seat is on. */
  readonly seated: ReadonlySet<ChainId>
  /** By (chain, holder). */
  readonly seats: readonly Seat[]
}

/**
 * @param chains addresses of other chains have no seat.
 * @param before is given back itself where nothing changed.
 */
export function rosterOf(
  accounts: readonly Account[],
  chains: readonly AttestedChain[],
  before: Roster | null,
): Roster {
  if (before && sameChains(before.chains, chains) && sameAccounts(before.accounts, accounts))
    return before.accounts === accounts ? before : { ...before, accounts }
  const wormholeChains = new Map(chains.map(each => [each.chain, each.wormholeChain]))
  const known = new Map(before?.seats.map(each => [each.address, each]))
  const hashes = new Map(before?.seats.map(each => [before.accounts[each.owner]?.id, each.account]))
  const seated = new Set<ChainId>()
  const seats = accounts.flatMap(({ id, addresses }, owner) => {
    let account: Bytes32 | undefined
    return addresses.flatMap((address): Seat[] => {
      const { chain, holder } = splitAddress(address)
      const wormholeChain = wormholeChains.get(chain)
      if (wormholeChain === undefined) return []
      seated.add(chain)
      account ??= hashes.get(id) ?? accountHash(id)
      return [
        { owner, address, wormholeChain, account, holder: known.get(address)?.holder ?? chainBytes32(chain, holder) },
      ]
    })
  })
  return { chains, accounts, seated, seats: seats.sort(byHolder) }
}

const sameChains = (a: readonly AttestedChain[], b: readonly AttestedChain[]): boolean =>
  a.length === b.length &&
  a.every((each, i) => each.chain === b[i]?.chain && each.wormholeChain === b[i]?.wormholeChain)

function sameAccounts(a: readonly Account[], b: readonly Account[]): boolean {
  if (a === b) return true
  return (
    a.length === b.length &&
    a.every((each, i) => each === b[i] || (each.id === b[i]?.id && sameAddresses(each.addresses, b[i].addresses)))
  )
}

const sameAddresses = (a: readonly Address[], b: readonly Address[]): boolean =>
  a === b || (a.length === b.length && a.every((each, i) => each === b[i]))
