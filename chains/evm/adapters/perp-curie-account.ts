/**
 * What a trader of Perp Curie has, as legs, and the protocol's own totals recomputed from the same numbers.
 *
 *   account value = settlement balance + owed realised P&L + pending fee − pending funding
 *                 + Σ (position size × mark + open notional) + Σ other collateral × average price × its ratio
 */
import type { ChainId } from "../../../aggregator/domain/caip.js"
import {
  abs,
  DECIMALS,
  divide,
  maxOf,
  minOf,
  ONE,
  quantity,
  quantityFromRaw,
  usd,
} from "../../../aggregator/domain/fixed.js"
import type { Leg, NativeFigure } from "../../../aggregator/domain/leg.js"
import type { LegFault } from "../../../aggregator/domain/reading.js"
import type { EvmAsset } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import type { Deposit, Position, Trader, Venue } from "./perp-curie-queries.js"

export const VENUE = "perp-curie"

/** Where the legs belong. */
export interface Listing {
  readonly chain: ChainId
  readonly clearingHouse: string
  /** The chain's description of a token; none when the two disagree on its decimals. */
  assetOf(token: string, decimals: number): EvmAsset | undefined
  /** Price key of what a base token is a perpetual on; none when the configuration does not say. */
  underlyingOf(baseToken: string): string | undefined
}

export interface TraderLegs {
  readonly legs: readonly Leg[]
  readonly faults: readonly LegFault[]
}

const MILLION = 1_000_000n

/** The legs of one trader. @param holder as it is written in position ids. */
export function legsOf(listing: Listing, venue: Venue, holder: string, trader: Trader): TraderLegs {
  const faults: LegFault[] = []
  const legs: Leg[] = []
  // What is no longer at the market's mercy is cash: a closed market's payout, and what is left of a position of no size.
  let cash = cashOf(venue, trader)
  for (const position of trader.positions) {
    if (position.market.state === "closed" || (position.size === 0n && !position.hasOrders)) {
      cash += unsettledOf(position)
      continue
    }
    const why = unsupported(listing, position)
    if (why === undefined) legs.push(perpLeg(listing, holder, position))
    else faults.push({ code: "UNSUPPORTED_POSITION", venue: VENUE, unknown: "position", detail: why })
  }
  const held = [cashLeg(listing, venue, cash), ...trader.deposits.map(deposit => depositLeg(listing, deposit))]
  for (const leg of held) {
    if (leg === undefined) continue
    if ("kind" in leg) legs.push(leg)
    else faults.push(leg)
  }
  return { legs, faults }
}

/** Settlement token that the account has (+) or owes (−), at 18 decimals; the vault's are at most 18, so this is exact. */
function cashOf({ decimals }: Venue, { standing }: Trader): bigint {
  const balance = standing.balance * 10n ** BigInt(DECIMALS - decimals)
  return balance + standing.owedRealizedPnl + standing.pendingFee
}

/** Unrealised P&L at the venue's mark and funding; the protocol's positive funding is paid by the trader. */
const unsettledOf = ({ size, market, openNotional, pendingFunding }: Position): bigint =>
  divide(size * market.price, ONE, "down") + openNotional - pendingFunding

/** A maker's size changes with every trade and a paused market has no price: neither is a position of a fixed size. */
function unsupported({ underlyingOf }: Listing, { baseToken, hasOrders, market }: Position): string | undefined {
  if (hasOrders) return `liquidity in ${baseToken} changes its size with the price`
  if (market.state === "paused") return `the market of ${baseToken} is paused`
  return underlyingOf(baseToken) === undefined ? `${baseToken} is not among the configured markets` : undefined
}

function perpLeg({ chain, clearingHouse, underlyingOf }: Listing, holder: string, position: Position): Leg {
  const underlying = underlyingOf(position.baseToken) ?? position.baseToken
  return {
    kind: "perp",
    chain,
    venue: VENUE,
    instrument: { kind: "perpetual", underlying },
    quantity: quantity(position.size),
    unsettled: usd(unsettledOf(position)),
    positionId: `${chain}/perp:${clearingHouse}/${position.baseToken}/${holder}`,
  }
}

