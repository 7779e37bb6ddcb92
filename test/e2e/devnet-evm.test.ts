/**
 * The base of a local EVM chain: wallet, Multicall3, tokens and price feeds, on a real node.
 */
import { type Address, erc20Abi, parseAbi } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { LibraryMissingError, loadArtifact } from "../../chains/devnet/evm/artifact.js"
import { type DevWallet, openDevWallet, TransactionRevertedError } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import {
  deployPriceFeeds,
  FEED_SYMBOLS,
  type PriceFeeds,
  PriceNotTakenError,
  PYTH_FEEDS,
} from "../../chains/devnet/evm/price-feeds.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"

const aggregatorAbi = parseAbi([
  "function decimals() view returns (uint8)",
  "function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)",
])
const pythAbi = parseAbi([
  "function getPriceUnsafe(bytes32 id) view returns ((int64 price, uint64 conf, int32 expo, uint256 publishTime))",
])
const usd = (text: string) => price(parseDecimal(text))

describe("the base of a local EVM chain", () => {
  let anvil: Anvil
  let wallet: DevWallet
  let multicall3: Address
  let tokens: DevTokens
  let feeds: PriceFeeds
  let alice: Address

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1337 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    alice = devAccount(5).address
    ;[multicall3, tokens, feeds] = await Promise.all([
      deployMulticall3(wallet),
      deployTokens(wallet, wallet.accounts[1]),
      deployPriceFeeds(wallet, wallet.accounts[2]),
    ])
  })
  afterAll(() => anvil.stop())

  it("has the accounts of the development mnemonic unlocked", () => {
    expect(wallet.accounts).toHaveLength(20)
    expect(wallet.accounts[5]).toBe(alice)
  })

  it("mints tokens with the decimals of the real ones, readable in one multicall", async () => {
    await Promise.all(Object.values(tokens).map(({ mint, decimals }) => mint(alice, 3n * 10n ** BigInt(decimals))))
    const reads = Object.values(tokens).flatMap(({ address }) => [
      { address, abi: erc20Abi, functionName: "symbol" } as const,
      { address, abi: erc20Abi, functionName: "decimals" } as const,
      { address, abi: erc20Abi, functionName: "balanceOf", args: [alice] } as const,
    ])
    const values = await wallet.client.multicall({
      contracts: reads,
      multicallAddress: multicall3,
      allowFailure: false,
    })
    expect(values).toEqual(["WETH", 18, 3n * 10n ** 18n, "USDC", 6, 3_000_000n, "WBTC", 8, 300_000_000n])
  })

  it("moves Pyth and every aggregator with one push", async () => {
    const now = Math.floor(Date.now() / 1000)
    await feeds.pushPrices(
      {
        ETH: { price: usd("3123.456789019"), confidence: usd("1.500000001") },
        BTC: { price: usd("97000"), confidence: usd("20") },
        USDC: { price: usd("0.9998"), confidence: usd("0.0001") },
        SOL: { price: usd("150.5"), confidence: usd("0.05") },
      },
      now,
    )
    const answers = FEED_SYMBOLS.map(async symbol => {
      const feed = { address: feeds.aggregators[symbol], abi: aggregatorAbi }
      const [, answer, , updatedAt] = await wallet.client.readContract({ ...feed, functionName: "latestRoundData" })
      return [answer, updatedAt, await wallet.client.readContract({ ...feed, functionName: "decimals" })]
    })
    expect(await Promise.all(answers)).toEqual(
      [312_345_678_901n, 9_700_000_000_000n, 99_980_000n, 15_050_000_000n].map(answer => [answer, BigInt(now), 8]),
    )
    const eth = { address: feeds.pyth, abi: pythAbi, functionName: "getPriceUnsafe", args: [PYTH_FEEDS.ETH] } as const
    expect(await wallet.client.readContract(eth)).toEqual({
      price: 312_345_678_901n,
      conf: 150_000_001n,
      expo: -8,
      publishTime: BigInt(now),
    })
  })

  it("says so when Pyth ignores a push that is not newer", async () => {
    const later = Math.floor(Date.now() / 1000) + 60
    const eth = (text: string) => ({ ETH: { price: usd(text), confidence: usd("1") } })
    await feeds.pushPrices(eth("3000"), later)
    const ignored = await feeds.pushPrices(eth("2900"), later).catch(error => error)
    expect(ignored).toBeInstanceOf(PriceNotTakenError)
    expect(ignored).toMatchObject({ code: "PRICE_NOT_TAKEN", symbols: ["ETH"], publishTime: later })
  })

  it("refuses a reverting transaction by class and goes on with the account's next one", async () => {
    const { abi } = loadArtifact("@aave/core-v3/artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json")
    const overdrawn = wallet.write({
      from: alice,
      to: tokens.USDC.address,
      abi,
      functionName: "transfer",
      args: [wallet.accounts[6], 10n ** 18n],
    })
    const next = tokens.USDC.approve(alice, tokens.WETH.address, 7n)
    const reverted = await overdrawn.catch(error => error)
    expect(reverted).toBeInstanceOf(TransactionRevertedError)
    expect(reverted).toMatchObject({ code: "TRANSACTION_REVERTED", receipt: { status: "reverted" } })
    await next
    const allowance = { address: tokens.USDC.address, abi: erc20Abi, functionName: "allowance" } as const
    expect(await wallet.client.readContract({ ...allowance, args: [alice, tokens.WETH.address] })).toBe(7n)
  })

  it("names the library that a deployment lacks", async () => {
    const pool = loadArtifact("@aave/core-v3/artifacts/contracts/protocol/pool/Pool.sol/Pool.json")
    await expect(wallet.deploy(pool, [alice])).rejects.toBeInstanceOf(LibraryMissingError)
  })
})
