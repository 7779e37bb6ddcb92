/**
 * A whole Lyra Avalon options market on a local chain: the published contracts, wired and parametrised as the protocol
 * does it, with liquidity in its pool. It follows the chain's Chainlink aggregator of the underlying.
 */
import { type Address, parseEther, stringToHex } from "viem"
import type { Contract } from "./contract-owner.js"
import type { DevWallet } from "./deploy.js"
import { type LyraOwner, lyraOwnerOf } from "./lyra-contracts.js"
import * as parameters from "./lyra-parameters.js"
import { BASE_KEY, deploySynthetix, QUOTE_KEY, type Synthetix } from "./lyra-synthetix.js"

export interface LyraMarketOptions {
  /** Chainlink's interface over the underlying's US dollar price; a price must have been pushed. */
  readonly aggregator: Address
  /** Deploys and administers; the wallet's first account when absent. */
  readonly owner?: Address
  /** Quote put into the pool before the first board, 18 decimals; ten million when absent. */
  readonly liquidity?: bigint
  /** What a short position must lock at least; the protocol's own parameters when absent. */
  readonly minCollateral?: typeof parameters.MIN_COLLATERAL
}

type MarketContracts = Awaited<ReturnType<typeof deployMarket>>

export interface LyraMarket extends MarketContracts {
  readonly wallet: DevWallet
  readonly owner: Address
  /** Where the market takes its spot price. */
  readonly synthetixAdapter: Contract
  /** The dollar token: premiums, settlements and the collateral of puts and quote calls; 18 decimals. */
  readonly quote: Contract
  /** The underlying as a token: the collateral of base calls; 18 decimals. */
  readonly base: Contract
  /** Where an adapter finds the market. */
  readonly settings: {
    readonly optionMarket: Address
    readonly optionToken: Address
    readonly greekCache: Address
    readonly quoteAsset: Address
    readonly baseAsset: Address
    readonly underlying: string
  }
  /** Creates quote or base for an account. */
  mint(token: "quote" | "base", to: Address, amount: bigint): Promise<void>
}

const LIQUIDITY = parseEther("10000000")

/** Deploys the market; boards are added with `createBoard`. */
export async function deployLyraMarket(wallet: DevWallet, options: LyraMarketOptions): Promise<LyraMarket> {
  const [first] = wallet.accounts
  const address = options.owner ?? first
  if (!address) throw new Error(`${wallet.url} has no account to deploy from`)
  const owner = lyraOwnerOf(wallet, address)
  const [synthetix, contracts] = await Promise.all([deploySynthetix(owner, options.aggregator), deployMarket(owner)])
  await wire(owner, synthetix, contracts)
  await parametrise(owner, contracts, options.minCollateral ?? parameters.MIN_COLLATERAL)
  await list(owner, synthetix, contracts)
  await fund(owner, synthetix, contracts, options.liquidity ?? LIQUIDITY)
  const { quote, base } = synthetix
  const tokens = { quote, base }
  return {
    ...contracts,
    wallet,
    owner: address,
    synthetixAdapter: synthetix.adapter,
    quote,
    base,
    settings: {
      optionMarket: contracts.optionMarket.address,
      optionToken: contracts.optionToken.address,
      greekCache: contracts.greekCache.address,
      quoteAsset: quote.address,
      baseAsset: base.address,
      underlying: "ETH",
    },
    mint: async (token, to, amount) => {
      await owner.call(tokens[token], "mint", to, amount)
    },
  }
}

async function deployMarket(owner: LyraOwner) {
  const deploy = owner.deployLyra
  const [blackScholes, gwav] = await Promise.all([deploy("BlackScholes"), deploy("GWAV")])
  const libraries = { BlackScholes: blackScholes.address, GWAV: gwav.address }
  const [optionMarket, optionMarketPricer, greekCache, optionToken, liquidityPool, liquidityToken] = await Promise.all([
    deploy("OptionMarket"),
    deploy("OptionMarketPricer"),
    deploy("OptionGreekCache", [], libraries),
    deploy("OptionToken", ["ETH Options", "LyraEOT"]),
    deploy("LiquidityPool"),
    deploy("LiquidityToken", ["ETH Pool Tokens", "LyraELPT"]),
  ])
  const [shortCollateral, poolHedger, gwavOracle, viewer, registry] = await Promise.all([
    deploy("ShortCollateral"),
    deploy("ShortPoolHedger"),
    deploy("GWAVOracle", [], libraries),
    deploy("OptionMarketViewer"),
    deploy("LyraRegistry"),
  ])
  return {
    optionMarket,
    optionMarketPricer,
    greekCache,
    optionToken,
    liquidityPool,
    liquidityToken,
    shortCollateral,
    poolHedger,
    gwavOracle,
    viewer,
    registry,
  }
}

