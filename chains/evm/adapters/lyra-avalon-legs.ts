/**
 * What a Lyra Avalon position is worth to its holder, as legs: an option with its collateral while the strike is open,
 * and the exact payout as collateral once the market has settled the strike and only the transfer is missing.
 */
import type { ChainId } from "../../../aggregator/domain/caip.js"
import { ONE, price, quantity } from "../../../aggregator/domain/fixed.js"
import type { OptionInstrument, OptionRight } from "../../../aggregator/domain/instrument.js"
import type { CollateralLeg, Leg } from "../../../aggregator/domain/leg.js"
import type { EvmAsset } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import type { Position, Settlement } from "./lyra-avalon-queries.js"

export const VENUE = "lyra-avalon"

/** Where the legs belong. */
export interface LegContext {
  readonly chain: ChainId
  readonly underlying: string
  /** The ERC-721 contract of the positions. */
  readonly optionToken: string
  readonly quote: EvmAsset
  readonly base: EvmAsset
}

/** A strike that trades, or has expired and waits for its board's settlement. */
export interface OpenStrike {
  /** Unix seconds. */
  readonly expiry: number
  readonly strikePrice: bigint
}

interface OptionType {
  readonly right: OptionRight
  readonly side: "long" | "short"
  /** What secures it; nothing secures a long. */
  readonly securedBy: "quote" | "base" | null
}

/** The protocol's enumeration, in its order. */
const OPTION_TYPES: readonly OptionType[] = [
  { right: "call", side: "long", securedBy: null },
  { right: "put", side: "long", securedBy: null },
  { right: "call", side: "short", securedBy: "base" },
  { right: "call", side: "short", securedBy: "quote" },
  { right: "put", side: "short", securedBy: "quote" },
]

export const optionType = (position: Position): OptionType | undefined => OPTION_TYPES[position.optionType]

export const instrumentOf = (underlying: string, strike: OpenStrike, right: OptionRight): OptionInstrument => ({
  kind: "option",
  underlying,
  expiry: strike.expiry,
  strike: price(strike.strikePrice),
  right,
})

/** A position id that no other market or chain uses: the position is an NFT. */
export const positionIdOf = ({ chain, optionToken }: LegContext, { positionId }: Position): string =>
  `${chain}/erc721:${optionToken}/${positionId}`

/** The option and, for a short, its locked collateral. @param now Unix seconds of the pinned block. */
export function openLegs(
  context: LegContext,
  position: Position,
  type: OptionType,
  strike: OpenStrike,
  now: number,
): Leg[] {
  const option: Leg = {
    kind: "option",
    chain: context.chain,
    venue: VENUE,
    instrument: instrumentOf(context.underlying, strike, type.right),
    quantity: quantity(type.side === "long" ? position.amount : -position.amount),
    positionId: positionIdOf(context, position),
    state: now < strike.expiry ? "active" : "expired",
  }
  return [option, ...collateralOf(context, type, position.collateral)]
}

/** What the settlement will pay: the long's profit, or what the short's collateral has left after its loss. */
export function settledLegs(context: LegContext, position: Position, type: OptionType, settled: Settlement): Leg[] {
  if (type.side === "long") {
    const profit = times(intrinsic(type.right, settled), position.amount)
    return collateralOf(context, { securedBy: "quote" }, profit)
  }
  const lossPerUnit = type.securedBy === "base" ? settled.baseReturned : intrinsic(type.right, settled)
  return collateralOf(context, type, positive(position.collateral - times(lossPerUnit, position.amount)))
}

function collateralOf(
  context: LegContext,
  { securedBy }: Pick<OptionType, "securedBy">,
  amount: bigint,
): CollateralLeg[] {
  if (securedBy === null || amount === 0n) return []
  const { chain, [securedBy]: token } = context
  const asset = assetIdOf(chain, token)
  return [{ kind: "collateral", chain, venue: VENUE, asset, symbol: token.symbol, amount: quantity(amount) }]
}

const intrinsic = (right: OptionRight, { strikePrice, priceAtExpiry }: Settlement) =>
  positive(right === "call" ? priceAtExpiry - strikePrice : strikePrice - priceAtExpiry)

const positive = (value: bigint) => (value > 0n ? value : 0n)

/** Cut off as the protocol does: these are the very amounts that it will transfer. */
const times = (a: bigint, b: bigint) => (a * b) / ONE