function cashLeg(listing: Listing, { settlementToken, decimals }: Venue, cash: bigint): Leg | LegFault | undefined {
  if (cash === 0n) return undefined
  const asset = listing.assetOf(settlementToken, decimals)
  if (!asset) return unlisted(settlementToken, decimals, cash < 0n ? "liability" : "asset")
  const leg = { chain: listing.chain, venue: VENUE, asset: assetIdOf(listing.chain, asset), symbol: asset.symbol }
  return cash < 0n
    ? { kind: "debt", ...leg, amount: quantity(-cash) }
    : { kind: "collateral", ...leg, amount: quantity(cash) }
}

function depositLeg(listing: Listing, { token, decimals, balance }: Deposit): Leg | LegFault | undefined {
  if (balance === 0n) return undefined
  const asset = listing.assetOf(token, decimals)
  if (balance < 0n || !asset) return unlisted(token, decimals, balance < 0n ? "liability" : "asset")
  const leg = { chain: listing.chain, venue: VENUE, asset: assetIdOf(listing.chain, asset), symbol: asset.symbol }
  return { kind: "collateral", ...leg, amount: quantityFromRaw(balance, decimals, "down") }
}

const unlisted = (token: string, decimals: number, unknown: LegFault["unknown"]): LegFault => ({
  code: "UNSUPPORTED_POSITION",
  venue: VENUE,
  unknown,
  detail: `${token} with ${decimals} decimals is not among the assets of this chain`,
})

/** The protocol's totals beside ours, each rounded as the protocol rounds it: equal to the last unit, or something was misread. */
export function nativeFigures(venue: Venue, trader: Trader): NativeFigure[] {
  const { totals } = trader
  const toSettlement = 10n ** BigInt(DECIMALS - venue.decimals)
  const recomputed = recomputedTotals(venue, trader)
  const figure = (name: string, native: bigint, ours: bigint): NativeFigure => ({
    venue: VENUE,
    name,
    native: usd(native),
    recomputed: usd(ours),
  })
  const cut = (value: bigint) => divide(value, toSettlement, "down") * toSettlement
  return [
    figure("accountValue", totals.accountValue * toSettlement, cut(recomputed.accountValue)),
    figure("freeCollateral", totals.freeCollateral * toSettlement, cut(recomputed.freeCollateral)),
    figure("marginRequirementForLiquidation", totals.marginRequirement, recomputed.marginRequirement),
  ]
}

/** At 18 decimals. */
function recomputedTotals(venue: Venue, trader: Trader) {
  const { positions, deposits } = trader
  const funding = sum(positions.map(({ pendingFunding }) => pendingFunding))
  const others = sum(deposits.map(deposit => (depositValue(deposit) * deposit.ratio) / MILLION))
  const collateralValue = cashOf(venue, trader) - funding + others
  const unrealizedPnl = sum(positions.map(position => positionValue(position) + position.openNotional))
  const accountValue = collateralValue + unrealizedPnl
  const baseDebt = sum(positions.map(({ base, market }) => (base < 0n ? (base * market.price) / ONE : 0n)))
  const quoteDebt = minOf(sum(positions.map(({ quote }) => quote)), 0n)
  const initialRequirement = (abs(baseDebt + quoteDebt) * venue.imRatio) / MILLION
  const exposure = sum(positions.map(position => abs(positionValue(position))))
  return {
    accountValue,
    freeCollateral: maxOf(minOf(collateralValue, accountValue) - initialRequirement, 0n),
    marginRequirement: (exposure * venue.mmRatio) / MILLION,
  }
}

/** Cut off towards zero, as the protocol does. */
const positionValue = ({ size, market }: Position) => (size * market.price) / ONE

/** At 18 decimals, before the ratio; where the protocol cuts off depends on the token's decimals. */
function depositValue({ balance, decimals, price, priceDecimals }: Deposit): bigint {
  const unit = 10n ** BigInt(priceDecimals)
  if (decimals > DECIMALS) return (balance * price) / unit / 10n ** BigInt(decimals - DECIMALS)
  return (balance * 10n ** BigInt(DECIMALS - decimals) * price) / unit
}

const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
