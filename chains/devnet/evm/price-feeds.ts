/**
 * The price feeds of a local chain: one Pyth contract, and per symbol an aggregator with Chainlink's interface over it.
 * Every protocol of the chain reads one of the two, so one push moves them all.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import {
  type Abi,
  type Address,
  encodeAbiParameters,
  type Hex,
  parseAbi,
  parseAbiParameters,
  parseEventLogs,
} from "viem"
import { z } from "zod"
import { PlimsollError } from "../../../aggregator/domain/errors.js"
import { divide, type Price } from "../../../aggregator/domain/fixed.js"
import type { Artifact } from "./artifact.js"
import { compiledContract } from "./compiled-contracts.js"
import type { DevWallet } from "./deploy.js"

/** Pyth's ids of the feeds against the US dollar, as published at pyth.network. */
export const PYTH_FEEDS = {
  ETH: "0xff61491a931112ddf1bd8147cd1b612375f79f5825126d665480874634fd0ace",
  BTC: "0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
  USDC: "0xeaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a",
  SOL: "0xef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d",
} as const satisfies Record<string, Hex>
export type FeedSymbol = keyof typeof PYTH_FEEDS
export const FEED_SYMBOLS = ["ETH", "BTC", "USDC", "SOL"] as const satisfies readonly FeedSymbol[]

export interface PushedPrice {
  readonly price: Price
  readonly confidence: Price
}
export type PushedPrices = Partial<Readonly<Record<FeedSymbol, PushedPrice>>>

export interface PriceFeeds {
  readonly pyth: Address
  /** Chainlink's aggregator interface (8 decimals), per symbol. */
  readonly aggregators: Readonly<Record<FeedSymbol, Address>>
  /**
   * Publishes prices in one transaction: to 8 decimals, prices rounded down, confidences up.
   *
   * @param publishTime Unix seconds, later than the last of each symbol: Pyth ignores any other, silently.
   * @throws PriceNotTakenError when the contract ignored a symbol.
   */
  pushPrices(prices: PushedPrices, publishTime: number): Promise<void>
}

export class PriceNotTakenError extends PlimsollError {
  readonly code = "PRICE_NOT_TAKEN"
  constructor(
    readonly symbols: readonly string[],
    readonly publishTime: number,
  ) {
    super(`Pyth ignored ${symbols.join(", ")} at ${publishTime}; publish times must increase per symbol`)
  }
}

/** Pyth's exponent of its USD feeds, which is also the 8 decimals of Chainlink's USD feeds and Aave's base currency. */
const EXPONENT = -8
const PER_TICK = 10n ** BigInt(18 + EXPONENT)
/** Seconds for which Pyth's own `getPrice` serves a price; readers that judge the age themselves do not use it. */
const VALID_TIME_PERIOD = 60n

const pythEvents = parseAbi(["event PriceFeedUpdate(bytes32 indexed id, uint64 publishTime, int64 price, uint64 conf)"])

/** Deploys Pyth and the aggregators; they answer once prices were pushed. `from` deploys and pushes. */
export async function deployPriceFeeds(wallet: DevWallet, from?: Address): Promise<PriceFeeds> {
  const as = from && { from }
  const mock = mockPyth()
  const [pyth, aggregator] = await Promise.all([
    wallet.deploy(mock, [VALID_TIME_PERIOD, 0n], as),
    compiledContract("PythAggregatorV3"),
  ])
  const over = (symbol: FeedSymbol) => wallet.deploy(aggregator, [pyth, PYTH_FEEDS[symbol]], as)
  const [ETH, BTC, USDC, SOL] = await Promise.all([over("ETH"), over("BTC"), over("USDC"), over("SOL")])

  async function pushPrices(prices: PushedPrices, publishTime: number) {
    const pushed = FEED_SYMBOLS.flatMap(symbol => {
      const at = prices[symbol]
      return at ? [{ symbol, update: priceUpdate(PYTH_FEEDS[symbol], at, publishTime) }] : []
    })
    const updates = pushed.map(({ update }) => update)
    const push = { to: pyth, abi: mock.abi, functionName: "updatePriceFeeds", args: [updates], ...as }
    const { logs } = await wallet.write(push)
    const taken = new Set(parseEventLogs({ abi: pythEvents, logs }).map(({ args }) => args.id))
    const ignored = pushed.filter(({ symbol }) => !taken.has(PYTH_FEEDS[symbol])).map(({ symbol }) => symbol)
    if (ignored.length > 0) throw new PriceNotTakenError(ignored, publishTime)
  }

  return { pyth, aggregators: { ETH, BTC, USDC, SOL }, pushPrices }
}

/** How the contract of Pyth's package wants an update: the feed's struct and the previous publish time. */
const PRICE_UPDATE = parseAbiParameters([
  "(bytes32 id, (int64 price, uint64 conf, int32 expo, uint256 publishTime) price, (int64 price, uint64 conf, int32 expo, uint256 publishTime) emaPrice) feed, uint64 prevPublishTime",
])

function priceUpdate(id: Hex, { price, confidence }: PushedPrice, publishTime: number): Hex {
  const at = {
    price: divide(price, PER_TICK, "down"),
    conf: divide(confidence, PER_TICK, "up"),
    expo: EXPONENT,
    publishTime: BigInt(publishTime),
  }
  // No average is kept here: readers of this devnet use the spot price.
  return encodeAbiParameters(PRICE_UPDATE, [{ id, price: at, emaPrice: at }, 0n])
}

function mockPyth(): Artifact {
  const require = createRequire(import.meta.url)
  const abi = z.custom<Abi>(Array.isArray).parse(require("@pythnetwork/pyth-sdk-solidity/abis/MockPyth.json"))
  const code = readFileSync(require.resolve("@pythnetwork/pyth-sdk-solidity/build/MockPyth_sol_MockPyth.bin"), "utf8")
  return { contractName: "MockPyth", abi, bytecode: `0x${code.trim()}`, linkReferences: {} }
}
