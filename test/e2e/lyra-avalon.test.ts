/**
 * Lyra Avalon on a real node: real trades, read back by the adapter, through expiry and settlement to the payout.
 */
import { type Address, ContractFunctionExecutionError, erc20Abi, parseAbi, parseEther } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { price } from "../../aggregator/domain/fixed.js"
import { instrumentName } from "../../aggregator/domain/instrument.js"
import type { CollateralLeg, OptionLeg } from "../../aggregator/domain/leg.js"
import type { OptionQuote } from "../../aggregator/domain/reading.js"
import type { AdapterReading } from "../../chains/adapter.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployLyraMarket, type LyraMarket } from "../../chains/devnet/evm/lyra-market.js"
import {
  closePosition,
  createBoard,
  type LyraBoard,
  openPosition,
  settleExpiredBoard,
  settleOptions,
  updateGreeks,
} from "../../chains/devnet/evm/lyra-trading.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { deployPriceFeeds, type PriceFeeds } from "../../chains/devnet/evm/price-feeds.js"
import type { EvmChainFacts } from "../../chains/evm/adapter.js"
import { lyraAvalon } from "../../chains/evm/adapters/lyra-avalon.js"
import { evmReader } from "../../chains/evm/reader.js"
import { httpEndpoint } from "../../chains/evm/rpc.js"
import { runAdapter } from "../support/evm-adapter-run.js"

const CHAIN = chainId("eip155:1397")
const MONTH = 28 * 86_400
const ether = parseEther
const abi = parseAbi([
  "struct Greeks { int256 callDelta; int256 putDelta; uint256 stdVega; uint256 callPrice; uint256 putPrice; }",
  "struct Strike { uint256 id; uint256 boardId; uint256 strikePrice; uint256 skew; Greeks greeks; int256 callExposure; int256 putExposure; uint256 skewVariance; }",
  "function getStrikeCache(uint256 strikeId) view returns (Strike)",
  "function transferFrom(address from, address to, uint256 tokenId)",
  "function getSpotPriceForMarket(address market) view returns (uint256)",
])

