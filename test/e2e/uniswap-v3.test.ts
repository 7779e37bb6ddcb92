/**
 * Uniswap v3 positions on a real node: what the adapter counts is what withdrawing from the real position manager pays,
 * to the last unit; and our price grid is the pool's, tick for tick.
 */
import fc from "fast-check"
import {
  decodeFunctionResult,
  encodeFunctionData,
  getAddress,
  type Hex,
  type Address as Holder,
  maxUint128,
  maxUint256,
  multicall3Abi,
  numberToHex,
  parseAbi,
  parseUnits,
  zeroAddress,
} from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../aggregator/domain/fixed.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import type { Contract } from "../../chains/devnet/evm/contract-owner.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { type DevTokens, deployTokens, type TokenSymbol } from "../../chains/devnet/evm/tokens.js"
import { deployUniswapV3 } from "../../chains/devnet/evm/uniswap-v3.js"
import { sqrtPriceX96 } from "../../chains/devnet/evm/uniswap-v3-pools.js"
import { uniswapV3 } from "../../chains/evm/adapters/uniswap-v3.js"
import { sqrtPriceAtTick } from "../../chains/evm/adapters/uniswap-v3-ticks.js"
import { pinLatest, runAdapter } from "../support/evm-adapter-run.js"

const CHAIN = chainId("eip155:1337")
const FEE = 3000
const SPACING = 60
const PRICE_KEY: Readonly<Record<TokenSymbol, string>> = { WETH: "ETH", WBTC: "BTC", USDC: "USDC" }
const poolAbi = parseAbi([
  "function initialize(uint160 sqrtPriceX96)",
  "function slot0() view returns (uint160 sqrtPriceX96, int24 tick, uint16, uint16, uint16, uint8, bool)",
  "function increaseObservationCardinalityNext(uint16 next)",
])
const nftAbi = parseAbi(["function transferFrom(address from, address to, uint256 tokenId)"])

