/**
 * What is asked of Perp Curie's contracts, round by round, and what comes out of it in the protocol's own terms.
 */
import { type Address as Holder, parseAbi } from "viem"
import { DECIMALS } from "../../../aggregator/domain/fixed.js"
import type { EvmCall, EvmCallResult } from "../adapter.js"
import type { Decoded } from "../decoded.js"
import { type Answer, checked, gather, ReadRound } from "../read-round.js"
import { viewsOf } from "../views.js"

const ask = viewsOf(
  parseAbi([
    "function getVault() view returns (address)",
    "function getExchange() view returns (address)",
    "function getOrderBook() view returns (address)",
    "function getAccountBalance() view returns (address)",
    "function getClearingHouseConfig() view returns (address)",
    "function getSettlementToken() view returns (address)",
    "function getCollateralManager() view returns (address)",
    "function decimals() view returns (uint8)",
    "function getImRatio() view returns (uint24)",
    "function getMmRatio() view returns (uint24)",
    "function getBaseTokens(address trader) view returns (address[])",
    "function getCollateralTokens(address trader) view returns (address[])",
    "function getBalance(address trader) view returns (int256)",
    "function getBalanceByToken(address trader, address token) view returns (int256)",
    "function getPnlAndPendingFee(address trader) view returns (int256 owedRealizedPnl, int256 unrealizedPnl, uint256 pendingFee)",
    "function getTotalPositionSize(address trader, address baseToken) view returns (int256)",
    "function getTotalOpenNotional(address trader, address baseToken) view returns (int256)",
    "function getBase(address trader, address baseToken) view returns (int256)",
    "function getQuote(address trader, address baseToken) view returns (int256)",
    "function getPendingFundingPayment(address trader, address baseToken) view returns (int256)",
    "function getOpenOrderIds(address trader, address baseToken) view returns (bytes32[])",
    "function isOpen() view returns (bool)",
    "function isClosed() view returns (bool)",
    "function getMarkPrice(address baseToken) view returns (uint256)",
    "function getClosedPrice() view returns (uint256)",
    "function getPausedIndexPrice() view returns (uint256)",
    "function getPrice(address token, uint256 interval) view returns (uint256)",
    "function getPriceFeedDecimals(address token) view returns (uint8)",
    "struct CollateralConfig { address priceFeed; uint24 collateralRatio; uint24 discountRatio; uint256 depositCap; }",
    "function getCollateralConfig(address token) view returns (CollateralConfig)",
    "function getAccountValue(address trader) view returns (int256)",
    "function getFreeCollateral(address trader) view returns (uint256)",
    "function getMarginRequirementForLiquidation(address trader) view returns (int256)",
  ]),
)

type Steps<Value> = Generator<readonly EvmCall[], Value, readonly EvmCallResult[]>

/** The contracts behind a clearing house, and the terms that hold for everybody. Ratios are in millionths. */
export interface Venue {
  readonly vault: Holder
  readonly exchange: Holder
  readonly orderBook: Holder
  readonly accountBalance: Holder
  readonly collateralManager: Holder
  readonly settlementToken: Holder
  /** Of the settlement token, in which the vault keeps its balances; everything else is at 18. */
  readonly decimals: number
  readonly imRatio: bigint
  readonly mmRatio: bigint
}

/** What the vault and the clearing house keep of a trader besides positions. */
export interface Standing {
  /** Settlement token, at its own decimals; negative is owed to the vault. */
  readonly balance: bigint
  readonly owedRealizedPnl: bigint
  /** What a maker earned and has not collected. */
  readonly pendingFee: bigint
  readonly baseTokens: readonly Holder[]
  readonly collateralTokens: readonly Holder[]
}

/** `paused` has no price that is final; `closed` pays out at `price`. */
export interface Market {
  readonly state: "open" | "paused" | "closed"
  /** The protocol's own mark. */
  readonly price: bigint
}