describe("a Lyra Avalon market", () => {
  let anvil: Anvil
  let wallet: DevWallet
  let feeds: PriceFeeds
  let market: LyraMarket
  let multicall3: Address
  let alice: Address
  let bob: Address

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1397 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    multicall3 = await deployMulticall3(wallet)
    feeds = await deployPriceFeeds(wallet, account(2))
    await pushEth("2000")
    market = await deployLyraMarket(wallet, { aggregator: feeds.aggregators.ETH, owner: account(5) })
    alice = account(8)
    bob = account(9)
    for (const trader of [alice, bob]) {
      await market.mint("quote", trader, ether("1000000"))
      await market.mint("base", trader, ether("100"))
    }
  })
  afterAll(() => anvil.stop())

  const account = (index: number): Address => wallet.accounts[index] ?? expect.fail(`no account ${index}`)
  const now = async () => Number((await wallet.client.getBlock()).timestamp)

  let published = 0
  async function pushEth(dollars: string) {
    const eth = { price: price(ether(dollars)), confidence: price(0n) }
    published = Math.max(published + 1, await now())
    await feeds.pushPrices({ ETH: eth }, published)
  }

  let boards = 0
  /** Expiries are a minute apart at least, so that no two boards list the same instrument. */
  async function listBoard(): Promise<LyraBoard & { expiry: number }> {
    const expiry = (await now()) + MONTH + 60 * boards++
    const strike = (dollars: string, skew: string) => ({ price: ether(dollars), skew: ether(skew) })
    const strikes = [strike("1800", "1.05"), strike("2000", "1"), strike("2200", "1.02")]
    return { expiry, ...(await createBoard(market, { expiry, baseIv: ether("0.8"), strikes })) }
  }

  const read = (...holders: Address[]) => runAdapter(wallet, adapterAt(market.settings), holders)
  const facts = (): EvmChainFacts => ({
    chain: CHAIN,
    multicall3,
    assets: [
      { address: market.quote.address, symbol: "USDC", decimals: 18 },
      { address: market.base.address, symbol: "WETH", decimals: 18 },
    ],
  })
  const adapterAt = (settings: LyraMarket["settings"]) =>
    lyraAvalon.create(lyraAvalon.settings.parse(settings), facts())

  const legsOf = ({ addresses }: AdapterReading, holder: Address) =>
    addresses.find(({ address }) => address === addressOn(CHAIN, holder))?.legs ?? []
  const options = (reading: AdapterReading, holder: Address) =>
    legsOf(reading, holder).filter((leg): leg is OptionLeg => leg.kind === "option")
  const collateral = (reading: AdapterReading, holder: Address) =>
    legsOf(reading, holder).filter((leg): leg is CollateralLeg => leg.kind === "collateral")
  const nft = (positionId: bigint) => `${CHAIN}/erc721:${market.optionToken.address}/${positionId}`
  const amounts = (legs: readonly CollateralLeg[]) => legs.map(({ symbol, amount }) => [symbol, amount])
  const balances = (...holders: Address[]): Promise<Balances[]> =>
    Promise.all(
      holders.map(async holder => {
        const query = { abi: erc20Abi, functionName: "balanceOf", args: [holder] } as const
        const [USDC, WETH] = await Promise.all(
          [market.quote, market.base].map(({ address }) => wallet.client.readContract({ ...query, address })),
        )
        return { USDC: USDC ?? 0n, WETH: WETH ?? 0n }
      }),
    )

  const strikeAt = (index: number) => (board: LyraBoard) => board.strikeIds[index] ?? expect.fail("no such strike")
  const [low, middle, high] = [strikeAt(0), strikeAt(1), strikeAt(2)]

  /** Four positions of the first, one of the second. */
  async function openAll(board: LyraBoard, first: Address, second: Address) {
    return {
      longCall: await openPosition(market, first, {
        strikeId: middle(board),
        optionType: "LONG_CALL",
        amount: ether("5"),
      }),
      longPut: await openPosition(market, first, {
        strikeId: low(board),
        optionType: "LONG_PUT",
        amount: ether("4"),
      }),
      shortCall: await openPosition(market, first, {
        strikeId: high(board),
        optionType: "SHORT_CALL_QUOTE",
        amount: ether("3"),
        setCollateralTo: ether("4000"),
      }),
      coveredCall: await openPosition(market, first, {
        strikeId: high(board),
        optionType: "SHORT_CALL_BASE",
        amount: ether("2"),
        setCollateralTo: ether("2"),
      }),
      shortPut: await openPosition(market, second, {
        strikeId: low(board),
        optionType: "SHORT_PUT_QUOTE",
        amount: ether("1.5"),
        setCollateralTo: ether("2700"),
      }),
    }
  }

  it("follows the chain's aggregator and stops trading on a price that is too old", async () => {
    const spot = { address: market.synthetixAdapter.address, abi, functionName: "getSpotPriceForMarket" } as const
    const spotPrice = () => wallet.client.readContract({ ...spot, args: [market.optionMarket.address] })
    await pushEth("2345.67")
    expect(await spotPrice()).toBe(ether("2345.67"))
    await wallet.client.increaseTime({ seconds: 26 * 3_600 })
    await wallet.client.mine({ blocks: 1 })
    await expect(spotPrice()).rejects.toBeInstanceOf(ContractFunctionExecutionError)
    await pushEth("2000")
    expect(await spotPrice()).toBe(ether("2000"))
  })

  it("quotes every strike at the volatility and rate that the market prices with", async () => {
    const board = await listBoard()
    await updateGreeks(market, board.boardId)
    const { quotes } = await read()
    const own = quotes.filter(({ instrument }) => instrument.expiry === board.expiry)
    expect(own.map(({ instrument, volatility }) => [instrument.right, instrument.strike, volatility])).toEqual([
      ["call", ether("1800"), ether("0.84")],
      ["put", ether("1800"), ether("0.84")],
      ["call", ether("2000"), ether("0.8")],
      ["put", ether("2000"), ether("0.8")],
      ["call", ether("2200"), ether("0.816")],
      ["put", ether("2200"), ether("0.816")],
    ])

    const years = (board.expiry - (await now())) / (365 * 86_400)
    for (const [index, strikeId] of board.strikeIds.entries()) {
      const cache = { address: market.greekCache.address, abi, functionName: "getStrikeCache" } as const
      const { greeks } = await wallet.client.readContract({ ...cache, args: [strikeId] })
      const [call, put] = own.slice(2 * index)
      expect(decimal(greeks.callPrice)).toBeCloseTo(blackScholes(call, 2000, years), 6)
      expect(decimal(greeks.putPrice)).toBeCloseTo(blackScholes(put, 2000, years), 6)
    }
  })

  it("shows every kind of position with its sign, instrument and locked collateral", async () => {
    const board = await listBoard()
    const ids = await openAll(board, alice, bob)
    const reading = await read(alice, bob, account(10))

    const series = (strike: string, right: "call" | "put") =>
      instrumentName({ kind: "option", underlying: "ETH", expiry: board.expiry, strike: price(ether(strike)), right })
    expect(
      options(reading, alice).map(leg => [leg.positionId, instrumentName(leg.instrument), leg.quantity, leg.state]),
    ).toEqual([
      [nft(ids.longCall), series("2000", "call"), ether("5"), "active"],
      [nft(ids.longPut), series("1800", "put"), ether("4"), "active"],
      [nft(ids.shortCall), series("2200", "call"), -ether("3"), "active"],
      [nft(ids.coveredCall), series("2200", "call"), -ether("2"), "active"],
    ])
    expect(amounts(collateral(reading, alice))).toEqual([
      ["USDC", ether("4000")],
      ["WETH", ether("2")],
    ])
    expect(options(reading, bob)).toMatchObject([{ positionId: nft(ids.shortPut), quantity: -ether("1.5") }])
    expect(amounts(collateral(reading, bob))).toEqual([["USDC", ether("2700")]])
    expect(reading.addresses).toHaveLength(2)
    expect(reading.faults).toEqual([])
  })

  it("reads the same through the chain's reader, in one Multicall3 a round at one block", async () => {
    const reader = evmReader({
      facts: facts(),
      finality: "latest",
      blockContext: "header",
      adapters: [adapterAt(market.settings)],
      endpoints: [httpEndpoint(anvil.url, { timeoutMs: 120_000 })],
    })
    const holders = [alice, bob].map(holder => addressOn(CHAIN, holder))
    const { addresses, quotes } = await read(alice, bob)
    expect(addresses.flatMap(({ legs }) => legs)).not.toEqual([])
    expect(await reader.read(holders, new AbortController().signal)).toMatchObject({
      status: "ok",
      addresses,
      quotes,
      faults: [],
    })
  })

  it("follows a position through enlargement, partial and full close", async () => {
    const board = await listBoard()
    const short = { strikeId: high(board), optionType: "SHORT_CALL_QUOTE" } as const
    const opened = { ...short, amount: ether("3"), setCollateralTo: ether("4000") }
    const positionId = await openPosition(market, bob, opened)
    const held = async () => {
      const reading = await read(bob)
      const [option] = options(reading, bob).filter(leg => leg.positionId === nft(positionId))
      return option && [option.quantity, ...collateral(reading, bob).map(({ amount }) => amount)]
    }
    const others = (await held())?.slice(1, -1) ?? []

    await openPosition(market, bob, { ...short, positionId, amount: ether("1"), setCollateralTo: ether("5200") })
    expect(await held()).toEqual([-ether("4"), ...others, ether("5200")])
    const part = { ...short, positionId, amount: ether("2.5"), setCollateralTo: ether("2000") }
    await closePosition(market, bob, part)
    expect(await held()).toEqual([-ether("1.5"), ...others, ether("2000")])
    await closePosition(market, bob, { ...short, positionId, amount: ether("1.5") })
    expect(await held()).toBeUndefined()
  })

  it("counts a position for whoever owns its NFT, and for nobody else", async () => {
    const board = await listBoard()
    const long = { strikeId: middle(board), optionType: "LONG_CALL", amount: ether("1") } as const
    const positionId = await openPosition(market, alice, long)
    const args = [alice, bob, positionId]
    await wallet.write({ from: alice, to: market.optionToken.address, abi, functionName: "transferFrom", args })
    const reading = await read(alice, bob)
    const holds = (holder: Address) => options(reading, holder).some(leg => leg.positionId === nft(positionId))
    expect([holds(alice), holds(bob)]).toEqual([false, true])
  })

  it.each([
    { spot: "2500", pays: "calls" },
    { spot: "1500", pays: "puts" },
  ])("is expired until settled, then worth its payout to the wei: $pays pay at $spot", async ({ spot }) => {
    const [carol, dave] = spot === "2500" ? [account(11), account(12)] : [account(13), account(14)]
    for (const trader of [carol, dave]) {
      await market.mint("quote", trader, ether("1000000"))
      await market.mint("base", trader, ether("100"))
    }
    await pushEth("2000")
    const board = await listBoard()
    const ids = Object.values(await openAll(board, carol, dave))

    await wallet.client.setNextBlockTimestamp({ timestamp: BigInt(board.expiry) })
    await wallet.client.mine({ blocks: 1 })
    const expired = await read(carol, dave)
    expect([...options(expired, carol), ...options(expired, dave)].map(({ state }) => state)).toEqual(
      ids.map(() => "expired"),
    )
    expect(expired.faults).toEqual([])

    await pushEth(spot)
    await settleExpiredBoard(market, board.boardId)
    const settled = await read(carol, dave)
    expect(settled.quotes.filter(({ instrument }) => instrument.expiry === board.expiry)).toEqual([])
    expect(settled.faults).toEqual([])
    expect(settled.addresses.flatMap(({ faults }) => faults)).toEqual([])
    expect([...options(settled, carol), ...options(settled, dave)]).toEqual([])

    const promised = (holder: Address) => sumBySymbol(collateral(settled, holder))
    const before = await balances(carol, dave)
    await settleOptions(market, ids)
    const after = await balances(carol, dave)
    expect(after.map((each, index) => subtract(each, before[index]))).toEqual([promised(carol), promised(dave)])
    expect((await read(carol, dave)).addresses).toEqual([])

    const at = BigInt(spot)
    const intrinsic = {
      longCall: 5n * max(at - 2000n),
      longPut: 4n * max(1800n - at),
      shortCall: 4000n - 3n * max(at - 2200n),
    }
    expect(promised(carol).USDC).toBe((intrinsic.longCall + intrinsic.longPut + intrinsic.shortCall) * ether("1"))
    expect(promised(dave)).toEqual({ USDC: ether("2700") - (3n * max(1800n - at) * ether("1")) / 2n, WETH: 0n })
  })

  it("fails closed for every holder where no market is deployed", async () => {
    const nowhere = { optionMarket: account(0), optionToken: account(0), greekCache: account(0) }
    const { addresses, quotes, faults } = await runAdapter(wallet, adapterAt({ ...market.settings, ...nowhere }), [
      alice,
      bob,
    ])
    expect(addresses.map(({ address }) => address)).toEqual([alice, bob].map(holder => addressOn(CHAIN, holder)))
    for (const { faults: own, legs } of addresses) {
      expect(legs).toEqual([])
      expect(own).toMatchObject([{ code: "NOT_DEPLOYED", unknown: "position" }])
    }
    expect(quotes).toEqual([])
    expect(faults.map(({ code }) => code)).toEqual(["NOT_DEPLOYED", "NOT_DEPLOYED"])
  })
})

