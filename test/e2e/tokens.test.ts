/**
 * Tokens as they really are, read through the whole reader on a real node: unusual decimals, a fee on each transfer,
 * a contract that is paused, gone or something else; and receipts, which never count beside what they redeem for.
 */
import { type Address as Holder, parseAbi } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type AaveMarket, deployAaveMarket } from "../../chains/devnet/evm/aave-market.js"
import type { Artifact } from "../../chains/devnet/evm/artifact.js"
import { compiledContract } from "../../chains/devnet/evm/compiled-contracts.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { deployPriceFeeds } from "../../chains/devnet/evm/price-feeds.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import type { EvmAsset } from "../../chains/evm/adapter.js"
import { evmReader } from "../../chains/evm/reader.js"
import { httpEndpoint } from "../../chains/evm/rpc.js"
import { type AdapterEntry, evmAdaptersOf } from "../../chains/registry.js"

const CHAIN = chainId("eip155:1337")
const transferAbi = parseAbi(["function transfer(address to, uint256 amount) returns (bool)"])

describe("what a chain's reader makes of tokens", () => {
  const holder = (index: number): Holder => devAccount(index).address
  const [alice, bob] = [holder(8), holder(9)]
  let anvil: Anvil
  let wallet: DevWallet
  let multicall3: Holder
  let awkward: Artifact

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1337 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    ;[multicall3, awkward] = await Promise.all([deployMulticall3(wallet), compiledContract("AwkwardToken")])
  })
  afterAll(() => anvil.stop())

  /** A token of which the owner got so many units. */
  const token = async (decimals: number, owner: Holder, units: bigint, transferFee = 0n) => {
    const address = await wallet.deploy(awkward, [decimals, transferFee])
    await wallet.write({ to: address, abi: awkward.abi, functionName: "mint", args: [owner, units] })
    return address
  }
  const read = async (
    owner: Holder,
    assets: readonly EvmAsset[],
    entries: readonly AdapterEntry[] = [{ adapter: "wallet" }],
  ) => {
    const facts = { chain: CHAIN, multicall3, assets }
    const reader = evmReader({
      facts,
      finality: "latest",
      blockContext: "header",
      endpoints: [httpEndpoint(anvil.url, { timeoutMs: 120_000 })],
      adapters: evmAdaptersOf(entries, facts),
    })
    const reading = await reader.read([addressOn(CHAIN, owner)], new AbortController().signal)
    if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
    const [entry] = reading.addresses
    return { legs: entry?.legs ?? [], faults: entry?.faults ?? [] }
  }
  const asset = (address: Holder, symbol: string, decimals: number): EvmAsset => ({ address, symbol, decimals })

  it.each([
    [0, 7n, "7"],
    [6, 1_234_567n, "1.234567"],
    [18, 1_000_000_000_000_000_001n, "1.000000000000000001"],
    [30, 5_000_000_000_000_999_999_999_999_999_999n, "5.000000000000999999"],
  ])("an amount at %d decimals is exact, or rounded down where we have fewer", async (decimals, units, expected) => {
    const address = await token(decimals, alice, units)
    const { legs, faults } = await read(alice, [asset(address, "AWK", decimals)])
    expect(faults).toEqual([])
    expect(legs).toMatchObject([{ kind: "collateral", amount: parseDecimal(expected) }])
  })

  it("a token that takes a fee on each transfer counts as what arrived", async () => {
    const address = await token(6, alice, 1_000_000_000n, 250n)
    await wallet.write({
      from: alice,
      to: address,
      abi: transferAbi,
      functionName: "transfer",
      args: [bob, 400_000_000n],
    })
    expect((await read(bob, [asset(address, "FEE", 6)])).legs).toMatchObject([{ amount: parseDecimal("390") }])
    expect((await read(alice, [asset(address, "FEE", 6)])).legs).toMatchObject([{ amount: parseDecimal("600") }])
  })

  it("a paused, a vanished and a mistaken token count nothing, each with its reason, and hide no other", async () => {
    const [paused, gone, sound] = [await token(6, alice, 5n), await token(6, alice, 5n), await token(6, alice, 5n)]
    await wallet.write({ to: paused, abi: awkward.abi, functionName: "setPaused", args: [true] })
    await wallet.client.setCode({ address: gone, bytecode: "0x" })
    // A contract that returns one byte to whatever it is asked.
    const [mistaken] = [holder(18)]
    await wallet.client.setCode({ address: mistaken, bytecode: "0x60016000f3" })
    const { legs, faults } = await read(alice, [
      asset(paused, "PAUSED", 6),
      asset(gone, "GONE", 6),
      asset(mistaken, "WRONG", 6),
      asset(sound, "SOUND", 6),
    ])
    expect(legs).toMatchObject([{ symbol: "SOUND" }])
    expect(faults.map(({ code, unknown, venue }) => [code, unknown, venue])).toEqual([
      ["CALL_REVERTED", "asset", "wallet"],
      ["NOT_DEPLOYED", "asset", "wallet"],
      ["DECODE", "asset", "wallet"],
    ])
  })

  describe("with a lending market and a vault", () => {
    let tokens: DevTokens
    let market: AaveMarket
    let vault: Holder
    let receipts: readonly EvmAsset[]
    let assets: readonly EvmAsset[]

    beforeAll(async () => {
      tokens = await deployTokens(wallet, holder(1))
      const feeds = await deployPriceFeeds(wallet, holder(2))
      const at = (text: string) => ({ price: price(parseDecimal(text)), confidence: price(0n) })
      await feeds.pushPrices({ ETH: at("3000"), BTC: at("90000"), USDC: at("1") }, Math.floor(Date.now() / 1000))
      market = await deployAaveMarket(wallet, { tokens, aggregators: feeds.aggregators, admin: holder(3) })
      const shares = await compiledContract("ShareVault")
      vault = await wallet.deploy(shares, [tokens.USDC.address, 0n])
      await tokens.USDC.mint(alice, 10_000_000_000n)
      await market.supply(alice, "USDC", 4_000_000_000n)
      await market.borrow(alice, "USDC", 1_000_000_000n)
      await tokens.USDC.approve(alice, vault, 3_000_000_000n)
      await wallet.write({
        from: alice,
        to: vault,
        abi: shares.abi,
        functionName: "deposit",
        args: [3_000_000_000n, alice],
      })
      const { aToken, variableDebt } = await market.reserveTokens("USDC")
      receipts = [asset(aToken, "USDC", 6), asset(variableDebt, "USDC", 6), asset(vault, "USDC", 6)]
      assets = [asset(tokens.USDC.address, "USDC", 6)]
    })
    const entries = (): AdapterEntry[] => [
      { adapter: "wallet" },
      { adapter: "erc4626", vaults: [vault] },
      { adapter: "aave-v3", pool: market.pool, dataProvider: market.dataProvider },
    ]

    it("counts each dollar once, though a careless configuration lists the receipts as assets", async () => {
      const careful = await read(alice, assets, entries())
      expect(careful.legs.map(leg => [leg.venue, leg.kind])).toEqual([
        ["wallet", "collateral"],
        ["erc4626", "collateral"],
        ["aave-v3", "collateral"],
        ["aave-v3", "debt"],
      ])
      // 10,000 + 1,000 borrowed − 4,000 − 3,000 in the wallet, 3,000 in the vault, 4,000 supplied.
      const total = careful.legs.reduce(
        (sum, leg) => sum + ("amount" in leg && leg.kind === "collateral" ? leg.amount : 0n),
        0n,
      )
      expect(total / 10n ** 18n).toBe(11_000n)
      const careless = await read(alice, [...assets, ...receipts], entries())
      expect(careless).toEqual(careful)
    })

    it("counts no receipt either when its venue cannot be read", async () => {
      const { bytecode = "0x" } = { bytecode: await wallet.client.getCode({ address: vault }) }
      await wallet.client.setCode({ address: vault, bytecode: "0x" })
      const { legs, faults } = await read(alice, [...assets, ...receipts], entries())
      await wallet.client.setCode({ address: vault, bytecode })
      expect(legs.map(({ venue }) => venue)).toEqual(["wallet", "aave-v3", "aave-v3"])
      expect(faults.every(({ code, unknown }) => code === "NOT_DEPLOYED" && unknown === "asset")).toBe(true)
    })

    it("fails closed for debts when the market is gone, and only counts no asset when a token is", async () => {
      const code = async (address: Holder) => (await wallet.client.getCode({ address })) ?? "0x"
      const [pool, token] = [await code(market.pool), await code(tokens.USDC.address)]
      await wallet.client.setCode({ address: market.pool, bytecode: "0x" })
      const withoutPool = await read(alice, assets, entries())
      await wallet.client.setCode({ address: market.pool, bytecode: pool })
      expect(withoutPool.faults).toMatchObject([{ code: "NOT_DEPLOYED", unknown: "liability", venue: "aave-v3" }])

      await wallet.client.setCode({ address: tokens.USDC.address, bytecode: "0x" })
      const withoutToken = await read(alice, assets, entries())
      await wallet.client.setCode({ address: tokens.USDC.address, bytecode: token })
      expect(withoutToken.faults.find(({ venue }) => venue === "wallet")).toMatchObject({
        code: "NOT_DEPLOYED",
        unknown: "asset",
      })
      expect(withoutToken.legs.filter(({ kind }) => kind === "debt")).toHaveLength(1)
    })
  })
})
