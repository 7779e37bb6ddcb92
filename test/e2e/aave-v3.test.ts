/**
 * Aave v3 on a local chain: the adapter's legs and totals against the market's own, to the last unit of its currency.
 */
import { type Address as Holder, maxUint256, parseAbi, zeroAddress } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price, quantityFromRaw } from "../../aggregator/domain/fixed.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type AaveMarket, deployAaveMarket } from "../../chains/devnet/evm/aave-market.js"
import { type DevWallet, openDevWallet, TransactionRevertedError } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployPriceFeeds, type FeedSymbol, type PriceFeeds } from "../../chains/devnet/evm/price-feeds.js"
import { type DevTokens, deployTokens, type TokenSymbol } from "../../chains/devnet/evm/tokens.js"
import type { EvmAdapter, EvmAsset } from "../../chains/evm/adapter.js"
import { aaveV3 } from "../../chains/evm/adapters/aave-v3.js"
import { pinLatest, runAdapter } from "../support/evm-adapter-run.js"

const CHAIN = chainId("eip155:1337")
const DAY = 86_400
const PRICE_KEY: Readonly<Record<TokenSymbol, FeedSymbol>> = { WETH: "ETH", WBTC: "BTC", USDC: "USDC" }

const WETH = 10n ** 18n
const USDC = 10n ** 6n
const poolAbi = parseAbi([
  "function getUserAccountData(address user) view returns (uint256 collateral, uint256 debt, uint256 available, uint256 threshold, uint256 ltv, uint256 healthFactor)",
  "function liquidationCall(address collateralAsset, address debtAsset, address user, uint256 debtToCover, bool receiveAToken)",
])
const transferAbi = parseAbi(["function transfer(address to, uint256 amount) returns (bool)"])
const tokenAbi = parseAbi(["function balanceOf(address) view returns (uint256)"])

