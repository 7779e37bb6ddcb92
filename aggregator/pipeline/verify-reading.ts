/**
 * Compares a snapshot with chains that were read again at its pins: whether it shows them as they were.
 */
import { type ChainId, splitAddress } from "../domain/caip.js"
import { canonicalJson } from "../domain/canonical.js"
import type { ChainReading } from "../domain/reading.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { type Difference, firstDifference } from "./verify-epoch.js"

type Read = Extract<ChainReading, { status: "ok" }>

/**
 * The first thing that a second reading of one chain shows otherwise than the snapshot; `null` when there is none.
 * Legs are compared in their order. Faults, native figures, prices and quotes name no chain in a snapshot of several:
 * each one that was read has to be in it.
 */
export function readingDifference(snapshot: Snapshot, reading: Read): Difference | null {
  const { chain } = reading
  const state = snapshot.chains.find(each => each.chain === chain)
  const { dissents: _, ...pinned } = { dissents: undefined, ...state }
  const again = { status: "ok", chain, pin: reading.pin, faults: reading.faults }
  const found = firstDifference(`chains/${chain}`, graded(pinned), graded(again))
  if (found) return found
  for (const account of snapshot.accounts) {
    const difference = accountDifference(account, chain, reading)
    if (difference) return { ...difference, account: account.id }
  }
  return (
    missing("observations", snapshot.observations, reading.prices) ?? missing("quotes", snapshot.quotes, reading.quotes)
  )
}

/** How far the word of the endpoints goes is a fact about them, not about the chain. */
function graded<State extends object>(state: State): State {
  return "pin" in state && typeof state.pin === "object"
    ? { ...state, pin: { ...state.pin, inputGrade: "any" } }
    : state
}

function accountDifference(account: AccountSnapshot, chain: ChainId, { addresses }: Read): Difference | null {
  const linked = account.addresses.filter(each => splitAddress(each).chain === chain)
  const read = linked.flatMap(each => addresses.filter(({ address }) => address === each))
  const legs = account.legs.filter(leg => leg.chain === chain)
  return (
    firstDifference(
      "legs",
      legs,
      read.flatMap(each => each.legs),
    ) ??
    missing(
      "faults",
      account.faults,
      read.flatMap(each => each.faults),
    ) ??
    missing(
      "native",
      account.native,
      read.flatMap(each => each.native),
    )
  )
}

function missing(field: string, published: readonly unknown[], read: readonly unknown[]): Difference | null {
  const known = new Set(published.map(canonicalJson))
  const absent = read.map(canonicalJson).find(each => !known.has(each))
  return absent === undefined ? null : { account: null, field, published: "nothing", recomputed: absent }
}
