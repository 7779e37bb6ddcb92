/**
 * Each way in which one endpoint of a real chain can fail: alone it makes the chain unavailable under its own name,
 * with another endpoint behind it the pass is that one's, whole.
 */
import { getAddress, type Address as Holder } from "viem"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import type { ChainFaultCode, ChainReading } from "../../aggregator/domain/reading.js"
import { evmChainConfig } from "../../chains/chain-config.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import { evmReader } from "../../chains/evm/reader.js"
import { httpEndpoint } from "../../chains/evm/rpc.js"
import { evmAdaptersOf } from "../../chains/registry.js"
import { type FaultProxy, type Misbehaviour, startFaultProxy } from "../support/fault-proxy.js"

const CHAIN = chainId("eip155:1337")
const never = new AbortController().signal
const HOLDER = getAddress(`0x${"a1".repeat(20)}`)
/** Only for what hangs; everything else answers as soon as a busy machine can. */
const HANGING_MS = 700
const PATIENT_MS = 120_000
const MOST_HEAD_AGE = 60

let anvil: Anvil
let elsewhere: Anvil
let wallet: DevWallet
let multicall3: Holder
let tokens: DevTokens
let proxy: FaultProxy
let oldHead: unknown

beforeAll(async () => {
  ;[anvil, elsewhere] = await Promise.all([startAnvil({ chainId: 1337 }), startAnvil({ chainId: 1397 })])
  wallet = await openDevWallet(anvil.url, anvil.chainId)
  ;[multicall3, tokens] = await Promise.all([deployMulticall3(wallet), deployTokens(wallet, wallet.accounts[1])])
  await tokens.USDC.mint(HOLDER, 1_500_000_000n)
  oldHead = await httpEndpoint(anvil.url, { timeoutMs: PATIENT_MS }).request(
    "eth_getBlockByNumber",
    ["latest", false],
    never,
  )
  await wallet.client.increaseTime({ seconds: 10 * MOST_HEAD_AGE })
  await wallet.client.mine({ blocks: 1 })
})
afterAll(() => Promise.all([anvil?.stop(), elsewhere?.stop()]))
beforeEach(async () => {
  proxy = await startFaultProxy(anvil.url)
})
afterEach(() => proxy.stop())

async function read(urls: readonly string[], firstTimeoutMs: number) {
  const { address, symbol, decimals } = tokens.USDC
  const { assets, adapters } = evmChainConfig.parse({
    kind: "evm",
    chain: CHAIN,
    name: "Ethereum (devnet)",
    wormholeChain: 2,
    rpc: [anvil.url],
    finality: "latest",
    assets: [{ address, symbol, decimals }],
    adapters: [{ adapter: "wallet" }],
    wormhole: { core: multicall3 },
  })
  const facts = { chain: CHAIN, multicall3, assets }
  const { timestamp } = await wallet.client.getBlock()
  const reader = evmReader({
    facts,
    finality: "latest",
    blockContext: "header",
    adapters: evmAdaptersOf(adapters, facts),
    endpoints: urls.map((url, i) => httpEndpoint(url, { timeoutMs: i === 0 ? firstTimeoutMs : PATIENT_MS })),
    mostHeadAge: MOST_HEAD_AGE,
    clock: { now: () => Number(timestamp) },
  })
  return reader.read([addressOn(CHAIN, HOLDER)], never)
}

const usdcIn = (reading: ChainReading) =>
  reading.status === "ok" &&
  reading.addresses.flatMap(({ legs }) => legs.flatMap(leg => (leg.kind === "collateral" ? [leg.amount] : [])))

const FAULTS: readonly (readonly [string, () => Misbehaviour, ChainFaultCode])[] = [
  ["hangs", () => "hangs", "RPC_UNAVAILABLE"],
  ["is rate-limited", () => ({ status: 429 }), "RPC_RATE_LIMIT"],
  ["fails with HTTP 500", () => ({ status: 500 }), "RPC_UNAVAILABLE"],
  ["answers with a page", () => "garbage", "RPC_UNAVAILABLE"],
  ["cuts its JSON off", () => "truncated", "RPC_UNAVAILABLE"],
  ["is of another chain", () => new URL(elsewhere.url), "WRONG_CHAIN"],
  ["shows an old head", () => (method, result) => (method === "eth_getBlockByNumber" ? oldHead : result), "HEAD_STALE"],
  [
    "has pruned the state",
    () => ({ code: -32_000, message: "missing trie node 5a (path )", methods: ["eth_call"] }),
    "STATE_PRUNED",
  ],
  ["knows no such block", () => ({ code: -32_001, message: "Resource not found", methods: ["eth_call"] }), "PIN_LOST"],
  [
    "answers calls with fewer bytes than there are",
    () => (method, result) => (method === "eth_call" ? String(result).slice(0, -64) : result),
    "DECODE",
  ],
]

describe.each(FAULTS)("an endpoint that %s", (what, how, code) => {
  const timeoutMs = what === "hangs" ? HANGING_MS : PATIENT_MS
  beforeEach(() => proxy.misbehave(how()))

  it("makes the chain unavailable under its own name", async () => {
    const reading = await read([proxy.url], timeoutMs)
    expect(reading).toMatchObject({ status: "unavailable", chain: CHAIN, code })
    expect(reading.status === "unavailable" && reading.detail).toContain(new URL(proxy.url).host)
  })

  it("hands over to the next, and is named in the reading", async () => {
    const reading = await read([proxy.url, anvil.url], timeoutMs)
    expect(usdcIn(reading)).toEqual([parseDecimal("1500")])
    expect(reading).toMatchObject({ dissents: [{ endpoint: new URL(proxy.url).host, code }] })
  })
})

describe("what was final", () => {
  /** A reader of finalized blocks, kept from pass to pass, over one address. */
  function finalReader(url: string) {
    const parts = {
      facts: { chain: CHAIN, multicall3, assets: [] },
      finality: "finalized",
      blockContext: "header",
    } as const
    return evmReader({ ...parts, adapters: [], endpoints: [httpEndpoint(url, { timeoutMs: PATIENT_MS })] })
  }

  it("is not read at an older block by an endpoint that lags behind, and another chain's blocks are no older ones", async () => {
    await wallet.client.mine({ blocks: 5 })
    const reader = finalReader(proxy.url)
    expect(await reader.read([], never)).toMatchObject({ status: "ok" })
    proxy.misbehave((method, result) => (method === "eth_getBlockByNumber" ? oldHead : result))
    expect(await reader.read([], never)).toMatchObject({ status: "unavailable", code: "HEAD_STALE" })
    proxy.misbehave(new URL(elsewhere.url))
    expect(await reader.read([], never)).toMatchObject({ status: "unavailable", code: "WRONG_CHAIN" })
    // Healing closes connections, which a pass under way would notice; passing everything on does not.
    proxy.misbehave((_, result) => result)
    expect(await reader.read([], never)).toMatchObject({ status: "ok" })
  })
})
