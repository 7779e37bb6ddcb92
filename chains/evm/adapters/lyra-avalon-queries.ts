/**
 * What is asked of Lyra Avalon's contracts: each call with the decoding of its answer.
 * An answer that is missing or does not decode is a fault, never an empty list.
 */
import {
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  type Address as Holder,
  parseAbi,
  prepareEncodeFunctionData,
} from "viem"
import type { EvmCall } from "../adapter.js"
import type { Query } from "../read-round.js"

const abi = parseAbi([
  "struct Board { uint256 id; uint256 expiry; uint256 iv; bool frozen; uint256[] strikeIds; }",
  "struct Strike { uint256 id; uint256 strikePrice; uint256 skew; uint256 longCall; uint256 shortCallBase; uint256 shortCallQuote; uint256 longPut; uint256 shortPut; uint256 boardId; }",
  "struct Position { uint256 positionId; uint256 strikeId; uint8 optionType; uint256 amount; uint256 collateral; uint8 state; }",
  "struct GreekCacheParameters { uint256 maxStrikesPerBoard; uint256 acceptableSpotPricePercentMove; uint256 staleUpdateDuration; uint256 varianceIvGWAVPeriod; uint256 varianceSkewGWAVPeriod; uint256 optionValueIvGWAVPeriod; uint256 optionValueSkewGWAVPeriod; uint256 gwavSkewFloor; uint256 gwavSkewCap; int256 rateAndCarry; }",
  "function getLiveBoards() view returns (uint256[])",
  "function getBoardAndStrikeDetails(uint256 boardId) view returns (Board board, Strike[] strikes, uint256[] strikeToBaseReturnedRatios, uint256 priceAtExpiry)",
  "function getSettlementParameters(uint256 strikeId) view returns (uint256 strikePrice, uint256 priceAtExpiry, uint256 strikeToBaseReturned)",
  "function getOwnerPositions(address target) view returns (Position[])",
  "function getGreekCacheParams() view returns (GreekCacheParameters)",
])

/** Hashed here once: hashing the signature for each board, strike and holder would be most of the encoding. */
const LIVE_BOARDS = encodeFunctionData({ abi, functionName: "getLiveBoards" })
const GREEK_CACHE_PARAMS = encodeFunctionData({ abi, functionName: "getGreekCacheParams" })
const BOARD_DETAILS = prepareEncodeFunctionData({ abi, functionName: "getBoardAndStrikeDetails" })
const SETTLEMENT = prepareEncodeFunctionData({ abi, functionName: "getSettlementParameters" })
const OWNER_POSITIONS = prepareEncodeFunctionData({ abi, functionName: "getOwnerPositions" })

/** All amounts and prices are at 18 decimals. */
export interface Position {
  readonly positionId: bigint
  readonly strikeId: bigint
  readonly optionType: number
  readonly amount: bigint
  readonly collateral: bigint
  readonly state: number
}

/** Strikes of one expiry that the market has not settled. */
export interface Board {
  /** Unix seconds. */
  readonly expiry: number
  readonly iv: bigint
  readonly strikes: readonly { readonly id: bigint; readonly strikePrice: bigint; readonly skew: bigint }[]
}

/** How a strike's options pay out; `priceAtExpiry` is 0 until the market has settled the strike's board. */
export interface Settlement {
  readonly strikePrice: bigint
  readonly priceAtExpiry: bigint
  /** Base that one short base call returns to the pool. */
  readonly baseReturned: bigint
}

/** Seconds as Unix time had them when it was 32 bits: no market lists beyond, and a number holds it exactly. */
const LATEST_EXPIRY = 2n ** 32n

/** @param what stays unknown when it fails. */
const query = <Value>(what: string, call: EvmCall, decode: (data: Hex) => Value): Query<Value> => ({
  what: `${what} (${call.to})`,
  call,
  decode,
})

export const liveBoards = (optionMarket: Holder): Query<readonly bigint[]> =>
  query("the list of boards", { to: optionMarket, data: LIVE_BOARDS }, data =>
    decodeFunctionResult({ abi, functionName: "getLiveBoards", data }),
  )

export const boardDetails = (optionMarket: Holder, boardId: bigint): Query<Board> => {
  const call = { to: optionMarket, data: encodeFunctionData({ ...BOARD_DETAILS, args: [boardId] }) }
  return query(`board ${boardId}`, call, data => {
    const [board, strikes] = decodeFunctionResult({ abi, functionName: "getBoardAndStrikeDetails", data })
    if (board.id !== boardId || board.expiry >= LATEST_EXPIRY) throw new RangeError(`board ${boardId} has no expiry`)
    return { expiry: Number(board.expiry), iv: board.iv, strikes }
  })
}

export const settlement = (optionMarket: Holder, strikeId: bigint): Query<Settlement> => {
  const call = { to: optionMarket, data: encodeFunctionData({ ...SETTLEMENT, args: [strikeId] }) }
  return query(`the settlement of strike ${strikeId}`, call, data => {
    const functionName = "getSettlementParameters"
    const [strikePrice, priceAtExpiry, baseReturned] = decodeFunctionResult({ abi, functionName, data })
    return { strikePrice, priceAtExpiry, baseReturned }
  })
}

/** Closed, liquidated, merged and paid positions are burnt and not listed. */
export const ownerPositions = (optionToken: Holder, holder: Holder): Query<readonly Position[]> => {
  const call = { to: optionToken, data: encodeFunctionData({ ...OWNER_POSITIONS, args: [holder] }) }
  return query(`the positions of ${holder}`, call, data =>
    decodeFunctionResult({ abi, functionName: "getOwnerPositions", data }),
  )
}

/** The rate that the market prices with: continuously compounded, per year of 365 days, 18 decimals. */
export const rateAndCarry = (greekCache: Holder): Query<bigint> =>
  query(
    "the interest rate",
    { to: greekCache, data: GREEK_CACHE_PARAMS },
    data => decodeFunctionResult({ abi, functionName: "getGreekCacheParams", data }).rateAndCarry,
  )
