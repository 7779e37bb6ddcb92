/**
 * Perp Curie (Perpetual Protocol v2): positions of traders as perpetuals, what they keep in the vault as collateral,
 * and the clearing house's own totals beside those recomputed.
 */
import type { Address as Holder } from "viem"
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import type { AddressReading, LegFault } from "../../../aggregator/domain/reading.js"
import type { AdapterReading, ReadSteps } from "../../adapter.js"
import { defineEvmAdapter, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { evmAddress } from "../address.js"
import { type Fault, ReadRound } from "../read-round.js"
import { type Listing, legsOf, nativeFigures, VENUE } from "./perp-curie-account.js"
import {
  addStanding,
  addTrader,
  MarketPrices,
  openVenue,
  type Standing,
  type Trader,
  type Venue,
} from "./perp-curie-queries.js"

const settings = z.strictObject({
  clearingHouse: evmAddress,
  /** Price key → base token, e.g. `ETH` → vETH. A position in a market that is not listed here fails closed. */
  markets: z
    .record(z.string().min(1), evmAddress)
    .refine(
      markets => new Set(Object.values(markets)).size === Object.keys(markets).length,
      "names one base token for two markets",
    ),
})

export const perpCurie = defineEvmAdapter({
  name: VENUE,
  settings,
  counts: ({ clearingHouse }) => [clearingHouse],
  create: ({ clearingHouse, markets }, facts) => {
    const listing = listingOf(facts, clearingHouse, markets)
    return { venue: VENUE, read: holders => readVenue(listing, clearingHouse, holders) }
  },
})

function listingOf(
  { chain, assets }: EvmChainFacts,
  clearingHouse: Holder,
  markets: Readonly<Record<string, Holder>>,
): Listing {
  const underlyings = new Map(Object.entries(markets).map(([symbol, baseToken]) => [baseToken as string, symbol]))
  return {
    chain,
    clearingHouse,
    underlyingOf: baseToken => underlyings.get(baseToken),
    assetOf: (token, decimals) => assets.find(asset => asset.address === token && asset.decimals === decimals),
  }
}

function* readVenue(
  listing: Listing,
  clearingHouse: Holder,
  holders: readonly Holder[],
): ReadSteps<EvmCall, EvmCallResult> {
  const opened = yield* openVenue(clearingHouse)
  // Without the venue nobody's positions are known: every holder fails closed.
  if (opened.status === "fault") return reading(holders.map(holder => unreadable(listing, holder, opened)))
  const venue = opened.value

  const standingRound = new ReadRound()
  const standings = holders.map(holder => ({ holder, answer: addStanding(standingRound, venue, holder) }))
  yield* standingRound.ask()

  const traderRound = new ReadRound()
  const prices = new MarketPrices(traderRound, venue)
  const traders = standings.flatMap(({ holder, answer }) => {
    const standing = answer()
    if (standing.status === "fault") return [{ holder, answer: () => standing }]
    if (isEmpty(standing.value)) return []
    return [{ holder, answer: addTrader(traderRound, venue, prices, holder, standing.value) }]
  })
  yield* traderRound.ask()

  return reading(
    traders.map(({ holder, answer }) => {
      const trader = answer()
      return trader.status === "fault"
        ? unreadable(listing, holder, trader)
        : readingOf(listing, venue, holder, trader.value)
    }),
  )
}

const isEmpty = ({ balance, owedRealizedPnl, baseTokens, collateralTokens }: Standing) =>
  balance === 0n && owedRealizedPnl === 0n && baseTokens.length + collateralTokens.length === 0

const readingOf = (listing: Listing, venue: Venue, holder: Holder, trader: Trader): AddressReading => ({
  address: addressOn(listing.chain, holder),
  ...legsOf(listing, venue, holder, trader),
  native: nativeFigures(venue, trader),
})

/** A holder of whom nothing is known. */
const unreadable = ({ chain }: Listing, holder: Holder, { code, detail }: Fault): AddressReading => {
  const fault: LegFault = { code, venue: VENUE, unknown: "position", detail }
  return { address: addressOn(chain, holder), legs: [], faults: [fault], native: [] }
}

const reading = (addresses: readonly AddressReading[]): AdapterReading => ({
  addresses,
  prices: [],
  quotes: [],
  faults: [],
})
