/**
 * What is asked of Aave v3's contracts: each call with the decoding of its answer.
 */
import {
  type AbiParameter,
  decodeAbiParameters,
  decodeFunctionResult,
  encodeFunctionData,
  getAddress,
  type Hex,
  type Address as Holder,
  parseAbi,
  prepareEncodeFunctionData,
  toFunctionSelector,
} from "viem"
import type { Query } from "../read-round.js"
import { uintIn, withAddress } from "../words.js"

const abi = parseAbi([
  "struct ReserveData { uint256 configuration; uint128 liquidityIndex; uint128 currentLiquidityRate; uint128 variableBorrowIndex; uint128 currentVariableBorrowRate; uint128 currentStableBorrowRate; uint40 lastUpdateTimestamp; uint16 id; address aTokenAddress; address stableDebtTokenAddress; address variableDebtTokenAddress; address interestRateStrategyAddress; uint128 accruedToTreasury; uint128 unbacked; uint128 isolationModeTotalDebt; }",
  "struct EModeCategory { uint16 ltv; uint16 liquidationThreshold; uint16 liquidationBonus; address priceSource; string label; }",
  "function POOL_REVISION() view returns (uint256)",
  "function ADDRESSES_PROVIDER() view returns (address)",
  "function getReservesList() view returns (address[])",
  "function getReserveData(address asset) view returns (ReserveData)",
  "function getReserveNormalizedIncome(address asset) view returns (uint256)",
  "function getReserveNormalizedVariableDebt(address asset) view returns (uint256)",
  "function getUserConfiguration(address user) view returns (uint256)",
  "function getUserEMode(address user) view returns (uint256)",
  "function getUserAccountData(address user) view returns (uint256 totalCollateralBase, uint256 totalDebtBase, uint256 availableBorrowsBase, uint256 currentLiquidationThreshold, uint256 ltv, uint256 healthFactor)",
  "function getEModeCategoryData(uint8 id) view returns (EModeCategory)",
  "function getPriceOracle() view returns (address)",
  "function BASE_CURRENCY() view returns (address)",
  "function BASE_CURRENCY_UNIT() view returns (uint256)",
  "function getAssetPrice(address asset) view returns (uint256)",
  "function scaledBalanceOf(address user) view returns (uint256)",
  "function balanceOf(address user) view returns (uint256)",
])

/** Hashed here once: hashing the signature for each user and reserve would be most of the encoding. */
const POOL_REVISION = encodeFunctionData({ abi, functionName: "POOL_REVISION" })
const ADDRESSES_PROVIDER = encodeFunctionData({ abi, functionName: "ADDRESSES_PROVIDER" })
const RESERVES_LIST = encodeFunctionData({ abi, functionName: "getReservesList" })
const PRICE_ORACLE = encodeFunctionData({ abi, functionName: "getPriceOracle" })
const BASE_CURRENCY = encodeFunctionData({ abi, functionName: "BASE_CURRENCY" })
const BASE_CURRENCY_UNIT = encodeFunctionData({ abi, functionName: "BASE_CURRENCY_UNIT" })
const RESERVE_DATA = prepareEncodeFunctionData({ abi, functionName: "getReserveData" })
const NORMALIZED_INCOME = prepareEncodeFunctionData({ abi, functionName: "getReserveNormalizedIncome" })
const NORMALIZED_DEBT = prepareEncodeFunctionData({ abi, functionName: "getReserveNormalizedVariableDebt" })
const E_MODE_CATEGORY = prepareEncodeFunctionData({ abi, functionName: "getEModeCategoryData" })
const ASSET_PRICE = prepareEncodeFunctionData({ abi, functionName: "getAssetPrice" })
const USER_CONFIGURATION = toFunctionSelector("getUserConfiguration(address)")
const USER_E_MODE = toFunctionSelector("getUserEMode(address)")
const USER_ACCOUNT_DATA = toFunctionSelector("getUserAccountData(address)")
const SCALED_BALANCE = toFunctionSelector("scaledBalanceOf(address)")
const BALANCE = toFunctionSelector("balanceOf(address)")

/** One asset of the market. */
export interface Reserve {
  readonly asset: Holder
  /** Its pair of bits in a user's configuration; not its place in the list once a reserve was dropped. */
  readonly id: number
  readonly decimals: number
  /** Basis points. */
  readonly loanToValue: bigint
  /** Basis points; 0 = never collateral. */
  readonly liquidationThreshold: bigint
  /** 0 = none. */
  readonly eModeCategory: number
  readonly aToken: Holder
  readonly stableDebtToken: Holder
  readonly variableDebtToken: Holder
}

/** What the market says of a user: amounts in the base currency of its oracle. */
export interface AccountData {
  readonly totalCollateralBase: bigint
  readonly totalDebtBase: bigint
  readonly availableBorrowsBase: bigint
  /** Averages over the collateral, basis points. */
  readonly currentLiquidationThreshold: bigint
  readonly ltv: bigint
  /** At 18 decimals; 2^256 − 1 without debt. */
  readonly healthFactor: bigint
}

/** An e-mode category: what counts instead of a reserve's own terms, basis points. */
export interface EModeCategory {
  readonly loanToValue: bigint
  readonly liquidationThreshold: bigint
  /** The asset whose price the category's assets take; the zero address for their own prices. */
  readonly priceSource: Holder
}

const uint = (what: string, to: Holder, data: Hex): Query<bigint> => ({ what, call: { to, data }, decode: uintIn })