describe("Aave v3 on a real market", () => {
  const holder = (index: number): Holder => devAccount(index).address
  const lender = holder(8)
  let anvil: Anvil
  let wallet: DevWallet
  let tokens: DevTokens
  let feeds: PriceFeeds
  let market: AaveMarket
  let published = 0

  const adapterFor = (symbols: readonly TokenSymbol[] = ["WETH", "WBTC", "USDC"]): EvmAdapter => {
    const assets = symbols.map((symbol): EvmAsset => {
      const { address, decimals } = tokens[symbol]
      return { address, symbol: PRICE_KEY[symbol], decimals }
    })
    return aaveV3.create(market, { chain: CHAIN, multicall3: zeroAddress, assets })
  }
  const setPrices = async (ETH: string, BTC = "97123.45", USD = "0.99983") => {
    const at = (text: string) => ({ price: price(parseDecimal(text)), confidence: price(0n) })
    const { timestamp } = await wallet.client.getBlock()
    published = Math.max(Number(timestamp), published + 1)
    await feeds.pushPrices({ ETH: at(ETH), BTC: at(BTC), USDC: at(USD) }, published)
  }
  const passDays = async (days: number) => {
    await wallet.client.increaseTime({ seconds: days * DAY })
    await wallet.client.mine({ blocks: 1 })
  }
  const supply = async (owner: Holder, symbol: TokenSymbol, amount: bigint) => {
    await tokens[symbol].mint(owner, amount)
    await market.supply(owner, symbol, amount)
  }
  const readOf = async (owner: Holder, adapter = adapterFor()) => {
    const { addresses, faults } = await runAdapter(wallet, adapter, [owner])
    const reading = addresses.find(({ address }) => address === addressOn(CHAIN, owner))
    return { legs: reading?.legs ?? [], native: reading?.native ?? [], faults: reading?.faults ?? [], venue: faults }
  }
  /** The one collateral leg's amount. */
  const suppliedIn = async (owner: Holder): Promise<bigint> => {
    const { legs } = await readOf(owner)
    const [supplied, ...others] = legs.filter(leg => leg.kind === "collateral")
    if (!supplied || others.length > 0) throw new Error(`${owner} supplied ${others.length} more or nothing`)
    return supplied.amount
  }
  /** The market's own totals, in dollars. */
  const totalsOf = async (owner: Holder) => {
    const call = { address: market.pool, abi: poolAbi, functionName: "getUserAccountData", args: [owner] } as const
    const [collateral, debt, available, threshold, ltv, healthFactor] = await wallet.client.readContract(call)
    return {
      totalCollateralBase: collateral * 10n ** 10n,
      totalDebtBase: debt * 10n ** 10n,
      availableBorrowsBase: available * 10n ** 10n,
      currentLiquidationThreshold: threshold * 10n ** 14n,
      ltv: ltv * 10n ** 14n,
      ...(healthFactor !== maxUint256 && { healthFactor }),
    }
  }
  /** Recomputed and read totals are both what the market says, to the last unit. */
  const expectExact = async (owner: Holder) => {
    const { native, faults, venue } = await readOf(owner)
    expect([...faults, ...venue]).toEqual([])
    expect(native.map(figure => [figure.name, figure.native, figure.recomputed])).toEqual(
      Object.entries(await totalsOf(owner)).map(([name, total]) => [name, total, total]),
    )
    return native
  }
  const leg = (kind: "collateral" | "debt", symbol: TokenSymbol, raw: bigint) => {
    const { address, decimals } = tokens[symbol]
    const amount = quantityFromRaw(raw, decimals, kind === "debt" ? "up" : "down")
    return {
      kind,
      chain: CHAIN,
      venue: "aave-v3",
      asset: `${CHAIN}/erc20:${address}`,
      symbol: PRICE_KEY[symbol],
      amount,
    }
  }

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1337 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    ;[tokens, feeds] = await Promise.all([deployTokens(wallet, holder(1)), deployPriceFeeds(wallet, holder(2))])
    market = await deployAaveMarket(wallet, { tokens, aggregators: feeds.aggregators, admin: holder(3) })
    await setPrices("3123.456789")
    await supply(lender, "USDC", 1_000_000n * USDC)
    await supply(lender, "WETH", 500n * WETH)
  })
  afterAll(() => anvil.stop())

  it("shows the underlying of what was supplied and leaves out those who have nothing", async () => {
    const [owner, stranger] = [holder(9), holder(10)]
    await supply(owner, "WBTC", 12_345_678n)
    const { addresses } = await runAdapter(wallet, adapterFor(), [stranger, owner])
    expect(addresses.map(({ address }) => address)).toEqual([addressOn(CHAIN, owner)])
    expect(addresses[0]?.legs).toEqual([leg("collateral", "WBTC", 12_345_678n)])
    await expectExact(owner)
  })

  it("equals the market's totals to the last unit, also after 30 days of interest on both kinds of debt", async () => {
    const owner = holder(11)
    await supply(owner, "WETH", 7n * WETH + 1n)
    await supply(owner, "WBTC", 31_415_926n)
    await market.borrow(owner, "USDC", 9_000n * USDC + 1n)
    await market.borrow(owner, "USDC", 1_000n * USDC + 7n, "stable")
    await market.borrow(owner, "WETH", 10n ** 17n + 3n)
    const [, atFirst] = await expectExact(owner)

    await passDays(30)
    await setPrices("3123.456789")
    const [, later] = await expectExact(owner)
    expect(later?.native).toBeGreaterThan(atFirst?.native ?? 0n)

    const { legs } = await readOf(owner)
    const balance = async (token: Holder) =>
      wallet.client.readContract({ address: token, abi: tokenAbi, functionName: "balanceOf", args: [owner] })
    const reserve = await market.reserveTokens("USDC")
    const owed = (await balance(reserve.stableDebt)) + (await balance(reserve.variableDebt))
    expect(owed).toBeGreaterThan(10_000n * USDC + 8n)
    expect(legs).toContainEqual(leg("debt", "USDC", owed))
    expect(legs.map(({ kind }) => kind)).toEqual(["collateral", "debt", "collateral", "debt"])
  })

  it("owes what the market says when the price of the collateral crashes", async () => {
    const owner = holder(12)
    await supply(owner, "WETH", 10n * WETH)
    await market.borrow(owner, "USDC", 20_000n * USDC)
    const before = await suppliedIn(owner)
    await setPrices("1500")
    const [collateral, debt] = await expectExact(owner)
    expect(collateral?.recomputed).toBeLessThan(debt?.recomputed ?? 0n)
    // A price changes no amount; the seconds between the reads earn their interest.
    const earned = (await suppliedIn(owner)) - before
    expect(earned).toBeGreaterThanOrEqual(0n)
    expect(earned).toBeLessThan(WETH / 1_000_000n)
    await setPrices("3000")
  })

  it("keeps what is supplied without being collateral, and what was sent as aTokens", async () => {
    const [owner, receiver] = [holder(13), holder(14)]
    await supply(owner, "USDC", 5_000n * USDC)
    await market.useAsCollateral(owner, "USDC", false)
    await passDays(3)
    expect(await totalsOf(owner)).toMatchObject({ totalCollateralBase: 0n, totalDebtBase: 0n })
    expect((await readOf(owner)).legs).toMatchObject([{ kind: "collateral", symbol: "USDC" }])

    const { aToken } = await market.reserveTokens("USDC")
    const half = { to: aToken, abi: transferAbi, functionName: "transfer", args: [receiver, 2_500n * USDC] }
    await wallet.write({ from: owner, ...half })
    expect((await readOf(receiver)).legs).toMatchObject([{ kind: "collateral", symbol: "USDC" }])
  })

  it("prices an e-mode position as the market does, by the category's own source", async () => {
    const owner = holder(15)
    await supply(owner, "WETH", 3n * WETH)
    await market.borrow(owner, "USDC", 100n * USDC)
    const CATEGORY = 1
    const priceKey = holder(0)
    await market.setPriceSources([priceKey], [feeds.aggregators.BTC])
    await market.configure("setEModeCategory", CATEGORY, 9_000, 9_300, 10_200, priceKey, "as bitcoin")
    await market.configure("setAssetEModeCategory", tokens.USDC.address, CATEGORY)
    await market.configure("setAssetEModeCategory", tokens.WETH.address, CATEGORY)
    const [plain] = await expectExact(owner)
    await market.setEMode(owner, CATEGORY)
    const [inEMode] = await expectExact(owner)
    expect(inEMode?.native).toBeGreaterThan((plain?.native ?? 0n) * 10n)
  })

  it("takes an e-mode category's thresholds, for what belongs to it only, also after a month of interest", async () => {
    const owner = holder(18)
    const STABLE = 7
    await market.configure("setEModeCategory", STABLE, 9_500, 9_700, 10_100, zeroAddress, "dollars")
    await supply(owner, "USDC", 50_000n * USDC)
    await supply(owner, "WETH", 2n * WETH)
    await market.configure("setAssetEModeCategory", tokens.USDC.address, STABLE)
    await market.setEMode(owner, STABLE)
    await market.borrow(owner, "USDC", 45_000n * USDC)
    const figures = await expectExact(owner)
    const figureOf = (name: string) => figures.find(figure => figure.name === name)?.native ?? 0n
    // Between WETH's own 82.5 % and the category's 97 %.
    expect(figureOf("currentLiquidationThreshold")).toBeGreaterThan(9_000n * 10n ** 14n)
    expect(figureOf("currentLiquidationThreshold")).toBeLessThan(9_700n * 10n ** 14n)
    await passDays(30)
    await setPrices("2950.77", "90000", "0.9991")
    await expectExact(owner)
  })

  it("equals the market after a real liquidation, to the borrower and to the liquidator who took aTokens", async () => {
    const [owner, liquidator] = [holder(4), holder(5)]
    await setPrices("3000", "90000")
    await supply(owner, "WETH", 10n * WETH)
    await market.borrow(owner, "USDC", 20_000n * USDC)
    await setPrices("2300", "90000")
    const before = await expectExact(owner)
    expect(before.find(({ name }) => name === "healthFactor")?.native).toBeLessThan(10n ** 18n)
    await tokens.USDC.mint(liquidator, 20_000n * USDC)
    await tokens.USDC.approve(liquidator, market.pool, maxUint256)
    const liquidate = (amount: bigint, receiveAToken: boolean) =>
      wallet.write({
        from: liquidator,
        to: market.pool,
        abi: poolAbi,
        functionName: "liquidationCall",
        args: [tokens.WETH.address, tokens.USDC.address, owner, amount, receiveAToken],
      })
    await liquidate(4_000n * USDC, true)
    await expectExact(liquidator)
    await expectExact(owner)
    await setPrices("1900", "90000")
    await liquidate(maxUint256, false)
    const after = await expectExact(owner)
    expect(after[1]?.recomputed).toBeLessThan((before[1]?.recomputed ?? 0n) / 2n)
    await setPrices("3000", "90000")
  })

  it("reads an earlier block as it was then, with the interest up to that block's time", async () => {
    const owner = holder(17)
    await supply(owner, "WETH", 4n * WETH)
    await market.borrow(owner, "USDC", 3_000n * USDC)
    const then = await pinLatest(wallet)
    const owedThen = (await totalsOf(owner)).totalDebtBase
    await passDays(30)
    await market.borrow(owner, "USDC", 1_000n * USDC)
    const { addresses } = await runAdapter(wallet, adapterFor(), [owner], then)
    expect(addresses[0]?.native[1]).toMatchObject({ native: owedThen, recomputed: owedThen })
    expect((await totalsOf(owner)).totalDebtBase).toBeGreaterThan(owedThen + 10n ** 20n)
  })

  it("fails closed for a debt in an asset that the chain does not list", async () => {
    const owner = holder(16)
    await supply(owner, "WETH", 2n * WETH)
    await market.borrow(owner, "USDC", 50n * USDC)
    const { faults, legs, native } = await readOf(owner, adapterFor(["WETH"]))
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "liability", venue: "aave-v3" }])
    expect(legs).toMatchObject([{ kind: "collateral", symbol: "ETH" }])
    expect(native.every(figure => figure.native === figure.recomputed)).toBe(true)
  })

  it("counts an unlisted collateral as an unknown asset", async () => {
    const owner = holder(9)
    const { faults, legs } = await readOf(owner, adapterFor(["WETH"]))
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "asset" }])
    expect(legs).toEqual([])
  })

  it("fails closed for every holder when there is no pool at the address", async () => {
    const nowhere = aaveV3.create(
      { ...market, pool: holder(19) },
      { chain: CHAIN, multicall3: zeroAddress, assets: [] },
    )
    const { addresses } = await runAdapter(wallet, nowhere, [holder(9), holder(10)])
    expect(addresses.map(({ faults }) => faults)).toMatchObject([
      [{ code: "NOT_DEPLOYED", unknown: "liability" }],
      [{ code: "NOT_DEPLOYED", unknown: "liability" }],
    ])
  })

  describe("with a reserve that is isolated", () => {
    let plain: AaveMarket

    beforeAll(async () => {
      plain = market
      market = await deployAaveMarket(wallet, { tokens, aggregators: feeds.aggregators, admin: holder(3) })
      // A ceiling can only be set on a reserve that nobody has supplied yet.
      await market.configure("setDebtCeiling", tokens.WBTC.address, 20_000_00n)
      await market.configure("setBorrowableInIsolation", tokens.USDC.address, true)
      await supply(lender, "USDC", 100_000n * USDC)
    })
    afterAll(() => {
      market = plain
    })

    it("equals the market in isolation mode: what lies beside the isolated collateral is held and does not count there", async () => {
      const owner = holder(7)
      await setPrices("3000", "90000")
      await supply(owner, "WBTC", 50_000_000n)
      // Supplying an isolated asset never switches it on by itself.
      await market.useAsCollateral(owner, "WBTC", true)
      await supply(owner, "WETH", 3n * WETH)
      await market.borrow(owner, "USDC", 15_000n * USDC)
      await expect(market.borrow(owner, "USDC", 6_000n * USDC)).rejects.toBeInstanceOf(TransactionRevertedError)
      const [collateral] = await expectExact(owner)
      expect(collateral?.native).toBe(45_000n * 10n ** 18n)
      expect((await readOf(owner)).legs).toMatchObject([
        { kind: "collateral", symbol: "ETH", amount: 3n * WETH },
        { kind: "collateral", symbol: "BTC", amount: 5n * 10n ** 17n },
        { kind: "debt", symbol: "USDC" },
      ])
      await passDays(30)
      await setPrices("2800", "80000")
      await expectExact(owner)
    })
  })
})
