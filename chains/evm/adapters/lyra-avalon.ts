/**
 * Lyra Avalon options: positions (NFTs) with their locked collateral, and the market's volatilities of every strike.
 * Avalon calculates in 18 decimals throughout, so its quote and base tokens have 18 decimals too.
 */
import type { Address as Holder } from "viem"
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { DECIMALS, ONE, type Ratio, ratio } from "../../../aggregator/domain/fixed.js"
import type { Leg } from "../../../aggregator/domain/leg.js"
import type { EvmPin } from "../../../aggregator/domain/pin.js"
import type { AddressReading, ChainFaultCode, LegFault, OptionQuote } from "../../../aggregator/domain/reading.js"
import type { AdapterReading, ReadSteps } from "../../adapter.js"
import { defineEvmAdapter, type EvmAsset, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { evmAddress } from "../address.js"
import type { Decoded } from "../decoded.js"
import { type Query, ReadRound } from "../read-round.js"
import {
  instrumentOf,
  type LegContext,
  type OpenStrike,
  openLegs,
  optionType,
  positionIdOf,
  settledLegs,
  VENUE,
} from "./lyra-avalon-legs.js"
import {
  type Board,
  boardDetails,
  liveBoards,
  ownerPositions,
  type Position,
  rateAndCarry,
  type Settlement,
  settlement,
} from "./lyra-avalon-queries.js"

const settings = z.strictObject({
  optionMarket: evmAddress,
  optionToken: evmAddress,
  greekCache: evmAddress,
  /** Tokens of this chain's assets. */
  quoteAsset: evmAddress,
  baseAsset: evmAddress,
  /** Price key of what the options are on, e.g. `ETH`. */
  underlying: z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,15}$/),
})

interface Market extends LegContext {
  readonly optionMarket: Holder
  readonly optionToken: Holder
  readonly greekCache: Holder
}

/** @throws InvalidInputError when a token is not among the chain's assets or has other than 18 decimals. */
export const lyraAvalon = defineEvmAdapter({
  name: VENUE,
  settings,
  counts: ({ optionToken }) => [optionToken],
  create: (given, facts) => {
    const quote = collateralAsset(facts, given.quoteAsset, "/quoteAsset")
    const base = collateralAsset(facts, given.baseAsset, "/baseAsset")
    const market: Market = { ...given, chain: facts.chain, quote, base }
    return { venue: VENUE, read: (holders, pin) => readMarket(market, holders, pin) }
  },
})

function collateralAsset({ assets, chain }: EvmChainFacts, token: Holder, pointer: string): EvmAsset {
  const asset = assets.find(({ address }) => address.toLowerCase() === token.toLowerCase())
  const refuse = (code: string, detail: string) => new InvalidInputError([{ pointer, code, detail }])
  if (!asset) throw refuse("UNKNOWN_ASSET", `${token} is not among the assets of ${chain}`)
  if (asset.decimals === DECIMALS) return asset
  throw refuse("UNSUPPORTED_DECIMALS", `${token} has ${asset.decimals} decimals; Lyra Avalon knows 18 only`)
}

/** A strike of a board that is not settled, with the volatility at which the market trades it. */
interface ListedStrike extends OpenStrike {
  readonly id: bigint
  readonly volatility: Ratio
}

function* readMarket(market: Market, holders: readonly Holder[], pin: EvmPin): ReadSteps<EvmCall, EvmCallResult> {
  const opening = new ReadRound()
  const boardList = opening.add(liveBoards(market.optionMarket))
  const interest = opening.add(rateAndCarry(market.greekCache))
  const ownedBy = holders.map(holder => opening.add(ownerPositions(market.optionToken, holder)))
  yield* opening.ask()
  const [boardIds, rate, books] = [boardList(), interest(), ownedBy.map(book => book())]

  const boards = yield* ask(valueOr(boardIds, []).map(id => boardDetails(market.optionMarket, id)))
  const strikes = boards.flatMap(board => (board.status === "ok" ? listedStrikes(board.value) : []))
  const [clear, ambiguous] = byUniqueness(strikes)
  const listed = new Map(strikes.map(strike => [strike.id, strike]))

  const strikeIds = new Set(books.flatMap(book => valueOr(book, [])).map(({ strikeId }) => strikeId))
  const unlisted = [...strikeIds].filter(id => !listed.has(id))
  const answers = yield* ask(unlisted.map(id => settlement(market.optionMarket, id)))
  const settlements = new Map(unlisted.map((id, index) => [id, answers[index]]))

  const timesListed = countBy(books.flatMap(book => valueOr(book, [])).map(({ positionId }) => positionId))
  const read = { market, now: pin.timestamp, listed, settlements, timesListed }
  return {
    addresses: holders.flatMap((holder, index) => addressReading(read, holder, books[index])),
    prices: [],
    quotes: rate.status === "ok" ? clear.flatMap(strike => quotesOf(market, strike, ratio(rate.value))) : [],
    faults: [...[boardIds, rate, ...boards].flatMap(faultsOf), ...ambiguous.map(unquoted)],
  } satisfies AdapterReading
}