const ADDRESS: readonly [AbiParameter & { type: "address" }] = [{ type: "address" }]
const address = (what: string, to: Holder, data: Hex): Query<Holder> => ({
  what,
  call: { to, data },
  decode: answer => getAddress(decodeAbiParameters(ADDRESS, answer)[0]),
})

export const poolRevision = (pool: Holder) => uint("POOL_REVISION", pool, POOL_REVISION)

/** The registry of the market that a pool or a data provider belongs to. */
export const addressesProvider = (contract: Holder) => address("ADDRESSES_PROVIDER", contract, ADDRESSES_PROVIDER)

export const reservesList = (pool: Holder): Query<readonly Holder[]> => ({
  what: "getReservesList",
  call: { to: pool, data: RESERVES_LIST },
  decode: data => decodeFunctionResult({ abi, functionName: "getReservesList", data }),
})

export const reserve = (pool: Holder, asset: Holder): Query<Reserve> => ({
  what: `getReserveData of ${asset}`,
  call: { to: pool, data: encodeFunctionData({ ...RESERVE_DATA, args: [asset] }) },
  decode: data => {
    const { configuration, id, ...tokens } = decodeFunctionResult({ abi, functionName: "getReserveData", data })
    return {
      asset,
      id,
      decimals: Number(bits(configuration, 48n, 8n)),
      loanToValue: bits(configuration, 0n, 16n),
      liquidationThreshold: bits(configuration, 16n, 16n),
      eModeCategory: Number(bits(configuration, 168n, 8n)),
      aToken: tokens.aTokenAddress,
      stableDebtToken: tokens.stableDebtTokenAddress,
      variableDebtToken: tokens.variableDebtTokenAddress,
    }
  },
})

/** A field of a reserve's configuration word, as DataTypes.sol lays it out. */
const bits = (word: bigint, from: bigint, width: bigint) => (word >> from) & ((1n << width) - 1n)

/** Ray; what one scaled unit of the aToken is worth in the asset at the pinned block's time. */
export const normalizedIncome = (pool: Holder, asset: Holder) =>
  uint(`getReserveNormalizedIncome of ${asset}`, pool, encodeFunctionData({ ...NORMALIZED_INCOME, args: [asset] }))

/** Ray; what one scaled unit of variable debt has grown to at the pinned block's time. */
export const normalizedDebt = (pool: Holder, asset: Holder) =>
  uint(`getReserveNormalizedVariableDebt of ${asset}`, pool, encodeFunctionData({ ...NORMALIZED_DEBT, args: [asset] }))

/** Two bits a reserve id: borrowing, used as collateral. */
export const userConfiguration = (pool: Holder, user: Holder) =>
  uint("getUserConfiguration", pool, withAddress(USER_CONFIGURATION, user))

/** The e-mode category that a user chose; 0 = none. */
export const userEMode = (pool: Holder, user: Holder): Query<number> => {
  const { call, decode, what } = uint(`getUserEMode of ${user}`, pool, withAddress(USER_E_MODE, user))
  return { what, call, decode: data => categoryNumber(decode(data)) }
}

function categoryNumber(category: bigint): number {
  if (category > 255n) throw new RangeError(`${category} is no e-mode category`)
  return Number(category)
}

export const userAccountData = (pool: Holder, user: Holder): Query<AccountData> => ({
  what: `getUserAccountData of ${user}`,
  call: { to: pool, data: withAddress(USER_ACCOUNT_DATA, user) },
  decode: data => {
    const functionName = "getUserAccountData"
    const [totalCollateralBase, totalDebtBase, availableBorrowsBase, currentLiquidationThreshold, ltv, healthFactor] =
      decodeFunctionResult({ abi, functionName, data })
    return { totalCollateralBase, totalDebtBase, availableBorrowsBase, currentLiquidationThreshold, ltv, healthFactor }
  },
})

export const eModeCategory = (pool: Holder, category: number): Query<EModeCategory> => ({
  what: `getEModeCategoryData of ${category}`,
  call: { to: pool, data: encodeFunctionData({ ...E_MODE_CATEGORY, args: [category] }) },
  decode: data => {
    const terms = decodeFunctionResult({ abi, functionName: "getEModeCategoryData", data })
    const { ltv, liquidationThreshold, priceSource } = terms
    return { loanToValue: BigInt(ltv), liquidationThreshold: BigInt(liquidationThreshold), priceSource }
  },
})

export const priceOracle = (provider: Holder) => address("getPriceOracle", provider, PRICE_ORACLE)

/** The zero address stands for the US dollar. */
export const baseCurrency = (oracle: Holder) => address("BASE_CURRENCY", oracle, BASE_CURRENCY)

/** Units of one US dollar, > 0. */
export const baseCurrencyUnit = (oracle: Holder): Query<bigint> => {
  const { what, call, decode } = uint("BASE_CURRENCY_UNIT", oracle, BASE_CURRENCY_UNIT)
  return { what, call, decode: data => positive(decode(data)) }
}

function positive(unit: bigint): bigint {
  if (unit === 0n) throw new RangeError("a currency has no unit of 0")
  return unit
}

/** In the base currency. */
export const assetPrice = (oracle: Holder, asset: Holder) =>
  uint(`getAssetPrice of ${asset}`, oracle, encodeFunctionData({ ...ASSET_PRICE, args: [asset] }))

/** Of an aToken or a variable debt token: without the interest since the reserve began. */
export const scaledBalance = (what: string, token: Holder, user: Holder) =>
  uint(what, token, withAddress(SCALED_BALANCE, user))

/** Of a stable debt token: with interest. */
export const balance = (what: string, token: Holder, user: Holder) => uint(what, token, withAddress(BALANCE, user))