/** Of a trader in one market, orders included. */
export interface Position {
  readonly baseToken: Holder
  readonly market: Market
  /** + long. */
  readonly size: bigint
  /** What was paid (−) or received (+) for it. */
  readonly openNotional: bigint
  /** + is paid by the trader. */
  readonly pendingFunding: bigint
  readonly base: bigint
  readonly quote: bigint
  readonly hasOrders: boolean
}

/** A token in the vault other than the settlement token. */
export interface Deposit {
  readonly token: Holder
  /** At the token's own decimals. */
  readonly balance: bigint
  readonly decimals: number
  /** The protocol's average price, with `priceDecimals`. */
  readonly price: bigint
  readonly priceDecimals: number
  /** Share of its value that counts, in millionths. */
  readonly ratio: bigint
}

/** The protocol's own figures: account value and free collateral at the settlement token's decimals, the requirement at 18. */
export interface Totals {
  readonly accountValue: bigint
  readonly freeCollateral: bigint
  readonly marginRequirement: bigint
}

export interface Trader {
  readonly standing: Standing
  readonly positions: readonly Position[]
  readonly deposits: readonly Deposit[]
  readonly totals: Totals
}

/** Two rounds: the neighbours of the clearing house, and what they say. */
export function* openVenue(clearingHouse: Holder): Steps<Decoded<Venue>> {
  const first = new ReadRound()
  const vault = first.add(ask("getVault", clearingHouse))
  const exchange = first.add(ask("getExchange", clearingHouse))
  const orderBook = first.add(ask("getOrderBook", clearingHouse))
  const accountBalance = first.add(ask("getAccountBalance", clearingHouse))
  const config = first.add(ask("getClearingHouseConfig", clearingHouse))
  yield* first.ask()
  const found = gather(need => ({
    vault: need(vault),
    exchange: need(exchange),
    orderBook: need(orderBook),
    accountBalance: need(accountBalance),
    config: need(config),
  }))
  if (found.status === "fault") return found

  const second = new ReadRound()
  const settlementToken = second.add(ask("getSettlementToken", found.value.vault))
  const collateralManager = second.add(ask("getCollateralManager", found.value.vault))
  const decimals = second.add(checked(ask("decimals", found.value.vault), atMost18))
  const imRatio = second.add(ask("getImRatio", found.value.config))
  const mmRatio = second.add(ask("getMmRatio", found.value.config))
  yield* second.ask()
  return gather(need => ({
    ...found.value,
    settlementToken: need(settlementToken),
    collateralManager: need(collateralManager),
    decimals: need(decimals),
    imRatio: BigInt(need(imRatio)),
    mmRatio: BigInt(need(mmRatio)),
  }))
}

/** The vault refuses a settlement token with more than 18 decimals; whatever has more is no such vault. */
function atMost18(decimals: number): number {
  if (decimals > DECIMALS) throw new RangeError(`a vault in a token with ${decimals} decimals is not supported`)
  return decimals
}

export function addStanding(round: ReadRound, { vault, accountBalance }: Venue, trader: Holder): Answer<Standing> {
  const balance = round.add(ask("getBalance", vault, trader))
  const pnl = round.add(ask("getPnlAndPendingFee", accountBalance, trader))
  const baseTokens = round.add(ask("getBaseTokens", accountBalance, trader))
  const collateralTokens = round.add(ask("getCollateralTokens", vault, trader))
  return () =>
    gather(need => {
      const [owedRealizedPnl, , pendingFee] = need(pnl)
      return {
        balance: need(balance),
        owedRealizedPnl,
        pendingFee,
        baseTokens: need(baseTokens),
        collateralTokens: need(collateralTokens),
      }
    })
}

/** Asks what each market is priced at once, however many traders are in it. */
export class MarketPrices {
  readonly #round: ReadRound
  readonly #accountBalance: Holder
  readonly #markets = new Map<Holder, Answer<Market>>()

  constructor(round: ReadRound, { accountBalance }: Venue) {
    this.#round = round
    this.#accountBalance = accountBalance
  }