/** One round of like queries. */
function* ask<Value>(
  queries: readonly Query<Value>[],
): Generator<readonly EvmCall[], readonly Decoded<Value>[], readonly EvmCallResult[]> {
  const round = new ReadRound()
  const answers = queries.map(query => round.add(query))
  yield* round.ask()
  return answers.map(answer => answer())
}

/** The volatility is cut off at 18 decimals, as the protocol multiplies. */
const listedStrikes = ({ expiry, iv, strikes }: Board): ListedStrike[] =>
  strikes.map(({ id, strikePrice, skew }) => ({ id, expiry, strikePrice, volatility: ratio((iv * skew) / ONE) }))

/** Nothing stops a market from listing one instrument twice, at two volatilities: then neither is its quote. */
function byUniqueness(strikes: readonly ListedStrike[]): readonly [unique: ListedStrike[], repeated: ListedStrike[]] {
  const series = ({ expiry, strikePrice }: ListedStrike) => `${expiry} ${strikePrice}`
  const listings = countBy(strikes.map(series))
  const isUnique = (strike: ListedStrike) => listings.get(series(strike)) === 1
  return [strikes.filter(isUnique), strikes.filter(strike => !isUnique(strike))]
}

const unquoted = ({ id }: ListedStrike) =>
  fault("UNSUPPORTED_POSITION", `strike ${id} is not quoted: another has its expiry and strike price`)

const quotesOf = ({ underlying }: Market, strike: ListedStrike, rate: Ratio): OptionQuote[] =>
  (["call", "put"] as const).map(right => ({
    instrument: instrumentOf(underlying, strike, right),
    venue: VENUE,
    volatility: strike.volatility,
    rate,
  }))

/** All that a holder's positions are judged by. */
interface MarketRead {
  readonly market: Market
  readonly now: number
  readonly listed: ReadonlyMap<bigint, ListedStrike>
  readonly settlements: ReadonlyMap<bigint, Decoded<Settlement> | undefined>
  readonly timesListed: ReadonlyMap<bigint, number>
}

/** A holder without positions and without faults is left out. */
function addressReading(
  read: MarketRead,
  holder: Holder,
  book: Decoded<readonly Position[]> | undefined,
): AddressReading[] {
  const address = addressOn(read.market.chain, holder)
  if (book?.status !== "ok") return [{ address, legs: [], faults: book ? faultsOf(book) : [], native: [] }]
  const outcomes = book.value.filter(isHeld).map(position => positionOutcome(read, position))
  if (outcomes.length === 0) return []
  return [
    {
      address,
      legs: outcomes.flatMap(outcome => ("legs" in outcome ? outcome.legs : [])),
      faults: outcomes.flatMap(outcome => ("fault" in outcome ? [outcome.fault] : [])),
      native: [],
    },
  ]
}

/** Closed, liquidated, settled and merged positions are gone; anything else has to be accounted for. */
const GONE: ReadonlySet<number> = new Set([2, 3, 4, 5])
const ACTIVE = 1
const isHeld = ({ state }: Position) => !GONE.has(state)

function positionOutcome(read: MarketRead, position: Position): { legs: readonly Leg[] } | { fault: LegFault } {
  const { market } = read
  const id = positionIdOf(market, position)
  const type = optionType(position)
  if (position.state !== ACTIVE || !type) {
    return { fault: fault("UNSUPPORTED_POSITION", `${id} has type ${position.optionType}, state ${position.state}`) }
  }
  if (read.timesListed.get(position.positionId) !== 1)
    return { fault: fault("DECODE", `${id} is listed more than once`) }
  const strike = read.listed.get(position.strikeId)
  if (strike) return { legs: openLegs(market, position, type, strike, read.now) }
  const settled = read.settlements.get(position.strikeId)
  if (settled?.status === "fault") return { fault: fault(settled.code, settled.detail) }
  if (settled && settled.value.priceAtExpiry > 0n) return { legs: settledLegs(market, position, type, settled.value) }
  return { fault: fault("DECODE", `strike ${position.strikeId} of ${id} is neither listed nor settled`) }
}

const fault = (code: ChainFaultCode, detail: string): LegFault => ({ code, venue: VENUE, unknown: "position", detail })

const faultsOf = (answer: Decoded<unknown>): LegFault[] =>
  answer.status === "fault" ? [fault(answer.code, answer.detail)] : []

const valueOr = <Value>(answer: Decoded<Value>, otherwise: Value): Value =>
  answer.status === "ok" ? answer.value : otherwise

function countBy<Key>(keys: readonly Key[]): ReadonlyMap<Key, number> {
  const counts = new Map<Key, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
