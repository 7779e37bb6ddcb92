/**
 * The devnet's two EVM chains with everything deployed: tokens, feeds and Wormhole on both, Aave, Perp Curie, Uniswap and a vault
 * on the first, Lyra Avalon on the second.
 */
import { type Address, parseEther } from "viem"
import { chainId } from "../../../aggregator/domain/caip.js"
import type { ChainConfigInput } from "../../chain-config.js"
import { type Anvil, startAnvil } from "../anvil.js"
import { deployAaveMarket } from "./aave-market.js"
import { type DevWallet, openDevWallet } from "./deploy.js"
import { deployLyraMarket } from "./lyra-market.js"
import { MIN_COLLATERAL } from "./lyra-parameters.js"
import { deployMulticall3 } from "./multicall3.js"
import type { PriceFeeds, PushedPrices } from "./price-feeds.js"
import { deployPriceFeeds, PYTH_FEEDS } from "./price-feeds.js"
import { type DevTokens, deployTokens, TOKENS } from "./tokens.js"
import { AVERAGE_SECONDS, deployVenues } from "./venues.js"
import { advanceGuardianSet, deployWormholeCore } from "./wormhole-core.js"

/** One account a role, so that parts deploy side by side; owners follow from 8. */
export const ROLE = {
  multicall: 0,
  tokens: 1,
  feeds: 2,
  aave: 3,
  wormhole: 4,
  lyra: 5,
  publisher: 6,
  relayer: 7,
  owners: 8,
  perpMaker: 16,
  perpKeeper: 17,
  perp: 18,
  uniswap: 19,
} as const

export interface EvmBase {
  readonly anvil: Anvil
  readonly wallet: DevWallet
  readonly wormholeChain: number
  readonly core: Address
  readonly multicall3: Address
  readonly tokens: DevTokens
  readonly feeds: PriceFeeds
}

/** Ids that the Wormhole SDK knows in its Devnet environment. */
const ETHEREUM = { chainId: 1337, wormholeChain: 2, name: "Ethereum (devnet)" }
const BSC = { chainId: 1397, wormholeChain: 4, name: "Bsc (devnet)" }
const BLOCK_SECONDS = 1

/**
 * Avalon asks shorts for the price at 250 % volatility and a 20 % move, several times what a portfolio margin asks.
 * These milder shocks let an owner sell options close to its margin, so that one can be seen to cross it.
 */
const LOW_COLLATERAL = {
  ...MIN_COLLATERAL,
  shockVolA: parseEther("0.9"),
  shockVolB: parseEther("0.9"),
  callSpotPriceShock: parseEther("1.02"),
  putSpotPriceShock: parseEther("0.98"),
}

