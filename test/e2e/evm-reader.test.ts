/**
 * The EVM reader on a real node with real contracts: what it reads, how few requests it takes, and what a
 * reorganisation, a wrong chain or a broken token does to it.
 */
import type { Address as Holder } from "viem"
import { parseAbi } from "viem"
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { type Address, addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import type { AddressReading, ChainReading } from "../../aggregator/domain/reading.js"
import { evmChainConfig } from "../../chains/chain-config.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { deployPriceFeeds, type PriceFeeds, PYTH_FEEDS } from "../../chains/devnet/evm/price-feeds.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import { createEvmReader, evmReader } from "../../chains/evm/reader.js"
import { httpEndpoint, type RpcEndpoint } from "../../chains/evm/rpc.js"
import { evmAdaptersOf } from "../../chains/registry.js"

const CHAIN = chainId("eip155:1337")
const erc20 = parseAbi(["function transfer(address to, uint256 amount) returns (bool)"])
const never = new AbortController().signal
/** What answers has answered by then on any machine. */
const PATIENT_MS = 120_000
const decimal = (text: string) => parseDecimal(text)

let anvil: Anvil
let wallet: DevWallet
let multicall3: Holder
let tokens: DevTokens
let feeds: PriceFeeds
let holders: readonly Holder[]
let addresses: readonly Address[]

beforeAll(async () => {
  anvil = await startAnvil({ chainId: 1337 })
  wallet = await openDevWallet(anvil.url, anvil.chainId)
  ;[multicall3, tokens, feeds] = await Promise.all([
    deployMulticall3(wallet),
    deployTokens(wallet, wallet.accounts[1]),
    deployPriceFeeds(wallet, wallet.accounts[2]),
  ])
  holders = wallet.accounts.slice(8, 11)
  addresses = holders.map(holder => addressOn(CHAIN, holder))
  for (const [index, holder] of holders.entries()) {
    const nth = BigInt(index + 1)
    await tokens.USDC.mint(holder, nth * 1_000_000_001n)
    await tokens.WBTC.mint(holder, nth * 12_345_678n)
    await tokens.WETH.mint(holder, nth * 10n ** 18n + 1n)
  }
})
afterAll(() => anvil.stop())

const config = (changes: Record<string, unknown> = {}) =>
  evmChainConfig.parse({
    kind: "evm",
    chain: CHAIN,
    name: "Ethereum (devnet)",
    wormholeChain: 2,
    rpc: [anvil.url],
    timeoutMs: PATIENT_MS,
    finality: "latest",
    multicall3,
    assets: [{ address: "native", symbol: "ETH", decimals: 18 }, ...listed()],
    adapters: [{ adapter: "wallet" }],
    wormhole: { core: multicall3 },
    ...changes,
  })
const listed = () => Object.values(tokens).map(({ address, symbol, decimals }) => ({ address, symbol, decimals }))

const read = (changes?: Record<string, unknown>) => createEvmReader(config(changes)).read(addresses, never)

function ok(reading: ChainReading) {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading
}
const amountOf = ({ legs }: AddressReading, symbol: string) =>
  legs.flatMap(leg => (leg.kind === "collateral" && leg.symbol === symbol ? [leg.amount] : []))

describe("balances", () => {
  test("three owners × three tokens and the gas coin, exact, in at most three requests, then two", async () => {
    const reader = createEvmReader(config())
    const fetched = vi.spyOn(globalThis, "fetch")
    const first = ok(await reader.read(addresses, never))
    const requests = fetched.mock.calls.length
    await reader.read(addresses, never)
    const both = fetched.mock.calls.length
    fetched.mockRestore()
    expect(requests).toBeLessThanOrEqual(3)
    expect(both - requests).toBeLessThanOrEqual(2)

    expect(first.addresses.map(({ address }) => address)).toEqual(addresses)
    const balances = await Promise.all(holders.map(address => wallet.client.getBalance({ address })))
    first.addresses.forEach((reading, index) => {
      const nth = BigInt(index + 1)
      expect(reading.faults).toEqual([])
      expect(amountOf(reading, "ETH")).toEqual([balances[index]])
      expect(amountOf(reading, "USDC")).toEqual([nth * decimal("1000.000001")])
      expect(amountOf(reading, "WBTC")).toEqual([nth * decimal("0.12345678")])
      expect(amountOf(reading, "WETH")).toEqual([nth * decimal("1") + 1n])
    })
  })

  test("the pin is the node's block", async () => {
    const { pin } = ok(await read())
    const block = await wallet.client.getBlock({ blockTag: "latest" })
    expect(pin).toMatchObject({ blockNumber: block.number, blockHash: block.hash, timestamp: Number(block.timestamp) })
  })

  test("a state that is not final enough is not seen yet", async () => {
    const lucky = wallet.accounts[15]
    if (!lucky) throw new Error("the node has 20 accounts")
    await tokens.USDC.mint(lucky, 5_000_000n)
    const seen = async (finality: string) => {
      const reading = ok(await createEvmReader(config({ finality })).read([addressOn(CHAIN, lucky)], never))
      return reading.addresses.flatMap(of => amountOf(of, "USDC"))
    }
    expect(await seen("latest")).toEqual([decimal("5")])
    expect(await seen("safe")).toEqual([])
    await wallet.client.mine({ blocks: 1 })
    expect(await seen("safe")).toEqual([decimal("5")])
    expect(await seen("finalized")).toEqual([])
  })
})

describe("a token that misbehaves is an unknown asset", () => {
  // Runtime code 0xfe: every call burns all the gas that it was given.
  const BURNER = { contractName: "Burner", abi: [], bytecode: "0x60fe60005360016000f3", linkReferences: {} } as const

  test("no code is NOT_DEPLOYED, and the other tokens are read", async () => {
    const assets = [{ address: `0x${"12".repeat(20)}`, symbol: "GONE", decimals: 18 }, ...listed()]
    for (const reading of ok(await read({ assets })).addresses) {
      expect(reading.faults).toMatchObject([{ code: "NOT_DEPLOYED", venue: "wallet", unknown: "asset" }])
      expect(reading.legs).toHaveLength(3)
    }
  })

  test("one that burns all gas leaves every other balance exact or named as unknown", async () => {
    const burner = await wallet.deploy(BURNER)
    const clean = ok(await read({ assets: listed() })).addresses
    const [usdc, ...others] = listed()
    const assets = [usdc, { address: burner, symbol: "BURN", decimals: 18 }, ...others]
    ok(await read({ assets })).addresses.forEach((reading, index) => {
      const expected = clean[index]?.legs ?? []
      expect(expected).toEqual(expect.arrayContaining([...reading.legs]))
      expect(reading.legs.length + reading.faults.length).toBe(4)
      expect(reading.faults.every(({ unknown }) => unknown === "asset")).toBe(true)
    })
  })
})

describe("prices", () => {
  const usd = (text: string) => price(decimal(text))
  const adapters = () => [
    { adapter: "pyth", contract: feeds.pyth, feeds: PYTH_FEEDS },
    { adapter: "chainlink", feeds: feeds.aggregators },
  ]

  test("Pyth with its confidence and Chainlink-style feeds of the same push agree", async () => {
    const now = Number((await wallet.client.getBlock()).timestamp)
    const pushed = {
      ETH: { price: usd("3184.12345678"), confidence: usd("1.5") },
      BTC: { price: usd("97000"), confidence: usd("40") },
      USDC: { price: usd("0.9998"), confidence: usd("0.0001") },
      SOL: { price: usd("151.25"), confidence: usd("0.1") },
    }
    await feeds.pushPrices(pushed, now)
    const { prices, faults } = ok(await read({ adapters: adapters() }))
    expect(faults).toEqual([])
    expect(prices).toHaveLength(8)
    for (const [symbol, quote] of Object.entries(pushed)) {
      const chainlink = { symbol, source: `chainlink@${CHAIN}`, price: quote.price, confidence: 0n, publishTime: now }
      expect(prices).toContainEqual({ ...chainlink, source: `pyth@${CHAIN}`, confidence: quote.confidence })
      expect(prices).toContainEqual(chainlink)
    }
  })

  test("a feed that the contract does not know is a fault, the others are read", async () => {
    const odd = { ...PYTH_FEEDS, DOGE: `0x${"d0".repeat(32)}` }
    const reading = ok(await read({ adapters: [{ adapter: "pyth", contract: feeds.pyth, feeds: odd }] }))
    expect(reading.prices).toHaveLength(4)
    expect(reading.faults).toMatchObject([{ code: "CALL_REVERTED", venue: "pyth", unknown: "asset" }])
  })
})

describe("a reorganisation between two rounds", () => {
  let alice: Holder
  let bob: Holder
  beforeEach(async () => {
    const [first, second] = wallet.accounts.slice(16, 18)
    if (!first || !second) throw new Error("the node has 20 accounts")
    ;[alice, bob] = [first, second]
    await tokens.USDC.mint(alice, 100_000_000n)
    // The reorganisation drops this transfer: Alice before it and Bob after it would be 0 or twice the money.
    await wallet.client.mine({ blocks: 3 })
    await wallet.write({ from: alice, to: tokens.USDC.address, abi: erc20, functionName: "transfer", args: [bob, 1n] })
  })

  /** The wallet adapter twice: Alice's balances in a first round, Bob's in a second. */
  function readerAcross(reorganisations: number) {
    const { assets, adapters } = config({ assets: listed() })
    const facts = { chain: CHAIN, multicall3, assets }
    const [inner] = evmAdaptersOf(adapters, facts)
    if (!inner) throw new Error("no wallet adapter")
    return evmReader({
      facts,
      finality: "latest",
      blockContext: "header",
      endpoints: [reorganising(httpEndpoint(anvil.url, { timeoutMs: PATIENT_MS }), reorganisations)],
      adapters: [
        {
          venue: "wallet",
          *read(_, pin) {
            const first = yield* inner.read([alice], pin)
            const second = yield* inner.read([bob], pin)
            return { ...first, addresses: [...first.addresses, ...second.addresses] }
          },
        },
      ],
    })
  }

  /** Reorganises the chain after each of the first `times` calls. */
  function reorganising(endpoint: RpcEndpoint, times: number): RpcEndpoint {
    let left = times
    return {
      host: endpoint.host,
      async request(method, params, signal) {
        const result = await endpoint.request(method, params, signal)
        if (method === "eth_call" && left-- > 0) {
          await endpoint.request("anvil_reorg", [2, []], signal)
          await wallet.client.mine({ blocks: 1 })
        }
        return result
      },
    }
  }

  const both = () => [addressOn(CHAIN, alice), addressOn(CHAIN, bob)]

  test("repeats the pass: both balances are of the new chain", async () => {
    const before = ok(await readerAcross(0).read(both(), never))
    const after = ok(await readerAcross(1).read(both(), never))
    const usdc = (reading: typeof before) => reading.addresses.flatMap(of => amountOf(of, "USDC"))
    expect(usdc(before)).toContain(decimal("0.000001"))
    expect(usdc(after)).toEqual([(usdc(before)[0] ?? 0n) + decimal("0.000001")])
    const canonical = await wallet.client.getBlock({
      blockNumber: after.pin.kind === "evm" ? after.pin.blockNumber : 0n,
    })
    expect(after.pin.blockHash).toBe(canonical.hash)
    expect(after.pin.blockHash).not.toBe(before.pin.blockHash)
  })

  test("in every pass makes the chain unavailable: PIN_LOST", async () => {
    expect(await readerAcross(99).read(both(), never)).toMatchObject({ status: "unavailable", code: "PIN_LOST" })
  })
})

describe("an endpoint that cannot be used", () => {
  test("on another chain id is WRONG_CHAIN", async () => {
    const reader = createEvmReader(config({ chain: "eip155:1397" }))
    expect(await reader.read([], never)).toMatchObject({ status: "unavailable", code: "WRONG_CHAIN" })
  })

  test("without Multicall3 at the configured address the gas coin is unknown, all else is read", async () => {
    for (const reading of ok(await read({ multicall3: `0x${"12".repeat(20)}` })).addresses) {
      expect(reading.faults).toMatchObject([{ code: "NOT_DEPLOYED", venue: "wallet", unknown: "asset" }])
      expect(reading.legs).toHaveLength(3)
    }
  })

  test("hands over to the next, and back to none when all are gone", async () => {
    // A port that no listener gets without asking for it, unlike one that was just given back.
    const nobody = "http://127.0.0.1:9"
    expect(ok(await read({ rpc: [nobody, anvil.url] })).addresses).toHaveLength(3)
    expect(await read({ rpc: [nobody] })).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
  })
})