const max = (value: bigint) => (value > 0n ? value : 0n)
const decimal = (value: bigint) => Number(value) / 1e18

type Balances = { readonly USDC: bigint; readonly WETH: bigint }
const subtract = (a: Balances, b: Balances | undefined): Balances => ({
  USDC: a.USDC - (b?.USDC ?? 0n),
  WETH: a.WETH - (b?.WETH ?? 0n),
})
function sumBySymbol(legs: readonly CollateralLeg[]): Balances {
  const sum = (symbol: string) => legs.reduce((total, leg) => total + (leg.symbol === symbol ? leg.amount : 0n), 0n)
  return { USDC: sum("USDC"), WETH: sum("WETH") }
}

/** The textbook value in floating point, independent of the market's fixed-point one. */
function blackScholes(quote: OptionQuote | undefined, spot: number, years: number): number {
  if (!quote) return Number.NaN
  const [strike, volatility, rate] = [quote.instrument.strike, quote.volatility, quote.rate].map(decimal)
  if (strike === undefined || volatility === undefined || rate === undefined) return Number.NaN
  const deviation = volatility * Math.sqrt(years)
  const d1 = (Math.log(spot / strike) + (rate + volatility ** 2 / 2) * years) / deviation
  const discounted = strike * Math.exp(-rate * years)
  const call = spot * normalCdf(d1) - discounted * normalCdf(d1 - deviation)
  return quote.instrument.right === "call" ? call : call - spot + discounted
}

/** Simpson's rule on the density: slow, simple and exact to 1e-12. */
function normalCdf(x: number): number {
  const steps = 2_000
  const width = x / steps
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)
  let sum = density(0) + density(x)
  for (let i = 1; i < steps; i++) sum += density(i * width) * (i % 2 === 0 ? 2 : 4)
  return 0.5 + (sum * width) / 3
}
