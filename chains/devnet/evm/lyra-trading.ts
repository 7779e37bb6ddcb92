/**
 * What people and keepers do on a Lyra Avalon market, by real transactions: list, trade, refresh, settle.
 * All amounts, prices and volatilities are at 18 decimals.
 */
import { type Address, maxUint128, maxUint256, parseAbi, parseEventLogs, type TransactionReceipt } from "viem"
import type { Contract } from "./contract-owner.js"
import type { LyraMarket } from "./lyra-market.js"

/** In the order of the protocol's enumeration. */
const OPTION_TYPES = ["LONG_CALL", "LONG_PUT", "SHORT_CALL_BASE", "SHORT_CALL_QUOTE", "SHORT_PUT_QUOTE"] as const
export type LyraOptionType = (typeof OPTION_TYPES)[number]

export interface LyraBoard {
  readonly boardId: bigint
  /** In the order in which the strikes were given. */
  readonly strikeIds: readonly bigint[]
}

export interface NewBoard {
  /** Unix seconds, within a year of the chain's time. */
  readonly expiry: number
  readonly baseIv: bigint
  readonly strikes: readonly { readonly price: bigint; readonly skew: bigint }[]
}

export interface LyraTrade {
  readonly strikeId: bigint
  readonly optionType: LyraOptionType
  /** Contracts to open or to close. */
  readonly amount: bigint
  /** What a short position shall hold as collateral after the trade; base for SHORT_CALL_BASE, else quote. */
  readonly setCollateralTo?: bigint
  /** The position to adjust; a new one when absent. */
  readonly positionId?: bigint
}

const events = parseAbi([
  "event BoardCreated(uint256 indexed boardId, uint256 expiry, uint256 baseIv, bool frozen)",
  "event StrikeAdded(uint256 indexed boardId, uint256 indexed strikeId, uint256 strikePrice, uint256 skew)",
  "struct Position { uint256 positionId; uint256 strikeId; uint8 optionType; uint256 amount; uint256 collateral; uint8 state; }",
  "event PositionUpdated(uint256 indexed positionId, address indexed owner, uint8 indexed updatedType, Position position, uint256 timestamp)",
])
const erc20 = parseAbi(["function allowance(address owner, address spender) view returns (uint256)"])

const write = (
  market: LyraMarket,
  from: Address,
  { address, abi }: Contract,
  functionName: string,
  ...args: unknown[]
) => market.wallet.write({ from, to: address, abi, functionName, args })

/** Lists an expiry with its strikes. */
export async function createBoard(market: LyraMarket, { expiry, baseIv, strikes }: NewBoard): Promise<LyraBoard> {
  const prices = strikes.map(({ price }) => price)
  const skews = strikes.map(({ skew }) => skew)
  const listing = [BigInt(expiry), baseIv, prices, skews, false]
  const { logs } = await write(market, market.owner, market.optionMarket, "createOptionBoard", ...listing)
  const [created] = parseEventLogs({ abi: events, eventName: "BoardCreated", logs })
  if (!created) throw new Error("the market listed no board")
  const added = parseEventLogs({ abi: events, eventName: "StrikeAdded", logs })
  return { boardId: created.args.boardId, strikeIds: added.map(({ args }) => args.strikeId) }
}

/** Opens or enlarges a position at any cost and returns its id; approves the market's tokens when needed. */
export async function openPosition(market: LyraMarket, trader: Address, trade: LyraTrade): Promise<bigint> {
  await Promise.all([market.quote, market.base].map(token => approveOnce(market, trader, token)))
  return positionOf(await write(market, trader, market.optionMarket, "openPosition", tradeInput(trade)))
}

/** Closes a part or all of a position at any cost; all when the amount is the position's. */
export async function closePosition(market: LyraMarket, trader: Address, trade: LyraTrade & { positionId: bigint }) {
  await write(market, trader, market.optionMarket, "closePosition", tradeInput(trade))
}

/** Recomputes the market's cached Greeks at the current price; the protocol blocks its pool when they are old. */
export async function updateGreeks(market: LyraMarket, boardId: bigint) {
  await write(market, market.owner, market.greekCache, "updateBoardCachedGreeks", boardId)
}

/** Fixes the settlement price of an expired board at the current price. */
export async function settleExpiredBoard(market: LyraMarket, boardId: bigint) {
  await write(market, market.owner, market.optionMarket, "settleExpiredBoard", boardId)
}

/** Pays positions of settled boards out to their owners. */
export async function settleOptions(market: LyraMarket, positionIds: readonly bigint[]) {
  await write(market, market.owner, market.shortCollateral, "settleOptions", positionIds)
}

async function approveOnce(market: LyraMarket, trader: Address, token: Contract) {
  const spender = market.optionMarket.address
  const query = { address: token.address, abi: erc20, functionName: "allowance", args: [trader, spender] } as const
  if ((await market.wallet.client.readContract(query)) > 0n) return
  await write(market, trader, token, "approve", spender, maxUint256)
}

const tradeInput = ({ strikeId, optionType, amount, setCollateralTo = 0n, positionId = 0n }: LyraTrade) => ({
  strikeId,
  positionId,
  iterations: 1n,
  optionType: OPTION_TYPES.indexOf(optionType),
  amount,
  setCollateralTo,
  minTotalCost: 0n,
  maxTotalCost: maxUint128,
})

function positionOf({ logs }: TransactionReceipt): bigint {
  const [updated] = parseEventLogs({ abi: events, eventName: "PositionUpdated", logs })
  if (!updated) throw new Error("the trade changed no position")
  return updated.args.positionId
}
