/**
 * The trading venues of the devnet's first chain: perpetuals with a maker and a keeper who trades them to the index,
 * a Uniswap v3 pool, and a vault of dollars.
 */
import { type Address, parseAbi, parseEther, parseUnits } from "viem"
import { compiledContract } from "./compiled-contracts.js"
import type { DevWallet } from "./deploy.js"
import { deployPerpMarket, type PerpSymbol } from "./perp-market.js"
import type { PriceFeeds, PushedPrices } from "./price-feeds.js"
import type { DevTokens } from "./tokens.js"
import { deployUniswapV3 } from "./uniswap-v3.js"
import { sqrtPriceX96 } from "./uniswap-v3-pools.js"

/** What averages reach back over: short, so that a devnet that just started has a history. */
export const AVERAGE_SECONDS = 60
const FEE = 3000
/** Millionths. */
const KEEPER_FEE = 100
const PERPETUALS = ["ETH", "BTC"] as const satisfies readonly PerpSymbol[]
const observationsAbi = parseAbi(["function increaseObservationCardinalityNext(uint16 next)"])
const usdc = (amount: string) => parseUnits(amount, 6)

export interface VenueRoles {
  readonly perpOwner: Address
  readonly uniswapOwner: Address
  readonly maker: Address
  readonly keeper: Address
}

/** Deploys the venues. They can be traded at once the chain's time has moved on by `AVERAGE_SECONDS`. */
export async function deployVenues(
  wallet: DevWallet,
  tokens: DevTokens,
  feeds: PriceFeeds,
  opening: PushedPrices,
  { perpOwner, uniswapOwner, maker, keeper }: VenueRoles,
) {
  const { aggregators } = feeds
  const [perp, uniswap, vaultCode] = await Promise.all([
    deployPerpMarket(wallet, { tokens, aggregators, owner: perpOwner, twapSeconds: AVERAGE_SECONDS }),
    deployUniswapV3(wallet, uniswapOwner),
    compiledContract("ShareVault"),
  ])
  const vault = {
    address: await wallet.deploy(vaultCode, [tokens.USDC.address, 0n], { from: uniswapOwner }),
    abi: vaultCode.abi,
  }
  const isWethFirst = BigInt(tokens.WETH.address) < BigInt(tokens.USDC.address)
  const [ofWeth, ofUsdc] = [10n ** 18n, (opening.ETH?.price ?? 0n) / 10n ** 12n]
  const pool = {
    tokens: isWethFirst
      ? ([tokens.WETH.address, tokens.USDC.address] as const)
      : ([tokens.USDC.address, tokens.WETH.address] as const),
    fee: FEE,
  } as const
  const { address: poolAddress } = await uniswap.createPool({
    ...pool,
    sqrtPrice: sqrtPriceX96(isWethFirst ? [ofUsdc, ofWeth] : [ofWeth, ofUsdc]),
  })
  const remember = {
    to: poolAddress,
    abi: observationsAbi,
    functionName: "increaseObservationCardinalityNext",
    args: [10],
  }
  await wallet.write({ ...remember, from: uniswapOwner })

  /** Lets those who hold the market open it: the perpetuals' liquidity, and what the keeper trades with. */
  async function open() {
    for (const each of [maker, keeper]) {
      await tokens.USDC.mint(each, usdc("50000000"))
      await perp.deposit(each, "USDC", usdc("50000000"))
    }
    await perp.provide(maker, "ETH", { base: parseEther("10000"), quote: parseEther("30000000"), spacings: 400 })
    await perp.provide(maker, "BTC", { base: parseEther("300"), quote: parseEther("27000000"), spacings: 400 })
    // The keeper trades at each price: at the protocol's own fee it would be ruined within days.
    for (const symbol of PERPETUALS) {
      await perp.administer(perp.marketRegistry, "setFeeRatio", perp.markets[symbol].base.address, KEEPER_FEE)
    }
  }

  return {
    perp,
    vault,
    open,
    /** After a push of prices: the averages take them in, and the keeper trades the perpetuals to them. */
    async follow(prices: PushedPrices) {
      await perp.takePrices()
      for (const symbol of PERPETUALS) {
        const at = prices[symbol]
        if (at) await perp.follow(keeper, symbol, at.price)
      }
    },
    /** Puts the owner's WETH and USDC into a position of so many ticks each way around the opening price. */
    async provideLiquidity(owner: Address, weth: bigint, dollars: bigint, width: number) {
      const price = Math.log(Number(ofUsdc) / Number(ofWeth)) / Math.log(1.0001)
      const spacing = 60
      const middle = Math.round((isWethFirst ? price : -price) / spacing)
      const reach = Math.ceil(width / spacing)
      const ticks = [(middle - reach) * spacing, (middle + reach) * spacing] as const
      return uniswap.mint(owner, { pool, ticks, amounts: isWethFirst ? [weth, dollars] : [dollars, weth] })
    },
    /** Puts the owner's USDC into the vault. */
    async deposit(owner: Address, dollars: bigint) {
      await tokens.USDC.approve(owner, vault.address, dollars)
      await wallet.write({
        from: owner,
        to: vault.address,
        abi: vault.abi,
        functionName: "deposit",
        args: [dollars, owner],
      })
    },
    /** As a configuration lists them. */
    adapters: [
      { adapter: "erc4626", vaults: [vault.address] },
      { adapter: "uniswap-v3", positionManager: uniswap.manager.address, averageSeconds: AVERAGE_SECONDS },
      { adapter: "perp-curie", ...perp.settings },
    ],
  }
}
