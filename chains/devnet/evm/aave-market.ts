/**
 * A complete Aave v3 market on a local chain: WETH, WBTC and USDC to supply and to borrow,
 * priced by the chain's own feeds, with the actions of its users.
 */
import { type Address, maxUint256, parseAbi, zeroAddress } from "viem"
import {
  type AaveContracts,
  CONFIGURATOR_ABI,
  deployAaveContracts,
  ORACLE_ABI,
  POOL_ABI,
  rateStrategy,
} from "./aave-contracts.js"
import { RESERVES, type ReserveParameters } from "./aave-reserves.js"
import type { DevWallet } from "./deploy.js"
import type { PriceFeeds } from "./price-feeds.js"
import type { DevTokens, TokenSymbol } from "./tokens.js"

export interface AaveMarketOptions {
  readonly tokens: DevTokens
  readonly aggregators: PriceFeeds["aggregators"]
  /** Deploys and administers the market. */
  readonly admin: Address
}

export type RateMode = "stable" | "variable"
const RATE_MODE: Readonly<Record<RateMode, bigint>> = { stable: 1n, variable: 2n }

const TOKENS_ABI = parseAbi([
  "function getReserveTokensAddresses(address asset) view returns (address aToken, address stableDebt, address variableDebt)",
])
const RAY = 10n ** 27n
const percent = (value: bigint) => (value * RAY) / 100n

export type AaveMarket = Awaited<ReturnType<typeof deployAaveMarket>>

/** Deploys the market; amounts in its actions are at each token's own decimals. */
export async function deployAaveMarket(wallet: DevWallet, { tokens, aggregators, admin }: AaveMarketOptions) {
  const sources = RESERVES.map(({ token, feed }) => [tokens[token].address, aggregators[feed]] as const)
  const contracts = await deployAaveContracts(wallet, admin, new Map(sources))
  const { pool, configurator, oracle } = contracts

  /** As the administrator, on the configurator. */
  const configure = (functionName: string, ...args: readonly unknown[]) =>
    wallet.write({ to: configurator, abi: CONFIGURATOR_ABI, functionName, args, from: admin })

  const reserves = RESERVES.map(async reserve => reserveInput(reserve, tokens, contracts, await strategy(reserve)))
  await configure("initReserves", await Promise.all(reserves))
  await Promise.all(RESERVES.map(reserve => configureReserve(reserve, tokens[reserve.token].address)))

  function strategy({ optimalUsage, variableSlopes: [belowOptimal, aboveOptimal] }: ReserveParameters) {
    const variable = [percent(optimalUsage), 0n, percent(belowOptimal), percent(aboveOptimal)]
    // Slopes, offset over the variable rate, excess offset, and the share of stable debt from which it applies.
    const stable = [percent(1n), percent(60n), percent(1n), percent(8n), percent(20n)]
    return wallet.deploy(rateStrategy, [contracts.addressesProvider, ...variable, ...stable], { from: admin })
  }

  async function configureReserve(reserve: ReserveParameters, asset: Address) {
    const { loanToValue, liquidationThreshold, liquidationBonus, reserveFactor, stableBorrowing } = reserve
    await configure("configureReserveAsCollateral", asset, loanToValue, liquidationThreshold, liquidationBonus)
    await configure("setReserveBorrowing", asset, true)
    await configure("setReserveStableRateBorrowing", asset, stableBorrowing)
    await configure("setReserveFactor", asset, reserveFactor)
  }

  /** As a user, on the pool. */
  const onPool = (owner: Address, functionName: string, ...args: readonly unknown[]) =>
    wallet.write({ to: pool, abi: POOL_ABI, functionName, args, from: owner })
  const asset = (token: TokenSymbol) => tokens[token].address

  return {
    ...contracts,
    /** Supplies what the owner holds; the first supply of a reserve counts as collateral. */
    async supply(owner: Address, token: TokenSymbol, amount: bigint) {
      await tokens[token].approve(owner, pool, amount)
      await onPool(owner, "supply", asset(token), amount, owner, 0)
    },
    withdraw: (owner: Address, token: TokenSymbol, amount: bigint) =>
      onPool(owner, "withdraw", asset(token), amount, owner),
    borrow: (owner: Address, token: TokenSymbol, amount: bigint, rate: RateMode = "variable") =>
      onPool(owner, "borrow", asset(token), amount, RATE_MODE[rate], 0, owner),
    /** Repays up to `amount`; all of it when absent. */
    async repay(owner: Address, token: TokenSymbol, amount = maxUint256, rate: RateMode = "variable") {
      await tokens[token].approve(owner, pool, amount)
      await onPool(owner, "repay", asset(token), amount, RATE_MODE[rate], owner)
    },
    useAsCollateral: (owner: Address, token: TokenSymbol, used: boolean) =>
      onPool(owner, "setUserUseReserveAsCollateral", asset(token), used),
    setEMode: (owner: Address, category: number) => onPool(owner, "setUserEMode", category),
    /** The tokens that stand for shares in a reserve. */
    async reserveTokens(token: TokenSymbol) {
      const read = {
        address: contracts.dataProvider,
        abi: TOKENS_ABI,
        functionName: "getReserveTokensAddresses",
      } as const
      const [aToken, stableDebt, variableDebt] = await wallet.client.readContract({ ...read, args: [asset(token)] })
      return { aToken, stableDebt, variableDebt }
    },
    /** As the administrator: any setting of the pool configurator. */
    configure,
    /** As the administrator: replaces the price sources of assets. */
    setPriceSources: (assets: readonly Address[], sources: readonly Address[]) =>
      wallet.write({
        to: oracle,
        abi: ORACLE_ABI,
        functionName: "setAssetSources",
        args: [assets, sources],
        from: admin,
      }),
  }
}

function reserveInput({ token }: ReserveParameters, tokens: DevTokens, contracts: AaveContracts, strategy: Address) {
  const { aToken, stableDebt, variableDebt } = contracts.tokenImplementations
  const { address, decimals, symbol } = tokens[token]
  return {
    aTokenImpl: aToken,
    stableDebtTokenImpl: stableDebt,
    variableDebtTokenImpl: variableDebt,
    underlyingAssetDecimals: decimals,
    interestRateStrategyAddress: strategy,
    underlyingAsset: address,
    treasury: contracts.addressesProvider,
    incentivesController: zeroAddress,
    aTokenName: `Aave ${symbol}`,
    aTokenSymbol: `a${symbol}`,
    variableDebtTokenName: `Aave variable debt ${symbol}`,
    variableDebtTokenSymbol: `variableDebt${symbol}`,
    stableDebtTokenName: `Aave stable debt ${symbol}`,
    stableDebtTokenSymbol: `stableDebt${symbol}`,
    params: "0x",
  }
}