  of(baseToken: Holder): Answer<Market> {
    const known = this.#markets.get(baseToken)
    if (known) return known
    const isOpen = this.#round.add(ask("isOpen", baseToken))
    const isClosed = this.#round.add(ask("isClosed", baseToken))
    const mark = this.#round.add(ask("getMarkPrice", this.#accountBalance, baseToken))
    const paused = this.#round.add(ask("getPausedIndexPrice", baseToken))
    const closed = this.#round.add(ask("getClosedPrice", baseToken))
    // A price of a state that the market is not in may revert: only the one that counts is needed.
    const market = () =>
      gather((need): Market => {
        if (need(isOpen)) return { state: "open", price: need(mark) }
        if (need(isClosed)) return { state: "closed", price: need(closed) }
        return { state: "paused", price: need(paused) }
      })
    this.#markets.set(baseToken, market)
    return market
  }
}

/** As the vault averages the prices of its collateral: over 15 minutes. */
const COLLATERAL_TWAP_SECONDS = 900n

/** Asks about one trader's positions, deposits and the protocol's own totals. */
export function addTrader(
  round: ReadRound,
  venue: Venue,
  prices: MarketPrices,
  trader: Holder,
  standing: Standing,
): Answer<Trader> {
  const { vault, accountBalance } = venue
  const positions = standing.baseTokens.map(baseToken =>
    addPosition(round, venue, prices.of(baseToken), trader, baseToken),
  )
  const deposits = standing.collateralTokens.map(token => addDeposit(round, venue, trader, token))
  const accountValue = round.add(ask("getAccountValue", vault, trader))
  const freeCollateral = round.add(ask("getFreeCollateral", vault, trader))
  const marginRequirement = round.add(ask("getMarginRequirementForLiquidation", accountBalance, trader))
  return () =>
    gather(need => ({
      standing,
      positions: positions.map(need),
      deposits: deposits.map(need),
      totals: {
        accountValue: need(accountValue),
        freeCollateral: need(freeCollateral),
        marginRequirement: need(marginRequirement),
      },
    }))
}

function addPosition(
  round: ReadRound,
  { accountBalance, exchange, orderBook }: Venue,
  market: Answer<Market>,
  trader: Holder,
  baseToken: Holder,
): Answer<Position> {
  const size = round.add(ask("getTotalPositionSize", accountBalance, trader, baseToken))
  const openNotional = round.add(ask("getTotalOpenNotional", accountBalance, trader, baseToken))
  const base = round.add(ask("getBase", accountBalance, trader, baseToken))
  const quote = round.add(ask("getQuote", accountBalance, trader, baseToken))
  const pendingFunding = round.add(ask("getPendingFundingPayment", exchange, trader, baseToken))
  const orders = round.add(ask("getOpenOrderIds", orderBook, trader, baseToken))
  return () =>
    gather(need => ({
      baseToken,
      market: need(market),
      size: need(size),
      openNotional: need(openNotional),
      base: need(base),
      quote: need(quote),
      pendingFunding: need(pendingFunding),
      hasOrders: need(orders).length > 0,
    }))
}

function addDeposit(
  round: ReadRound,
  { vault, collateralManager }: Venue,
  trader: Holder,
  token: Holder,
): Answer<Deposit> {
  const balance = round.add(ask("getBalanceByToken", vault, trader, token))
  const decimals = round.add(ask("decimals", token))
  const price = round.add(ask("getPrice", collateralManager, token, COLLATERAL_TWAP_SECONDS))
  const priceDecimals = round.add(ask("getPriceFeedDecimals", collateralManager, token))
  const config = round.add(ask("getCollateralConfig", collateralManager, token))
  return () =>
    gather(need => ({
      token,
      balance: need(balance),
      decimals: need(decimals),
      price: need(price),
      priceDecimals: need(priceDecimals),
      ratio: BigInt(need(config).collateralRatio),
    }))
}
