/**
 * Uniswap v3 liquidity positions as collateral: each NFT counts as the two tokens that withdrawing it would pay now,
 * uncollected fees included. A price that was pushed away from its pool's own average makes none of them worth more.
 */
import type { Address as Holder } from "viem"
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { CollateralLeg } from "../../../aggregator/domain/leg.js"
import type { AddressReading, LegFault } from "../../../aggregator/domain/reading.js"
import type { ReadSteps } from "../../adapter.js"
import { defineEvmAdapter, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { evmAddress } from "../address.js"
import { assetIdOf } from "../asset-id.js"
import type { Decoded } from "../decoded.js"
import { type Pair, safePrincipal, uncollectedFees } from "./uniswap-v3-position.js"
import {
  type HeldPosition,
  MOST_POSITIONS,
  type PoolState,
  type Portfolio,
  readPools,
  readPortfolios,
} from "./uniswap-v3-queries.js"

const VENUE = "uniswap-v3"
/** Long enough that holding a price away costs real money, short enough that most pools remember it. */
const AVERAGE_SECONDS = 600
/** About 1 %: between prices so close a position is worth the same to some hundred thousandths. */
const MOST_TICKS = 100

const settings = z.strictObject({
  /** The NonfungiblePositionManager. */
  positionManager: evmAddress,
  /** Window of a pool's average price. A pool that keeps no history so long counts no principal. */
  averageSeconds: z.int().min(1).max(86_400).default(AVERAGE_SECONDS),
  /** How far the price may be from the average, in ticks of 0.01 %. */
  mostTicks: z.int().min(0).max(10_000).default(MOST_TICKS),
})
type Settings = z.output<typeof settings>

export const uniswapV3 = defineEvmAdapter({
  name: VENUE,
  assetsOnly: true,
  settings,
  counts: ({ positionManager }) => [positionManager],
  create: (given, facts) => ({ venue: VENUE, read: holders => readManager(given, facts, holders) }),
})

function* readManager(
  given: Settings,
  facts: EvmChainFacts,
  holders: readonly Holder[],
): ReadSteps<EvmCall, EvmCallResult> {
  const { factory, portfolios } = yield* readPortfolios(given.positionManager, holders)
  const open = [...portfolios.values()].flatMap(openPositions)
  const stateOf = factory.status === "ok" ? yield* readPools(factory.value, given.averageSeconds, open) : () => factory
  return {
    addresses: holders.flatMap(holder => readingOf(given, facts, holder, portfolios.get(holder), stateOf)),
    prices: [],
    quotes: [],
    faults: [],
  }
}

/** Withdrawn positions stay as NFTs that stand for nothing. */
const isOpen = ({ liquidity, tokensOwed }: HeldPosition) => liquidity > 0n || tokensOwed.some(owed => owed > 0n)

const openPositions = (portfolio: Decoded<Portfolio>): HeldPosition[] =>
  portfolio.status === "fault"
    ? []
    : portfolio.value.positions.flatMap(each => (each.status === "ok" && isOpen(each.value) ? [each.value] : []))

function readingOf(
  given: Settings,
  facts: EvmChainFacts,
  holder: Holder,
  portfolio: Decoded<Portfolio> | undefined,
  stateOf: (position: HeldPosition) => Decoded<PoolState>,
): AddressReading[] {
  if (!portfolio) return []
  const address = addressOn(facts.chain, holder)
  if (portfolio.status === "fault") return [{ address, legs: [], faults: [faultOf(portfolio)], native: [] }]
  const { count, positions } = portfolio.value
  const outcomes = positions.map(position => {
    if (position.status === "fault") return { legs: [], faults: [faultOf(position)] }
    return isOpen(position.value) ? outcomeOf(given, facts, position.value, stateOf(position.value)) : NOTHING
  })
  const legs = outcomes.flatMap(outcome => outcome.legs)
  const faults = outcomes.flatMap(outcome => outcome.faults)
  if (count > MOST_POSITIONS) faults.push(fault(`only ${MOST_POSITIONS} of ${count} positions are looked at`))
  return legs.length + faults.length === 0 ? [] : [{ address, legs, faults, native: [] }]
}

interface Outcome {
  readonly legs: readonly CollateralLeg[]
  readonly faults: readonly LegFault[]
}
const NOTHING: Outcome = { legs: [], faults: [] }

function outcomeOf(
  { mostTicks, averageSeconds }: Settings,
  facts: EvmChainFacts,
  position: HeldPosition,
  state: Decoded<PoolState>,
): Outcome {
  if (state.status === "fault") return { legs: [], faults: [faultOf(state)] }
  const { pool, ends, averageTick } = state.value
  const fees = uncollectedFees(pool, ends, position)
  if (averageTick.status === "fault") {
    const why = `position ${position.tokenId}: its pool keeps no price history of ${averageSeconds} s`
    return position.liquidity === 0n ? tokens(facts, position, fees) : withFault(tokens(facts, position, fees), why)
  }
  const [principal0, principal1] = safePrincipal(pool, averageTick.value, mostTicks, position)
  const counted = tokens(facts, position, [principal0 + fees[0], principal1 + fees[1]])
  const apart = Math.abs(pool.tick - averageTick.value)
  if (apart <= mostTicks || position.liquidity === 0n) return counted
  const why = `the price of its pool is ${apart} ticks from its average of ${averageSeconds} s: the lower amounts count`
  return withFault(counted, `position ${position.tokenId}: ${why}`)
}

const withFault = ({ legs, faults }: Outcome, detail: string): Outcome => ({ legs, faults: [...faults, fault(detail)] })

/** One leg a token; a token that the chain does not list counts nothing and hides not the other. */
function tokens({ chain, assets }: EvmChainFacts, { key, tokenId }: HeldPosition, [amount0, amount1]: Pair): Outcome {
  const legs: CollateralLeg[] = []
  const faults: LegFault[] = []
  for (const [token, raw] of [
    [key.token0, amount0],
    [key.token1, amount1],
  ] as const) {
    if (raw === 0n) continue
    const listed = assets.find(({ address }) => address === token)
    if (listed) {
      const amount = quantityFromRaw(raw, listed.decimals, "down")
      const asset = assetIdOf(chain, listed)
      if (amount > 0n) legs.push({ kind: "collateral", chain, venue: VENUE, asset, symbol: listed.symbol, amount })
    } else faults.push(fault(`${token} of position ${tokenId} is not among the assets of this chain`))
  }
  return { legs, faults }
}

const fault = (detail: string): LegFault => ({ code: "UNSUPPORTED_POSITION", venue: VENUE, unknown: "asset", detail })

const faultOf = ({ code, detail }: Pick<LegFault, "code" | "detail">): LegFault => ({
  code,
  venue: VENUE,
  unknown: "asset",
  detail,
})
