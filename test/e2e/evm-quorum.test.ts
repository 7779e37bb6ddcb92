/**
 * One real chain behind several endpoints, some of which lie, lag, hang or sit elsewhere: what a quorum makes of it.
 */
import { getAddress, type Address as Holder, numberToHex } from "viem"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { evmChainConfig } from "../../chains/chain-config.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import { createEvmReader } from "../../chains/evm/reader.js"
import { type Change, type FaultProxy, startFaultProxy } from "../support/fault-proxy.js"

const CHAIN = chainId("eip155:1337")
const never = new AbortController().signal
const HOLDER = getAddress(`0x${"a1".repeat(20)}`)
const TIMEOUT_MS = 120_000

let anvil: Anvil
let elsewhere: Anvil
let wallet: DevWallet
let multicall3: Holder
let tokens: DevTokens
let proxies: FaultProxy[]

beforeAll(async () => {
  ;[anvil, elsewhere] = await Promise.all([startAnvil({ chainId: 1337 }), startAnvil({ chainId: 1397 })])
  wallet = await openDevWallet(anvil.url, anvil.chainId)
  ;[multicall3, tokens] = await Promise.all([deployMulticall3(wallet), deployTokens(wallet, wallet.accounts[1])])
  await tokens.USDC.mint(HOLDER, 1_500_000_000n)
})
afterAll(() => Promise.all([anvil?.stop(), elsewhere?.stop()]))
beforeEach(async () => {
  proxies = await Promise.all([0, 1, 2].map(() => startFaultProxy(anvil.url)))
})
afterEach(() => Promise.all(proxies.map(proxy => proxy.stop())))

const hostOf = (index: number) => new URL(proxies[index]?.url ?? "").host
const misbehave = (index: number, how: Parameters<FaultProxy["misbehave"]>[0]) => proxies[index]?.misbehave(how)

function reader(changes: Record<string, unknown>) {
  const { address, symbol, decimals } = tokens.USDC
  const config = evmChainConfig.parse({
    kind: "evm",
    chain: CHAIN,
    name: "Ethereum (devnet)",
    wormholeChain: 2,
    rpc: proxies.map(({ url }) => url),
    timeoutMs: TIMEOUT_MS,
    finality: "latest",
    multicall3,
    assets: [{ address, symbol, decimals }],
    adapters: [{ adapter: "wallet" }],
    wormhole: { core: multicall3 },
    ...changes,
  })
  return createEvmReader(config)
}
const read = (changes: Record<string, unknown> = { quorum: 2 }) =>
  reader(changes).read([addressOn(CHAIN, HOLDER)], never)

function ok(reading: ChainReading) {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading
}
const usdcIn = (reading: ChainReading) =>
  ok(reading).addresses.flatMap(({ legs }) => legs.flatMap(leg => (leg.kind === "collateral" ? [leg.amount] : [])))
const dissenters = (reading: ChainReading) => ok(reading).dissents?.map(({ endpoint, code }) => [endpoint, code])
const TRUE_BALANCE = [parseDecimal("1500")]

/** Ten times the money: every answer's last balance word changed. */
const inflated: Change = (method, result) =>
  method === "eth_call" ? String(result).replaceAll(word(1_500_000_000n), word(15_000_000_000n)) : result
const word = (value: bigint) => numberToHex(value, { size: 32 }).slice(2)

/** The header of a block that is not there, one ahead, under the hash of the real one. */
const headChanged =
  (change: (header: Record<string, string>) => Record<string, string>): Change =>
  (method, result) =>
    method === "eth_getBlockByNumber" ? change(result as Record<string, string>) : result

describe("two of three", () => {
  it("agree: the reading is of grade quorum and nobody dissents", async () => {
    const reading = ok(await read())
    expect(usdcIn(reading)).toEqual(TRUE_BALANCE)
    expect(reading.pin.inputGrade).toBe("quorum")
    expect(reading.dissents).toBeUndefined()
  })

  it.each([0, 1, 2])("out-vote endpoint %i that inflates balances, and name it", async liar => {
    misbehave(liar, inflated)
    const reading = await read()
    expect(usdcIn(reading)).toEqual(TRUE_BALANCE)
    expect(dissenters(reading)).toEqual([[hostOf(liar), "OUTVOTED"]])
  })

  it("out-vote one that dates a block otherwise", async () => {
    misbehave(
      0,
      headChanged(header => ({ ...header, timestamp: "0x1" })),
    )
    const reading = ok(await read())
    expect(reading.pin.timestamp).toBeGreaterThan(1)
    expect(dissenters(reading)).toEqual([[hostOf(0), "OUTVOTED"]])
  })

  it("do not follow one to a block that only it knows", async () => {
    const fork = { hash: `0x${"fe".repeat(32)}`, number: "0xffffff" }
    misbehave(
      1,
      headChanged(header => ({ ...header, ...fork })),
    )
    const reading = ok(await read())
    expect(usdcIn(reading)).toEqual(TRUE_BALANCE)
    expect(reading.pin.blockHash).not.toBe(fork.hash)
    expect(dissenters(reading)?.map(([host]) => host)).toEqual([hostOf(1)])
  })

  it("do without one that lags, hangs up, or sits on another chain", async () => {
    const headers = new Map<string, unknown>()
    // Answers every question about blocks as before the last transaction.
    misbehave(2, (method, result) => {
      if (method !== "eth_getBlockByNumber") return result
      if (!headers.has("old")) headers.set("old", result)
      return headers.get("old")
    })
    await read()
    await wallet.client.mine({ blocks: 3 })
    const lagging = ok(await read())
    const head = await wallet.client.getBlockNumber()
    expect(lagging.pin).toMatchObject({ blockNumber: head })

    misbehave(2, { status: 500 })
    expect(dissenters(await read())).toEqual([[hostOf(2), "RPC_UNAVAILABLE"]])
    misbehave(2, new URL(elsewhere.url))
    const reading = await read()
    expect(usdcIn(reading)).toEqual(TRUE_BALANCE)
    expect(dissenters(reading)?.map(([host]) => host)).toEqual([hostOf(2)])
  })

  it("are not there: the chain is unavailable, never of a lower grade", async () => {
    misbehave(0, { status: 429 })
    misbehave(1, { status: 429 })
    expect(await read()).toMatchObject({ status: "unavailable", code: "RPC_RATE_LIMIT" })
  })

  it("that lie differently leave no quorum, and all are named", async () => {
    misbehave(0, inflated)
    misbehave(1, (method, result) =>
      method === "eth_call" ? String(result).replaceAll(word(1_500_000_000n), word(1n)) : result,
    )
    const reading = await read()
    expect(reading).toMatchObject({ status: "unavailable", code: "NO_QUORUM" })
    for (const index of [0, 1, 2]) expect(reading.status === "unavailable" && reading.detail).toContain(hostOf(index))
  })
})

it("without a quorum the first usable endpoint's word is taken, grade single, and who failed before it is named", async () => {
  misbehave(0, { status: 503 })
  const reading = ok(await read({}))
  expect(reading.pin.inputGrade).toBe("single")
  expect(dissenters(reading)).toEqual([[hostOf(0), "RPC_UNAVAILABLE"]])
})