describe("Uniswap v3 on a real chain", () => {
  const holder = (index: number): Holder => devAccount(index).address
  const trader = holder(9)
  let anvil: Anvil
  let wallet: DevWallet
  let tokens: DevTokens
  let uniswap: Awaited<ReturnType<typeof deployUniswapV3>>
  let pool: Contract
  /** In the order of their addresses. */
  let pair: readonly ["WETH" | "USDC", "WETH" | "USDC"]
  let nextOwner = 100

  /** An owner of his own for each test, so that one's positions are not another's. */
  const newOwner = async (): Promise<Holder> => {
    const owner = getAddress(numberToHex(nextOwner++, { size: 20 }))
    await wallet.client.impersonateAccount({ address: owner })
    await wallet.client.setBalance({ address: owner, value: 10n ** 20n })
    await tokens.WETH.mint(owner, parseUnits("1000", 18))
    await tokens.USDC.mint(owner, parseUnits("3000000", 6))
    return owner
  }
  const tickNow = async () => {
    const [, tick] = await wallet.client.readContract({ address: pool.address, abi: poolAbi, functionName: "slot0" })
    return tick
  }
  const poolKey = () => ({ tokens: [tokens[pair[0]].address, tokens[pair[1]].address] as const, fee: FEE as 3000 })
  const amounts = (weth: string, usdc: string): readonly [bigint, bigint] => {
    const of = { WETH: parseUnits(weth, 18), USDC: parseUnits(usdc, 6) }
    return [of[pair[0]], of[pair[1]]]
  }
  /** A range given in spacings from the current tick. */
  const mint = async (owner: Holder, from: number, to: number, [weth, usdc] = ["10", "30000"]) => {
    const middle = Math.floor((await tickNow()) / SPACING)
    const ticks = [(middle + from) * SPACING, (middle + to) * SPACING] as const
    return uniswap.mint(owner, { pool: poolKey(), ticks, amounts: amounts(weth ?? "0", usdc ?? "0") })
  }
  const swap = (from: "WETH" | "USDC", amount: string) => {
    const to = from === "WETH" ? "USDC" : "WETH"
    const amountIn = parseUnits(amount, from === "WETH" ? 18 : 6)
    return uniswap.swap(trader, { tokenIn: tokens[from].address, tokenOut: tokens[to].address, fee: FEE, amountIn })
  }
  const settle = async (seconds = 900) => {
    await wallet.client.increaseTime({ seconds })
    await wallet.client.mine({ blocks: 1 })
  }
  const liquidityOf = async (tokenId: bigint) => {
    const { address, abi } = uniswap.manager
    const position = await wallet.client.readContract({ address, abi, functionName: "positions", args: [tokenId] })
    return BigInt(String((position as readonly unknown[])[7]))
  }
  /** What withdrawing all liquidity and collecting everything would pay, simulated on the manager. */
  const withdrawal = async (owner: Holder, tokenId: bigint): Promise<readonly bigint[]> => {
    const { abi, address } = uniswap.manager
    const liquidity = await liquidityOf(tokenId)
    const decrease = { tokenId, liquidity, amount0Min: 0n, amount1Min: 0n, deadline: maxUint256 }
    const collect = { tokenId, recipient: owner, amount0Max: maxUint128, amount1Max: maxUint128 }
    const encode = (functionName: string, argument: unknown) =>
      encodeFunctionData({ abi, functionName, args: [argument] })
    const steps = [...(liquidity > 0n ? [encode("decreaseLiquidity", decrease)] : []), encode("collect", collect)]
    const call = { address, abi, functionName: "multicall", args: [steps], account: owner }
    const { result } = await wallet.client.simulateContract(call)
    const data = (result as readonly Hex[]).at(-1) ?? "0x"
    return decodeFunctionResult({ abi, functionName: "collect", data }) as readonly bigint[]
  }
  const adapterFor = (listed: readonly TokenSymbol[] = ["WETH", "USDC"], more: { averageSeconds?: number } = {}) =>
    uniswapV3.create(uniswapV3.settings.parse({ positionManager: uniswap.manager.address, ...more }), {
      chain: CHAIN,
      multicall3: zeroAddress,
      assets: listed.map(name => ({ ...tokens[name], symbol: PRICE_KEY[name] })),
    })
  const readOf = async (owner: Holder, adapter = adapterFor()) => {
    const { addresses } = await runAdapter(wallet, adapter, [owner])
    const found = addresses.find(({ address }) => address === addressOn(CHAIN, owner))
    return { legs: found?.legs ?? [], faults: found?.faults ?? [] }
  }
  const legs = ([amount0 = 0n, amount1 = 0n]: readonly bigint[]) =>
    (
      [
        [pair[0], amount0],
        [pair[1], amount1],
      ] as const
    )
      .filter(([, amount]) => amount > 0n)
      .map(([name, amount]) => ({
        kind: "collateral",
        chain: CHAIN,
        venue: "uniswap-v3",
        asset: `${CHAIN}/erc20:${tokens[name].address}`,
        symbol: PRICE_KEY[name],
        amount: quantityFromRaw(amount, tokens[name].decimals, "down"),
      }))
  const expectExact = async (owner: Holder, ...ids: readonly bigint[]) => {
    const payouts = await Promise.all(ids.map(id => withdrawal(owner, id)))
    const { legs: counted, faults } = await readOf(owner)
    expect(faults).toEqual([])
    expect(counted).toEqual(payouts.flatMap(legs))
    return payouts
  }

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1337 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    tokens = await deployTokens(wallet, holder(1))
    uniswap = await deployUniswapV3(wallet, holder(2))
    pair = BigInt(tokens.WETH.address) < BigInt(tokens.USDC.address) ? ["WETH", "USDC"] : ["USDC", "WETH"]
    const [weth, usdc] = [10n ** 18n, 3_000n * 10n ** 6n]
    const sqrtPrice = sqrtPriceX96(pair[0] === "WETH" ? [usdc, weth] : [weth, usdc])
    pool = await uniswap.createPool({ ...poolKey(), sqrtPrice })
    await wallet.write({
      to: pool.address,
      abi: poolAbi,
      functionName: "increaseObservationCardinalityNext",
      args: [200],
    })
    await tokens.WETH.mint(trader, parseUnits("100000", 18))
    await tokens.USDC.mint(trader, parseUnits("300000000", 6))
    await mint(await newOwner(), -300, 300, ["900", "2700000"])
    await settle()
  })
  afterAll(() => anvil.stop())

  it("counts both tokens in range and the fees of trades both ways", async () => {
    const owner = await newOwner()
    const id = await mint(owner, -20, 25)
    await settle()
    await expectExact(owner, id)
    await swap("WETH", "3.3")
    await swap("USDC", "12345.678901")
    const [earned] = await expectExact(owner, id)
    expect(earned?.every(amount => amount > 0n)).toBe(true)
  })

  it("counts one token only above and below the range, and what it earned while the price was inside", async () => {
    const owner = await newOwner()
    const [below, above] = [await mint(owner, -10, -2), await mint(owner, 3, 10)]
    await settle()
    const payouts = await expectExact(owner, below, above)
    expect(payouts.map(payout => payout.map(amount => amount > 0n))).toEqual([
      [false, true],
      [true, false],
    ])
    await swap("WETH", "60")
    await swap("USDC", "400000")
    await swap("WETH", "40")
    await settle()
    await expectExact(owner, below, above)
  })

  it("counts what was withdrawn and not collected, nothing after that, and each NFT for who holds it", async () => {
    const [owner, buyer] = [await newOwner(), await newOwner()]
    const [id, other] = [await mint(owner, -30, 30), await mint(owner, -30, 30)]
    await swap("WETH", "2")
    await uniswap.decreaseLiquidity(owner, id, (await liquidityOf(id)) / 3n)
    await settle()
    await expectExact(owner, id, other)
    await uniswap.decreaseLiquidity(owner, id, await liquidityOf(id))
    await expectExact(owner, id, other)
    await uniswap.collect(owner, id)
    await expectExact(owner, other)

    const transfer = {
      to: uniswap.manager.address,
      abi: nftAbi,
      functionName: "transferFrom",
      args: [owner, buyer, other],
    }
    await wallet.write({ from: owner, ...transfer })
    expect(await readOf(owner)).toEqual({ legs: [], faults: [] })
    await expectExact(buyer, other)
  })

  it("equals the withdrawal for any ranges, sizes and trades", async () => {
    const owner = await newOwner()
    const ids: bigint[] = []
    const range = fc.tuple(fc.integer({ min: -60, max: 59 }), fc.integer({ min: 1, max: 60 }))
    const trade = fc.record({
      from: fc.constantFrom("WETH" as const, "USDC" as const),
      size: fc.integer({ min: 1, max: 40_000 }),
    })
    await fc.assert(
      fc.asyncProperty(
        range,
        fc.integer({ min: 1, max: 9_999 }),
        trade,
        async ([from, width], size, { from: sold, size: traded }) => {
          ids.push(await mint(owner, from, from + width, [`0.00${size}`, `${size}.${size}`]))
          await swap(sold, sold === "WETH" ? `${traded / 3_000}`.slice(0, 12) : `${traded}`)
          await settle()
          await expectExact(owner, ...ids)
        },
      ),
      { numRuns: 12 },
    )
  })

  it("lets a price that was pushed away make no position worth more", async () => {
    const owner = await newOwner()
    const id = await mint(owner, -200, 200)
    await settle()
    const [fair = []] = await expectExact(owner, id)
    await swap("WETH", "700")
    const [pushed = []] = [await withdrawal(owner, id)]
    const { legs: counted, faults } = await readOf(owner)
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "asset", venue: "uniswap-v3" }])
    counted.forEach((leg, side) => {
      const decimals = tokens[pair[side === 0 ? 0 : 1]].decimals
      const least = [fair[side] ?? 0n, pushed[side] ?? 0n].map(raw => quantityFromRaw(raw, decimals, "down"))
      expect(leg.kind === "collateral" && leg.amount).toBeLessThanOrEqual(
        least[0] === undefined ? 0n : (least[0] * 101n) / 100n,
      )
      expect(leg.kind === "collateral" && leg.amount).toBeLessThanOrEqual(least[1] ?? 0n)
    })
    await settle(2_000)
    await expectExact(owner, id)
  })

  it("counts no principal where the pool remembers no average, and still its fees", async () => {
    const owner = await newOwner()
    const id = await mint(owner, -20, 20)
    await swap("USDC", "5000")
    const { legs: counted, faults } = await readOf(owner, adapterFor(["WETH", "USDC"], { averageSeconds: 86_400 }))
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "asset" }])
    const full = await withdrawal(owner, id)
    for (const leg of counted) {
      const side = pair.findIndex(name => PRICE_KEY[name] === ("symbol" in leg && leg.symbol))
      const whole = quantityFromRaw(full[side] ?? 0n, tokens[pair[side === 0 ? 0 : 1]].decimals, "down")
      expect(leg.kind === "collateral" && leg.amount).toBeLessThan(whole / 100n)
    }
  })

  it("counts the one token that the chain lists, and names the other", async () => {
    const owner = await newOwner()
    const id = await mint(owner, -5, 5)
    await settle()
    const { legs: counted, faults } = await readOf(owner, adapterFor(["USDC"]))
    expect(counted).toEqual(legs(await withdrawal(owner, id)).filter(({ symbol }) => symbol === "USDC"))
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "asset" }])
  })

  it("reads an earlier block as it was then", async () => {
    const owner = await newOwner()
    const id = await mint(owner, -15, 15)
    await settle()
    const expected = legs(await withdrawal(owner, id))
    const then = await pinLatest(wallet)
    await swap("WETH", "20")
    const { addresses } = await runAdapter(wallet, adapterFor(), [owner], then)
    expect(addresses[0]?.legs).toEqual(expected)
  })

  it("leaves out those who have none, and counts nothing where there is no manager", async () => {
    expect((await runAdapter(wallet, adapterFor(), [holder(15)])).addresses).toEqual([])
    const nowhere = uniswapV3.create(uniswapV3.settings.parse({ positionManager: holder(19) }), {
      chain: CHAIN,
      multicall3: zeroAddress,
      assets: [],
    })
    const { addresses } = await runAdapter(wallet, nowhere, [holder(15)])
    expect(addresses).toMatchObject([{ legs: [], faults: [{ code: "NOT_DEPLOYED", unknown: "asset" }] }])
  })

  describe("the price grid", () => {
    const BATCH = 32
    let multicall3: Holder
    const poolAt = (index: number) => getAddress(numberToHex(0xabc0000 + index, { size: 20 }))

    beforeAll(async () => {
      multicall3 = await deployMulticall3(wallet)
      const bytecode = (await wallet.client.getCode({ address: pool.address })) ?? "0x"
      for (let index = 0; index < 2 * BATCH; index++) await wallet.client.setCode({ address: poolAt(index), bytecode })
    })

    /** The ticks that real pools put at these prices, each pool started once within one call that leaves nothing behind. */
    const realTicksAt = async (sqrtPrices: readonly bigint[]) => {
      const calls = sqrtPrices.flatMap((sqrtPrice, index) => [
        {
          target: poolAt(index),
          allowFailure: false,
          callData: encodeFunctionData({ abi: poolAbi, functionName: "initialize", args: [sqrtPrice] }),
        },
        {
          target: poolAt(index),
          allowFailure: false,
          callData: encodeFunctionData({ abi: poolAbi, functionName: "slot0" }),
        },
      ])
      const call = { address: multicall3, abi: multicall3Abi, functionName: "aggregate3", args: [calls] } as const
      const result = await wallet.client.readContract(call)
      return sqrtPrices.map((_, index) => {
        const data = result[2 * index + 1]?.returnData ?? "0x"
        return decodeFunctionResult({ abi: poolAbi, functionName: "slot0", data })[1]
      })
    }

    it("puts each tick at the first price that a real pool calls by it", async () => {
      const tick = fc.integer({ min: -887_271, max: 887_271 })
      await fc.assert(
        fc.asyncProperty(fc.array(tick, { minLength: BATCH, maxLength: BATCH }), async ticks => {
          const prices = ticks.map(sqrtPriceAtTick)
          expect(await realTicksAt([...prices, ...prices.map(price => price - 1n)])).toEqual([
            ...ticks,
            ...ticks.map(each => each - 1),
          ])
        }),
        { numRuns: 15 },
      )
    })

    it("has the ends that the pool's contract declares", () => {
      expect(sqrtPriceAtTick(-887_272)).toBe(4_295_128_739n)
      expect(sqrtPriceAtTick(887_272)).toBe(1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342n)
    })
  })
})
