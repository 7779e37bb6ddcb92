/**
 * Reads all chains in parallel, each at its own pin, into one snapshot. A chain that fails is in the snapshot as failed.
 */
import { type Address, type ChainId, splitAddress } from "../domain/caip.js"
import type { PriceRules } from "../domain/policy.js"
import type { ChainReader, Clock, PriceSource } from "../domain/ports.js"
import type { AddressReading, ChainReading } from "../domain/reading.js"
import type { Account, AccountSnapshot, ChainState, Snapshot, UnreadAddress } from "../domain/snapshot.js"
import { type AcceptedPrice, combinePrices } from "./combine-prices.js"

/** What each address was last seen to hold. */
export type Exposure = ReadonlyMap<Address, "assets" | "liabilities">

/** What earlier passes leave behind. */
export interface Memory {
  readonly lastAccepted: ReadonlyMap<string, AcceptedPrice>
  readonly exposure: Exposure
}

export const EMPTY_MEMORY: Memory = { lastAccepted: new Map(), exposure: new Map() }

export interface SnapshotRequest {
  readonly readers: readonly ChainReader[]
  readonly priceSources: readonly PriceSource[]
  readonly accounts: readonly Account[]
  readonly rules: PriceRules
  readonly memory: Memory
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A chain's clock may run ahead of ours by this much before its word about the time is cut. */
const CLOCK_SKEW_SECONDS = 60

/** Takes one snapshot of every account on every chain. Never rejects for a chain's sake. */
export async function takeSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const { readers, priceSources, accounts, rules, memory, clock, signal } = request
  const linked = accounts.flatMap(account => account.addresses)
  const addressesOn = (chain: ChainId) => linked.filter(each => splitAddress(each).chain === chain)
  const [readings, offChain] = await Promise.all([
    Promise.all(readers.map(reader => reader.read(addressesOn(reader.chain), signal))),
    Promise.all(priceSources.map(source => source.read(signal))),
  ])
  const valuationTime = valuationTimeOf(readings, clock)
  const onChain = readings.flatMap(reading => (reading.status === "ok" ? reading.prices : []))
  const observations = [...onChain, ...offChain.flat()]
  return {
    valuationTime,
    chains: readings.map(chainState),
    accounts: accountSnapshots(accounts, readings, memory),
    observations,
    lastPrices: [...memory.lastAccepted]
      .map(([symbol, { price, publishTime }]) => ({ symbol, price, publishTime }))
      .sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    prices: combinePrices(observations, { rules, valuationTime, lastAccepted: memory.lastAccepted }),
    quotes: readings.flatMap(reading => (reading.status === "ok" ? reading.quotes : [])),
  }
}

/** The memory for the next pass: what this snapshot newly showed, on top of what was known. */
export function remember(memory: Memory, snapshot: Pick<Snapshot, "prices" | "accounts">): Memory {
  const lastAccepted = new Map(memory.lastAccepted)
  for (const each of snapshot.prices) {
    if (each.status === "ok") lastAccepted.set(each.symbol, { price: each.price, publishTime: each.publishTime })
  }
  const exposure = new Map(memory.exposure)
  for (const account of snapshot.accounts) {
    const unread = new Set(account.unread.map(each => each.address))
    for (const each of account.addresses) {
      if (!unread.has(each)) exposure.set(each, exposureOf(account, splitAddress(each).chain))
    }
  }
  return { lastAccepted, exposure }
}

function exposureOf(account: AccountSnapshot, chain: ChainId): "assets" | "liabilities" {
  const owes = account.legs.some(leg => leg.chain === chain && leg.kind !== "collateral")
  return owes || account.faults.some(fault => fault.unknown !== "asset") ? "liabilities" : "assets"
}

function valuationTimeOf(readings: readonly ChainReading[], clock: Clock): number {
  const times = readings.flatMap(reading => (reading.status === "ok" ? [reading.pin.timestamp] : []))
  if (times.length === 0) return clock.now()
  return Math.min(Math.max(...times), clock.now() + CLOCK_SKEW_SECONDS)
}

function chainState(reading: ChainReading): ChainState {
  if (reading.status === "unavailable") return reading
  const { status, chain, pin, faults, dissents } = reading
  return { status, chain, pin, faults, ...(dissents && { dissents }) }
}

/** What was read of all addresses is looked up, not looked through: a hundred thousand accounts have as many. */
function accountSnapshots(
  accounts: readonly Account[],
  readings: readonly ChainReading[],
  memory: Memory,
): readonly AccountSnapshot[] {
  const read = new Map<Address, AddressReading>()
  for (const reading of readings) {
    if (reading.status === "ok") for (const each of reading.addresses) read.set(each.address, each)
  }
  return accounts.map(({ id, addresses }) => {
    const found = addresses.flatMap(each => read.get(each) ?? [])
    const unread = addresses
      .filter(each => !read.has(each))
      .map((each): UnreadAddress => ({ address: each, lastSeen: memory.exposure.get(each) ?? "never" }))
    return {
      id,
      addresses,
      legs: found.flatMap(each => each.legs),
      faults: found.flatMap(each => each.faults),
      unread,
      native: found.flatMap(each => each.native),
    }
  })
}