async function startBase(
  { chainId: id, wormholeChain }: typeof ETHEREUM,
  opening: PushedPrices,
  genesisTime = now(),
): Promise<EvmBase> {
  const anvil = await startAnvil({ chainId: id, blockTime: BLOCK_SECONDS, genesisTime })
  try {
    const wallet = await openDevWallet(anvil.url, id)
    const as = (role: keyof typeof ROLE) => roleAddress(wallet, role)
    const [multicall3, tokens, core, feeds] = await Promise.all([
      deployMulticall3(wallet, as("multicall")),
      deployTokens(wallet, as("tokens")),
      deployCore(wallet, wormholeChain, as("wormhole")),
      deployPriceFeeds(wallet, as("feeds")),
    ])
    await feeds.pushPrices(opening, genesisTime)
    return { anvil, wallet, wormholeChain, core, multicall3, tokens, feeds }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

async function deployCore(wallet: DevWallet, wormholeChain: number, from: Address): Promise<Address> {
  const core = await deployWormholeCore(wallet, wormholeChain, from)
  await advanceGuardianSet(wallet, core, from)
  return core
}

export type EthereumChain = Awaited<ReturnType<typeof startEthereum>>
export type BscChain = Awaited<ReturnType<typeof startBsc>>

/** Starts a little in the past and catches up once pools and feeds are there: their averages need a history. */
export async function startEthereum(opening: PushedPrices) {
  const base = await startBase(ETHEREUM, opening, now() - 2 * AVERAGE_SECONDS)
  const { wallet, tokens, feeds } = base
  try {
    const as = (role: keyof typeof ROLE) => roleAddress(wallet, role)
    const roles = {
      perpOwner: as("perp"),
      uniswapOwner: as("uniswap"),
      maker: as("perpMaker"),
      keeper: as("perpKeeper"),
    }
    const [aave, venues] = await Promise.all([
      deployAaveMarket(wallet, { tokens, aggregators: feeds.aggregators, admin: as("aave") }),
      deployVenues(wallet, tokens, feeds, opening, roles),
    ])
    const { timestamp } = await wallet.client.getBlock()
    await wallet.client.increaseTime({ seconds: Math.max(now() - Number(timestamp), 0) })
    await feeds.pushPrices(opening, now())
    await venues.open()
    return { ...base, aave, venues }
  } catch (error) {
    await base.anvil.stop()
    throw error
  }
}

const now = () => Math.floor(Date.now() / 1000)

export async function startBsc(opening: PushedPrices) {
  const base = await startBase(BSC, opening)
  const owner = roleAddress(base.wallet, "lyra")
  const lyra = await deployLyraMarket(base.wallet, {
    aggregator: base.feeds.aggregators.ETH,
    owner,
    minCollateral: LOW_COLLATERAL,
  })
  return { ...base, lyra }
}

/** The chains as a configuration describes them; receivers are known once they are deployed. */
export function ethereumConfig(chain: EthereumChain, receiver: Address): ChainConfigInput {
  const { pool, dataProvider } = chain.aave
  return {
    ...baseConfig(chain, ETHEREUM, receiver),
    adapters: [...baseAdapters(chain), { adapter: "aave-v3", pool, dataProvider }, ...chain.venues.adapters],
  }
}

export function bscConfig(chain: BscChain, receiver: Address): ChainConfigInput {
  const { settings } = chain.lyra
  const base = baseConfig(chain, BSC, receiver)
  // Avalon's dollar and ether tokens: on this devnet they are worth what their feeds say of USDC and ETH.
  const traded = [
    { address: settings.quoteAsset, symbol: "USDC", decimals: 18 },
    { address: settings.baseAsset, symbol: "ETH", decimals: 18 },
  ]
  return {
    ...base,
    assets: [...base.assets, ...traded],
    adapters: [...baseAdapters(chain), { adapter: "lyra-avalon", ...settings }],
  }
}

/** Price keys of the tokens: wrapped coins follow the coin. */
const PRICE_KEY = { WETH: "ETH", WBTC: "BTC", USDC: "USDC" } as const

function baseConfig(
  { anvil, core, multicall3, tokens, wormholeChain }: EvmBase,
  { chainId: id, name }: typeof ETHEREUM,
  receiver: Address,
) {
  const listed = Object.values(TOKENS).map(({ symbol, decimals }) => ({
    address: tokens[symbol].address,
    symbol: PRICE_KEY[symbol],
    decimals,
  }))
  return {
    kind: "evm" as const,
    chain: chainId(`eip155:${id}`),
    name,
    wormholeChain,
    rpc: [anvil.url],
    finality: "finalized" as const,
    multicall3,
    assets: [{ address: "native" as const, symbol: "ETH", decimals: 18 }, ...listed],
    wormhole: { core, receiver },
  }
}

const baseAdapters = ({ feeds }: EvmBase) => [
  { adapter: "wallet" },
  { adapter: "pyth", contract: feeds.pyth, feeds: PYTH_FEEDS },
  { adapter: "chainlink", feeds: feeds.aggregators },
]

export function roleAddress(wallet: DevWallet, role: keyof typeof ROLE, offset = 0): Address {
  const address = wallet.accounts[ROLE[role] + offset]
  if (!address) throw new RangeError(`the local chain has no account for ${role} ${offset}`)
  return address
}
