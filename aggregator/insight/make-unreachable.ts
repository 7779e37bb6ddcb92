/**
 * A snapshot as if a chain could not be read: what the account would be told if it failed at the next pass.
 */
import { addressOn, type ChainId, splitAddress } from "../domain/caip.js"
import type { PriceRules } from "../domain/policy.js"
import type { PriceObservation } from "../domain/reading.js"
import type { AccountSnapshot, ChainState, MarketPrice, Snapshot, UnreadAddress } from "../domain/snapshot.js"
import { combinePrices } from "../pipeline/combine-prices.js"

/**
 * Makes chains unreachable: their legs are gone, their addresses unread, their price sources silent.
 * An account with debts or positions there is thereby blocked, one with assets only loses them: the pipeline's own rules.
 * Prices are combined anew, by `rules`, from what the other chains and sources observed.
 */
export function makeUnreachable(snapshot: Snapshot, chains: ReadonlySet<ChainId>, rules: PriceRules): Snapshot {
  const known = new Set(snapshot.chains.map(each => each.chain))
  const absent = [...chains].filter(chain => !known.has(chain))
  return {
    ...snapshot,
    chains: [
      ...snapshot.chains.map(each => (chains.has(each.chain) ? unreachable(each.chain) : each)),
      ...absent.map(unreachable),
    ],
    accounts: snapshot.accounts.map(account => unread(account, chains)),
    observations: snapshot.observations.filter(each => !toldBy(each, chains)),
    prices: withoutSources(snapshot, chains, rules),
  }
}

const unreachable = (chain: ChainId): ChainState => ({
  status: "unavailable",
  chain,
  code: "RPC_UNAVAILABLE",
  detail: "supposed to be unreachable",
})

function unread(account: AccountSnapshot, chains: ReadonlySet<ChainId>): AccountSnapshot {
  const lost = account.legs.filter(leg => chains.has(leg.chain))
  const owing = new Set(lost.filter(leg => leg.kind !== "collateral").map(leg => leg.chain))
  // A fault names no chain: a liability that was unknown before may well be on the one that is lost.
  const unknown = account.faults.some(fault => fault.unknown !== "asset")
  const placed = new Set(account.addresses.map(each => splitAddress(each).chain))
  // Legs without an address of their own (a supposed portfolio) block like those with one.
  const placeless = [...owing].filter(chain => !placed.has(chain)).map(chain => addressOn(chain, "portfolio"))
  const already = new Set(account.unread.map(each => each.address))
  const newly = [...account.addresses, ...placeless]
    .filter(each => chains.has(splitAddress(each).chain) && !already.has(each))
    .map((each): UnreadAddress => {
      const owes = unknown || owing.has(splitAddress(each).chain)
      return { address: each, lastSeen: owes ? "liabilities" : "assets" }
    })
  return {
    ...account,
    legs: account.legs.filter(leg => !chains.has(leg.chain)),
    unread: [...account.unread, ...newly],
  }
}

const toldBy = ({ source }: PriceObservation, chains: ReadonlySet<ChainId>): boolean =>
  chains.has(source.slice(source.indexOf("@") + 1) as ChainId)

/** What a chain told of a price is left out and the rest combined anew; a price that it told nothing of stays as it is. */
function withoutSources(snapshot: Snapshot, chains: ReadonlySet<ChainId>, rules: PriceRules): MarketPrice[] {
  const { observations, lastPrices, valuationTime, prices } = snapshot
  const isLost = (each: PriceObservation) => toldBy(each, chains)
  const touched = new Set(observations.filter(isLost).map(each => each.symbol))
  const lastAccepted = new Map(lastPrices.map(each => [each.symbol, each]))
  const left = observations.filter(each => touched.has(each.symbol) && !isLost(each))
  const combined = new Map(combinePrices(left, { rules, valuationTime, lastAccepted }).map(each => [each.symbol, each]))
  return prices.map(each => {
    if (!touched.has(each.symbol)) return each
    return combined.get(each.symbol) ?? { status: "unavailable", symbol: each.symbol, rejected: [] }
  })
}
