/**
 * Perp Curie on a local chain with markets on the chain's own price feeds, and what its traders and makers do.
 * Sizes and notionals are at 18 decimals, deposits at the token's own.
 */
import { type Address, BaseError, ContractFunctionRevertedError, maxUint256, parseAbi, zeroHash } from "viem"
import { abs, maxOf, minOf } from "../../../aggregator/domain/fixed.js"
import { type Contract, ownerOf } from "./contract-owner.js"
import type { DevWallet } from "./deploy.js"
import { deployBaseToken, deployPerpContracts, deployPerpFeed } from "./perp-contracts.js"
import type { FeedSymbol, PriceFeeds } from "./price-feeds.js"
import type { DevTokens, TokenSymbol } from "./tokens.js"
import { createPool, sqrtPriceX96, TICK_SPACING } from "./uniswap-v3-pools.js"

export interface PerpMarketOptions {
  readonly tokens: DevTokens
  readonly aggregators: PriceFeeds["aggregators"]
  /** Deploys and administers. */
  readonly owner: Address
  /** What the averages of mark and index reach back over; the protocol's own 15 and 30 minutes when absent. */
  readonly twapSeconds?: number
}

export type PerpMarket = Awaited<ReturnType<typeof deployPerpMarket>>
/** What there are perpetuals on. */
export type PerpSymbol = Extract<FeedSymbol, "ETH" | "BTC">

const FEE = 3000
const DEFAULT_TWAP_SECONDS = 900
/** The protocol's own ceiling; 0, its initial value, halts the market. */
const MOST_TICKS_A_BLOCK = 1_000
/** How many trades back the averages can reach. */
const OBSERVATIONS = 300
/** What WETH counts as collateral: 85 % of its average price. */
const WETH_TERMS = { collateralRatio: 850_000, discountRatio: 100_000, depositCap: 10n ** 30n }
/** Trades that move √price by less than a ten thousandth are not worth their gas, by more than this the market refuses. */
const LEAST_MOVE = 10_000n
const MOST_MOVE = 25n
/** Too far from the tick of 15 seconds ago, and from the index. */
const LIMITS: ReadonlySet<string> = new Set(["EX_OPLAS", "EX_OPB"])
/** More than any pool here holds: a swap stops at its price limit. */
const WITHOUT_END = 10n ** 25n
const slotAbi = parseAbi(["function slot0() view returns (uint160, int24, uint16, uint16, uint16, uint8, bool)"])
const aggregatorAbi = parseAbi(["function latestAnswer() view returns (int256)"])
const observationsAbi = parseAbi(["function increaseObservationCardinalityNext(uint16 next)"])

/**
 * Deploys the protocol with WETH as a second collateral and one market a symbol at its feed's price.
 * Trading needs a history as long as the averages: let the chain's time advance first.
 */
