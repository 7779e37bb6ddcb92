/**
 * Perp Curie on a real node: real trades, read back by the adapter, against the clearing house's own numbers to the last unit.
 */
import { type Address as Holder, parseEther, zeroAddress } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import type { PerpLeg } from "../../aggregator/domain/leg.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import type { Contract } from "../../chains/devnet/evm/contract-owner.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployPerpMarket, type PerpMarket } from "../../chains/devnet/evm/perp-market.js"
import { deployPriceFeeds, type PriceFeeds } from "../../chains/devnet/evm/price-feeds.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import type { EvmAdapter } from "../../chains/evm/adapter.js"
import { perpCurie } from "../../chains/evm/adapters/perp-curie.js"
import { pinLatest, runAdapter } from "../support/evm-adapter-run.js"

const CHAIN = chainId("eip155:1337")
const USDC = 10n ** 6n
const MICRO = 10n ** 12n
const ether = parseEther

describe("Perp Curie on a real chain", () => {
  const holder = (index: number): Holder => devAccount(index).address
  const maker = holder(8)
  let anvil: Anvil
  let wallet: DevWallet
  let tokens: DevTokens
  let feeds: PriceFeeds
  let perp: PerpMarket
  let adapter: EvmAdapter
  let published = 0

  const adapterFor = (
    markets: Readonly<Record<string, Holder>>,
    listed: readonly (keyof DevTokens)[] = ["WETH", "USDC"],
  ) =>
    perpCurie.create(
      { ...perp.settings, markets },
      {
        chain: CHAIN,
        multicall3: zeroAddress,
        assets: listed.map(name => ({ ...tokens[name], symbol: name === "WETH" ? "ETH" : name })),
      },
    )
  const pass = async (seconds: number) => {
    await wallet.client.increaseTime({ seconds })
    await wallet.client.mine({ blocks: 1 })
  }
  const setPrices = async (ETH: string, BTC = "90000") => {
    const at = (text: string) => ({ price: price(parseDecimal(text)), confidence: price(0n) })
    published = Math.max(Number((await wallet.client.getBlock()).timestamp), published + 1)
    await feeds.pushPrices({ ETH: at(ETH), BTC: at(BTC), USDC: at("1") }, published)
    await perp.takePrices()
  }
  const fund = async (trader: Holder, amount: bigint) => {
    await tokens.USDC.mint(trader, amount)
    await perp.deposit(trader, "USDC", amount)
  }
  const call = ({ address, abi }: Contract, functionName: string, ...args: readonly unknown[]) =>
    wallet.client.readContract({ address, abi, functionName, args })
  const readOf = async (trader: Holder, by = adapter) => {
    const { addresses } = await runAdapter(wallet, by, [trader])
    const found = addresses.find(({ address }) => address === addressOn(CHAIN, trader))
    const legs = found?.legs ?? []
    const perps = legs.filter((leg): leg is PerpLeg => leg.kind === "perp")
    return {
      legs,
      perps,
      others: legs.filter(({ kind }) => kind !== "perp"),
      faults: found?.faults ?? [],
      native: found?.native ?? [],
    }
  }
  /** Our figures are the protocol's, and those that the adapter took for the protocol's are what the contracts say. */
  const expectExact = async (trader: Holder) => {
    const { native } = await readOf(trader)
    const accountValue = await call(perp.clearingHouse, "getAccountValue", trader)
    const freeCollateral = BigInt(String(await call(perp.vault, "getFreeCollateral", trader))) * MICRO
    const requirement = await call(perp.accountBalance, "getMarginRequirementForLiquidation", trader)
    expect(native.map(({ name, native: theirs, recomputed }) => [name, theirs, recomputed])).toEqual([
      ["accountValue", accountValue, accountValue],
      ["freeCollateral", freeCollateral, freeCollateral],
      ["marginRequirementForLiquidation", requirement, requirement],
    ])
    return BigInt(String(accountValue))
  }
  /** What the legs are worth, USDC at one dollar: has to be the account value, but for what the vault cuts off or discounts. */
  const worth = async (trader: Holder) => {
    const { legs } = await readOf(trader)
    return legs.reduce((sum, leg) => {
      if (leg.kind === "perp") return sum + leg.unsettled
      if (leg.kind === "option" || leg.kind === "future") throw new Error(`${leg.kind} at Perp`)
      return sum + (leg.kind === "debt" ? -leg.amount : leg.amount)
    }, 0n)
  }
  const expectWorth = async (trader: Holder) => {
    const beyond = (await worth(trader)) - (await expectExact(trader))
    // The vault cuts off below a millionth; a short's position value is cut off in its favour by one unit each.
    expect(beyond).toBeGreaterThanOrEqual(-2n)
    expect(beyond).toBeLessThan(MICRO)
  }
  const pnlOf = async (trader: Holder) => {
    const [owed, unrealized, fee] = (await call(perp.accountBalance, "getPnlAndPendingFee", trader)) as bigint[]
    return { owed: owed ?? 0n, unrealized: unrealized ?? 0n, fee: fee ?? 0n }
  }
  const fundingOf = async (trader: Holder) =>
    BigInt(String(await call(perp.exchange, "getAllPendingFundingPayment", trader)))

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1337 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    ;[tokens, feeds] = await Promise.all([deployTokens(wallet, holder(1)), deployPriceFeeds(wallet, holder(2))])
    const at = (text: string) => ({ price: price(parseDecimal(text)), confidence: price(0n) })
    published = Number((await wallet.client.getBlock()).timestamp)
    await feeds.pushPrices({ ETH: at("3000"), BTC: at("90000"), USDC: at("1") }, published)
    perp = await deployPerpMarket(wallet, { tokens, aggregators: feeds.aggregators, owner: holder(3) })
    adapter = adapterFor(perp.settings.markets)
    await pass(2_000)
    await fund(maker, 5_000_000n * USDC)
    await perp.provide(maker, "ETH", { base: ether("1000"), quote: ether("3000000"), spacings: 80 })
    await perp.provide(maker, "BTC", { base: ether("30"), quote: ether("2700000"), spacings: 80 })
  })
  afterAll(() => anvil.stop())

  it("reads a long and a short with their vault money, to the account value of the clearing house", async () => {
    const trader = holder(9)
    await fund(trader, 100_000n * USDC)
    await perp.open(trader, "ETH", ether("20"))
    await perp.open(trader, "BTC", -ether("0.5"))
    const { perps, others, faults } = await readOf(trader)
    expect(faults).toEqual([])
    expect(perps).toMatchObject([
      { instrument: { kind: "perpetual", underlying: "ETH" }, quantity: ether("20"), venue: "perp-curie" },
      { instrument: { kind: "perpetual", underlying: "BTC" }, quantity: -ether("0.5") },
    ])
    expect(new Set(perps.map(({ positionId }) => positionId)).size).toBe(2)
    expect(others).toMatchObject([{ kind: "collateral", symbol: "USDC" }])
    const total = perps.reduce((sum, { unsettled }) => sum + unsettled, 0n)
    const beyond = (await pnlOf(trader)).unrealized - (await fundingOf(trader)) - total
    expect(beyond).toBeGreaterThanOrEqual(0n)
    expect(beyond).toBeLessThanOrEqual(2n)
    await expectWorth(trader)
  })

  it("counts funding as received: a long above the index pays, and a settlement turns it into cash", async () => {
    const [long, short] = [holder(10), holder(11)]
    await Promise.all([fund(long, 200_000n * USDC), fund(short, 200_000n * USDC)])
    await perp.open(long, "ETH", ether("100"))
    await perp.open(short, "ETH", -ether("10"))
    await pass(6 * 3_600)
    const owed = await fundingOf(long)
    expect(owed).toBeGreaterThan(0n)
    expect(await fundingOf(short)).toBeLessThan(0n)
    const [{ perps, others }, received] = await Promise.all([readOf(long), readOf(short)])
    expect(perps[0]?.unsettled).toBe((await pnlOf(long)).unrealized - owed)
    expect(received.perps[0]?.unsettled).toBeGreaterThan((await pnlOf(short)).unrealized)
    await Promise.all([expectWorth(long), expectWorth(short)])

    const cash = others[0]?.kind === "collateral" ? others[0].amount : 0n
    await wallet.write({
      from: long,
      to: perp.clearingHouse.address,
      abi: perp.clearingHouse.abi,
      functionName: "settleAllFunding",
      args: [long],
    })
    const [settled] = (await readOf(long)).others
    const paid = cash - (settled?.kind === "collateral" ? settled.amount : 0n)
    // Some seconds of funding later than what was owed.
    expect(paid).toBeGreaterThanOrEqual(owed)
    expect(paid).toBeLessThan((owed * 101n) / 100n)
    await expectWorth(long)
  })

  it("stays exact when the market falls, through a partial close, a settlement in cash and a withdrawal", async () => {
    const trader = holder(12)
    await fund(trader, 60_000n * USDC)
    await perp.open(trader, "ETH", ether("30"))
    await setPrices("2870.123456")
    await perp.open(holder(9), "ETH", -ether("60"))
    await pass(1_800)
    await expectWorth(trader)
    await perp.open(trader, "ETH", -ether("13"))
    expect((await pnlOf(trader)).owed).not.toBe(0n)
    await expectWorth(trader)
    await perp.withdraw(trader, "USDC", 1_000n * USDC)
    await expectWorth(trader)
    await perp.close(trader, "ETH")
    expect((await readOf(trader)).legs).toMatchObject([{ kind: "collateral", symbol: "USDC" }])
    await expectWorth(trader)
    await setPrices("3000")
  })

  it("lists WETH in the vault by amount, and a vault balance below zero as a debt", async () => {
    const trader = holder(13)
    await tokens.WETH.mint(trader, ether("40"))
    await perp.deposit(trader, "WETH", ether("40"))
    await perp.open(trader, "ETH", -ether("25"))
    await pass(1_800)
    await perp.close(trader, "ETH")
    const { perps, others } = await readOf(trader)
    expect(perps).toEqual([])
    expect(others).toMatchObject([
      { kind: "debt", symbol: "USDC" },
      { kind: "collateral", symbol: "ETH", amount: ether("40") },
    ])
    await expectExact(trader)
    await perp.open(trader, "BTC", ether("0.2"))
    await expectExact(trader)
  })

  it("fails closed for a maker, whose size follows the price, and still agrees with the clearing house", async () => {
    const { perps, faults } = await readOf(maker)
    expect(perps).toEqual([])
    expect(faults).toMatchObject([
      { code: "UNSUPPORTED_POSITION", unknown: "position", venue: "perp-curie" },
      { code: "UNSUPPORTED_POSITION", unknown: "position" },
    ])
    expect((await pnlOf(maker)).fee).toBeGreaterThan(0n)
    await expectExact(maker)
  })

  it("stays exact through a liquidation", async () => {
    const [trader, liquidator] = [holder(14), holder(15)]
    await Promise.all([fund(trader, 10_000n * USDC), fund(liquidator, 500_000n * USDC)])
    await perp.open(trader, "ETH", ether("25"))
    await setPrices("2740")
    await perp.open(liquidator, "ETH", -ether("150"))
    await pass(60)
    await perp.open(liquidator, "ETH", -ether("150"))
    await pass(3_600)
    await perp.takePrices()
    expect(await expectExact(trader)).toBeLessThan(
      BigInt(String(await call(perp.accountBalance, "getMarginRequirementForLiquidation", trader))),
    )
    const before = (await readOf(trader)).perps[0]?.quantity ?? 0n
    await perp.liquidate(liquidator, trader, "ETH")
    const after = await readOf(trader)
    expect(after.perps[0]?.quantity ?? 0n).toBeLessThan(before)
    await Promise.all([expectWorth(trader), expectWorth(liquidator)])
  })

  it("has a market that follows its index as far as its own limits allow, which is what the devnet's keeper does", async () => {
    const keeper = holder(16)
    await fund(keeper, 5_000_000n * USDC)
    const priceNow = async () => {
      const [sqrtPrice] = (await call(perp.markets.BTC.pool, "slot0")) as readonly [bigint]
      return Number((sqrtPrice * sqrtPrice * 10_000n) / 2n ** 192n) / 10_000
    }
    for (const target of ["91000", "89500"]) {
      await pass(20)
      await perp.follow(keeper, "BTC", parseDecimal(target))
      expect(await priceNow()).toBeCloseTo(Number(target), 0)
    }
    await pass(20)
    const before = await priceNow()
    await perp.follow(keeper, "BTC", parseDecimal("200000"))
    expect(await priceNow()).toBeGreaterThanOrEqual(before)
    expect(await priceNow()).toBeLessThan(before * 1.1)
    await expectWorth(keeper)
  })

  it("reads an earlier block as it was then", async () => {
    const trader = holder(9)
    const then = await pinLatest(wallet)
    const [was] = (await readOf(trader)).perps
    await perp.open(trader, "ETH", ether("1"))
    const { addresses } = await runAdapter(wallet, adapter, [trader], then)
    expect(addresses[0]?.legs).toContainEqual(was)
  })

  it("fails closed for a market and for a debt that the configuration does not list", async () => {
    const withoutEth = adapterFor({ BTC: perp.settings.markets.BTC })
    expect((await readOf(holder(9), withoutEth)).faults).toMatchObject([
      { code: "UNSUPPORTED_POSITION", unknown: "position" },
    ])
    const withoutUsdc = adapterFor(perp.settings.markets, ["WETH"])
    expect((await readOf(holder(13), withoutUsdc)).faults).toMatchObject([
      { code: "UNSUPPORTED_POSITION", unknown: "liability" },
    ])
    const withoutWeth = adapterFor(perp.settings.markets, ["USDC"])
    expect((await readOf(holder(13), withoutWeth)).faults).toMatchObject([
      { code: "UNSUPPORTED_POSITION", unknown: "asset" },
    ])
  })

  it("leaves out those who have nothing, and fails closed for everybody where there is no clearing house", async () => {
    expect((await runAdapter(wallet, adapter, [holder(18)])).addresses).toEqual([])
    const nowhere = perpCurie.create(
      { ...perp.settings, clearingHouse: holder(19) },
      { chain: CHAIN, multicall3: zeroAddress, assets: [] },
    )
    const { addresses } = await runAdapter(wallet, nowhere, [holder(9), holder(18)])
    expect(addresses.map(({ faults }) => faults)).toMatchObject([
      [{ code: "NOT_DEPLOYED", unknown: "position" }],
      [{ code: "NOT_DEPLOYED", unknown: "position" }],
    ])
  })

  it("fails closed while a market is paused; closed, its payout is cash, as quitting the market pays it", async () => {
    const trader = holder(9)
    const { base } = perp.markets.BTC
    await perp.administer(base, "pause")
    const paused = await readOf(trader)
    expect(paused.faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "position" }])
    expect(paused.perps.map(({ instrument }) => instrument.underlying)).toEqual(["ETH"])
    await expectExact(trader)

    await perp.administer(base, "close", ether("87654.321"))
    const closed = await readOf(trader)
    expect(closed.faults).toEqual([])
    await expectWorth(trader)
    await wallet.write({
      from: trader,
      to: perp.clearingHouse.address,
      abi: perp.clearingHouse.abi,
      functionName: "quitMarket",
      args: [trader, base.address],
    })
    expect((await readOf(trader)).others).toEqual(closed.others)
    await expectWorth(trader)
  })
})
