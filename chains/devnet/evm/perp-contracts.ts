/**
 * Perp Curie's contracts from its packages' artifacts, deployed and wired but without any market.
 */
import type { Address } from "viem"
import { loadArtifact } from "./artifact.js"
import { type Contract, type Owner, ownerOf } from "./contract-owner.js"
import type { DevWallet } from "./deploy.js"
import { deployUniswapFactory } from "./uniswap-v3-pools.js"

const curie = (name: string) => loadArtifact(`@perp/curie-contract/artifacts/contracts/${name}.sol/${name}.json`)
const oracle = (name: string) => loadArtifact(`@perp/perp-oracle-contract/artifacts/contracts/${name}.sol/${name}.json`)

const NO_CAP = 2n ** 255n

/** Collateral other than the settlement token: the protocol's own terms on Optimism. */
const COLLATERAL_TERMS = {
  maxCollateralTokensPerAccount: 5,
  debtNonSettlementTokenValueRatio: 750_000,
  liquidationRatio: 500_000,
  mmRatioBuffer: 2_000,
  clInsuranceFundFeeRatio: 30_000,
  debtThreshold: 10_000n * 10n ** 6n,
  collateralValueDust: 500n * 10n ** 6n,
} as const

/** Deploys the clearing house and everything behind it. @param settlementToken what the vault keeps its accounts in. */
export async function deployPerpContracts(wallet: DevWallet, address: Address, settlementToken: Address) {
  const owner = ownerOf(wallet, address)
  const deploy = (name: string) => owner.deploy(curie(name))
  const [factory, quoteToken, config, marketRegistry, orderBook, insuranceFund] = await Promise.all([
    deployUniswapFactory(wallet, address),
    deploy("QuoteToken"),
    deploy("ClearingHouseConfig"),
    deploy("MarketRegistry"),
    deploy("OrderBook"),
    deploy("InsuranceFund"),
  ])
  const [accountBalance, exchange, vault, collateralManager, clearingHouse] = await Promise.all([
    deploy("AccountBalance"),
    deploy("Exchange"),
    deploy("Vault"),
    deploy("CollateralManager"),
    deploy("ClearingHouse"),
  ])
  const contracts = {
    factory,
    quoteToken,
    config,
    marketRegistry,
    orderBook,
    insuranceFund,
    accountBalance,
    exchange,
    vault,
    collateralManager,
    clearingHouse,
  }
  await wire(owner, contracts, settlementToken)
  return contracts
}

interface PerpContracts {
  readonly factory: Contract
  readonly quoteToken: Contract
  readonly config: Contract
  readonly marketRegistry: Contract
  readonly orderBook: Contract
  readonly insuranceFund: Contract
  readonly accountBalance: Contract
  readonly exchange: Contract
  readonly vault: Contract
  readonly collateralManager: Contract
  readonly clearingHouse: Contract
}

/** Each contract asks its neighbours for what they were told when it is initialised: the order matters. */
async function wire(owner: Owner, to: PerpContracts, settlementToken: Address) {
  const init = (contract: Contract, ...args: readonly unknown[]) => owner.call(contract, "initialize", ...args)
  const { config, vault, clearingHouse, exchange, orderBook, accountBalance, insuranceFund, marketRegistry } = to
  await init(to.quoteToken, "vUSD", "vUSD")
  await init(config)
  await owner.call(config, "setSettlementTokenBalanceCap", NO_CAP)
  await init(marketRegistry, to.factory.address, to.quoteToken.address)
  await init(orderBook, marketRegistry.address)
  await init(insuranceFund, settlementToken)
  await init(accountBalance, config.address, orderBook.address)
  await init(exchange, marketRegistry.address, orderBook.address, config.address)
  await owner.call(exchange, "setAccountBalance", accountBalance.address)
  await owner.call(orderBook, "setExchange", exchange.address)
  await init(vault, insuranceFund.address, config.address, accountBalance.address, exchange.address)
  await owner.call(insuranceFund, "setVault", vault.address)
  await owner.call(accountBalance, "setVault", vault.address)
  await init(to.collateralManager, config.address, vault.address, ...Object.values(COLLATERAL_TERMS))
  await owner.call(vault, "setCollateralManager", to.collateralManager.address)
  const neighbours = [config, vault, to.quoteToken, to.factory, exchange, accountBalance, insuranceFund]
  await init(clearingHouse, ...neighbours.map(contract => contract.address))
  for (const callee of [marketRegistry, orderBook, exchange, accountBalance, vault]) {
    await owner.call(callee, "setClearingHouse", clearingHouse.address)
  }
  await owner.call(to.quoteToken, "mintMaximumTo", clearingHouse.address)
  await owner.call(to.quoteToken, "addWhitelist", clearingHouse.address)
}

/** Seconds without an update after which the feed would fall back to another source; there is none. */
const FEED_TIMEOUT = 10 * 365 * 86_400

/** The protocol's own feed over a Chainlink aggregator; it averages over `twapSeconds`. */
export async function deployPerpFeed(owner: Owner, aggregator: Address, twapSeconds: number): Promise<Contract> {
  const feed = await owner.deploy(oracle("ChainlinkPriceFeedV3"), [aggregator, FEED_TIMEOUT, twapSeconds])
  const dispatcher = await owner.deploy(oracle("PriceFeedDispatcher"), [feed.address])
  await owner.call(dispatcher, "dispatchPrice", twapSeconds)
  return dispatcher
}

/** A base token whose address sorts below the quote token's: the protocol wants base as token0 of its pools. */
export async function deployBaseToken(owner: Owner, quoteToken: Contract): Promise<Contract> {
  for (;;) {
    const token = await owner.deploy(curie("BaseToken"))
    if (BigInt(token.address) < BigInt(quoteToken.address)) return token
  }
}