/** Tells every contract its neighbours; each takes them once. */
async function wire(owner: LyraOwner, { adapter, quote, base, register }: Synthetix, to: MarketContracts) {
  const market = to.optionMarket.address
  const tokens = [quote.address, base.address]
  const pool = to.liquidityPool.address
  const init = (contract: Contract, ...neighbours: readonly Address[]) => owner.call(contract, "init", ...neighbours)
  const [snx, pricer, cache] = [adapter.address, to.optionMarketPricer.address, to.greekCache.address]
  const [collateral, token, hedger] = [to.shortCollateral.address, to.optionToken.address, to.poolHedger.address]
  await Promise.all([
    register(market),
    owner.call(adapter, "setGlobalsForContract", market, QUOTE_KEY, BASE_KEY, parameters.SECURITY_MODULE, NO_CODE),
    init(to.optionMarket, snx, pool, pricer, cache, collateral, token, ...tokens),
    init(to.optionMarketPricer, market, cache),
    init(to.greekCache, snx, market, pricer),
    init(to.liquidityPool, snx, market, to.liquidityToken.address, cache, hedger, collateral, ...tokens),
    init(to.liquidityToken, pool),
    init(to.poolHedger, snx, market, cache, pool, ...tokens),
    init(to.shortCollateral, market, pool, token, snx, ...tokens),
    init(to.optionToken, market, cache, collateral, snx),
    init(to.gwavOracle, market, cache, snx),
    init(to.viewer, snx),
  ])
}

/** Synthetix's tracking code of a volume programme; there is none. */
const NO_CODE = stringToHex("", { size: 32 })

async function parametrise(owner: LyraOwner, to: MarketContracts, minCollateral: typeof parameters.MIN_COLLATERAL) {
  await Promise.all([
    owner.call(to.optionMarket, "setOptionMarketParams", parameters.OPTION_MARKET),
    owner.call(to.liquidityPool, "setLiquidityPoolParameters", parameters.LIQUIDITY_POOL),
    owner.call(to.poolHedger, "setPoolHedgerParams", parameters.POOL_HEDGER),
    owner.call(to.poolHedger, "setShortBuffer", parameters.HEDGER_SHORT_BUFFER),
    owner.call(to.greekCache, "setGreekCacheParameters", parameters.GREEK_CACHE),
    owner.call(to.greekCache, "setMinCollateralParameters", minCollateral),
    owner.call(to.greekCache, "setForceCloseParameters", parameters.FORCE_CLOSE),
    owner.call(to.optionMarketPricer, "setPricingParams", parameters.PRICING),
    owner.call(to.optionMarketPricer, "setTradeLimitParams", parameters.TRADE_LIMITS),
    owner.call(to.optionMarketPricer, "setVarianceFeeParams", parameters.VARIANCE_FEE),
    owner.call(to.optionToken, "setPartialCollateralParams", parameters.PARTIAL_COLLATERAL),
  ])
}

/** Lists the market where front ends look for it. */
async function list(owner: LyraOwner, { quote, base }: Synthetix, to: MarketContracts) {
  const listing = {
    liquidityPool: to.liquidityPool.address,
    liquidityToken: to.liquidityToken.address,
    greekCache: to.greekCache.address,
    optionMarket: to.optionMarket.address,
    optionMarketPricer: to.optionMarketPricer.address,
    optionToken: to.optionToken.address,
    poolHedger: to.poolHedger.address,
    shortCollateral: to.shortCollateral.address,
    gwavOracle: to.gwavOracle.address,
    quoteAsset: quote.address,
    baseAsset: base.address,
  }
  await Promise.all([owner.call(to.viewer, "addMarket", listing), owner.call(to.registry, "addMarket", listing)])
}

/** The owner provides the liquidity: it is minted at once, as there is no board yet; the hedger opens its account. */
async function fund(owner: LyraOwner, { quote }: Synthetix, to: MarketContracts, liquidity: bigint) {
  await owner.call(quote, "mint", owner.address, liquidity)
  await owner.call(quote, "approve", to.liquidityPool.address, liquidity)
  await owner.call(to.liquidityPool, "initiateDeposit", owner.address, liquidity)
  await owner.call(to.poolHedger, "openShortAccount")
}