export async function deployPerpMarket(wallet: DevWallet, options: PerpMarketOptions) {
  const { tokens, aggregators, twapSeconds } = options
  const owner = ownerOf(wallet, options.owner)
  const contracts = await deployPerpContracts(wallet, options.owner, tokens.USDC.address)
  const { clearingHouse, vault, config, quoteToken, marketRegistry, exchange } = contracts
  if (twapSeconds !== undefined) {
    for (const interval of ["setTwapInterval", "setMarkPriceMarketTwapInterval", "setMarkPricePremiumInterval"]) {
      await owner.call(config, interval, twapSeconds)
    }
  }

  async function addMarket(symbol: PerpSymbol) {
    const feed = await deployPerpFeed(owner, aggregators[symbol], twapSeconds ?? DEFAULT_TWAP_SECONDS)
    const base = await deployBaseToken(owner, quoteToken)
    await owner.call(base, "initialize", `v${symbol}`, `v${symbol}`, feed.address)
    await owner.call(base, "mintMaximumTo", clearingHouse.address)
    await owner.call(base, "addWhitelist", clearingHouse.address)
    const answer = { address: aggregators[symbol], abi: aggregatorAbi, functionName: "latestAnswer" } as const
    const price = await wallet.client.readContract(answer)
    const pool = await createPool(wallet, contracts.factory, {
      from: owner.address,
      tokens: [base.address, quoteToken.address],
      fee: FEE,
      sqrtPrice: sqrtPriceX96([price, 10n ** 8n]),
    })
    await owner.call(base, "addWhitelist", pool.address)
    await owner.call(quoteToken, "addWhitelist", pool.address)
    await owner.call(marketRegistry, "addPool", base.address, FEE)
    await owner.call(exchange, "setMaxTickCrossedWithinBlock", base.address, MOST_TICKS_A_BLOCK)
    await owner.call({ ...pool, abi: observationsAbi }, "increaseObservationCardinalityNext", OBSERVATIONS)
    return { base, pool, feed }
  }
  const ETH = await addMarket("ETH")
  const BTC = await addMarket("BTC")
  const markets = { ETH, BTC }
  await owner.call(contracts.collateralManager, "addCollateral", tokens.WETH.address, {
    priceFeed: ETH.feed.address,
    ...WETH_TERMS,
  })

  const trade = (from: Address, contract: Contract, functionName: string, ...args: readonly unknown[]) =>
    wallet.write({ from, to: contract.address, abi: contract.abi, functionName, args })
  const slotOf = async (symbol: PerpSymbol) => {
    const { address } = markets[symbol].pool
    const [sqrtPrice, tick] = await wallet.client.readContract({ address, abi: slotAbi, functionName: "slot0" })
    return { sqrtPrice, tick }
  }

  /** Whether the market would take the order; anything that it refuses but for its limits is an error. */
  async function isWithinLimits(account: Address, order: Readonly<Record<string, unknown>>): Promise<boolean> {
    const call = { address: clearingHouse.address, abi: clearingHouse.abi, functionName: "openPosition", args: [order] }
    try {
      await wallet.client.simulateContract({ ...call, account })
      return true
    } catch (error) {
      const refused = error instanceof BaseError && error.walk(cause => cause instanceof ContractFunctionRevertedError)
      if (refused instanceof ContractFunctionRevertedError && LIMITS.has(refused.reason ?? "")) return false
      throw error
    }
  }

  return {
    ...contracts,
    markets,
    /** Where an adapter finds the markets. */
    settings: {
      clearingHouse: clearingHouse.address,
      markets: { ETH: ETH.base.address, BTC: BTC.base.address },
    },
    /** As the administrator. */
    administer: (contract: Contract, functionName: string, ...args: readonly unknown[]) =>
      owner.call(contract, functionName, ...args),
    /** Puts what the trader holds into the vault. */
    async deposit(from: Address, token: Extract<TokenSymbol, "USDC" | "WETH">, amount: bigint) {
      await tokens[token].approve(from, vault.address, amount)
      await trade(from, vault, "deposit", tokens[token].address, amount)
    },
    withdraw: (from: Address, token: Extract<TokenSymbol, "USDC" | "WETH">, amount: bigint) =>
      trade(from, vault, "withdraw", tokens[token].address, amount),
    /** Buys (+) or sells (−) exactly so much of the underlying at any price. */
    open: (from: Address, symbol: PerpSymbol, size: bigint) =>
      trade(from, clearingHouse, "openPosition", {
        baseToken: markets[symbol].base.address,
        isBaseToQuote: size < 0n,
        isExactInput: size < 0n,
        amount: size < 0n ? -size : size,
        oppositeAmountBound: 0n,
        deadline: maxUint256,
        sqrtPriceLimitX96: 0n,
        referralCode: zeroHash,
      }),
    /** Trades the market to a price at 18 decimals, as arbitrage does: as far as the market's own limits on fast moves allow. */
    async follow(from: Address, symbol: PerpSymbol, price: bigint) {
      const { sqrtPrice } = await slotOf(symbol)
      const wanted = sqrtPriceX96([price, 10n ** 18n])
      const most = sqrtPrice / MOST_MOVE
      const limit = maxOf(minOf(wanted, sqrtPrice + most), sqrtPrice - most)
      if (abs(limit - sqrtPrice) < sqrtPrice / LEAST_MOVE) return
      const order = {
        baseToken: markets[symbol].base.address,
        isBaseToQuote: limit < sqrtPrice,
        isExactInput: true,
        amount: WITHOUT_END,
        oppositeAmountBound: 0n,
        deadline: maxUint256,
        sqrtPriceLimitX96: limit,
        referralCode: zeroHash,
      }
      if (await isWithinLimits(from, order)) await trade(from, clearingHouse, "openPosition", order)
    },
    close: (from: Address, symbol: PerpSymbol) =>
      trade(from, clearingHouse, "closePosition", {
        baseToken: markets[symbol].base.address,
        sqrtPriceLimitX96: 0n,
        oppositeAmountBound: 0n,
        deadline: maxUint256,
        referralCode: zeroHash,
      }),
    /** Provides liquidity within so many tick spacings of the price; the vault backs it. */
    async provide(from: Address, symbol: PerpSymbol, amounts: { base: bigint; quote: bigint; spacings: number }) {
      const spacing = TICK_SPACING[FEE]
      const { tick } = await slotOf(symbol)
      const middle = Math.round(tick / spacing)
      await trade(from, clearingHouse, "addLiquidity", {
        baseToken: markets[symbol].base.address,
        base: amounts.base,
        quote: amounts.quote,
        lowerTick: (middle - amounts.spacings) * spacing,
        upperTick: (middle + amounts.spacings) * spacing,
        minBase: 0n,
        minQuote: 0n,
        useTakerBalance: false,
        deadline: maxUint256,
      })
    },
    liquidate: (from: Address, trader: Address, symbol: PerpSymbol) =>
      wallet.write({
        from,
        to: clearingHouse.address,
        abi: LIQUIDATE_ABI,
        functionName: "liquidate",
        args: [trader, markets[symbol].base.address],
      }),
    /** Lets the feeds take the newest prices into their averages. */
    async takePrices() {
      for (const { feed } of Object.values(markets)) {
        await owner.call(feed, "dispatchPrice", twapSeconds ?? DEFAULT_TWAP_SECONDS)
      }
    },
  }
}

/** The contract has two functions of this name; this one takes over as much as it may. */
const LIQUIDATE_ABI = parseAbi(["function liquidate(address trader, address baseToken)"])
