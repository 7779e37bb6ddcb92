/**
 * Solana behind several nodes, each at its own slot, some of which lie or lag: what a quorum makes of it.
 */
import { Keypair } from "@solana/web3.js"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { solanaChainConfig } from "../../chains/chain-config.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import { createSolanaReader } from "../../chains/solana/reader.js"
import { type Change, type FaultProxy, startFaultProxy } from "../support/fault-proxy.js"

const never = new AbortController().signal
const HOLDER = Keypair.generate().publicKey.toBase58()

let solana: LocalSolana
let fork: LocalSolana
let proxies: FaultProxy[]

beforeAll(async () => {
  ;[solana, fork] = await Promise.all([startSolana(), startSolana({ fork: "own" })])
  const usdc = solana.seeder.createMint("USDC", 6)
  for (const { ledger } of [solana, fork]) ledger.airdrop(HOLDER, 7_000_000_000n)
  solana.seeder.mintTo(usdc, Keypair.generate().publicKey, 1n)
  const slot = 10 + Math.max(...[solana, fork].map(({ ledger }) => ledger.blocks.head.slot))
  for (const { ledger } of [solana, fork]) ledger.skipTo(slot)
  fork.ledger.airdrop(HOLDER, 93_000_000_000n)
  solana.ledger.airdrop(Keypair.generate().publicKey.toBase58(), 1_000_000_000n)
})
afterAll(() => Promise.all([solana?.stop(), fork?.stop()]))
beforeEach(async () => {
  proxies = await Promise.all([0, 1, 2].map(() => startFaultProxy(solana.url)))
})
afterEach(() => Promise.all(proxies.map(proxy => proxy.stop())))

const hostOf = (index: number) => new URL(proxies[index]?.url ?? "").host
const misbehave = (index: number, how: Parameters<FaultProxy["misbehave"]>[0]) => proxies[index]?.misbehave(how)

const read = () => {
  const chain = chainId(solana.chain)
  const config = solanaChainConfig.parse({
    kind: "solana",
    chain,
    name: "Solana",
    wormholeChain: 1,
    rpc: proxies.map(({ url }) => url),
    quorum: 2,
    timeoutMs: 120_000,
    commitment: "processed",
    assets: [{ mint: "native", symbol: "SOL", decimals: 9 }],
    adapters: [{ adapter: "spl" }],
  })
  return createSolanaReader(config).read([addressOn(chain, HOLDER)], never)
}

function ok(reading: ChainReading) {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading
}
const solIn = (reading: ChainReading) =>
  ok(reading).addresses.flatMap(({ legs }) => legs.flatMap(leg => (leg.kind === "collateral" ? [leg.amount] : [])))
const dissenters = (reading: ChainReading) => ok(reading).dissents?.map(({ endpoint, code }) => [endpoint, code])
const TRUE_BALANCE = [parseDecimal("7")]

interface InContext {
  readonly context: { readonly slot: number }
  readonly value: unknown
}
const inContext = (result: unknown): result is InContext =>
  typeof result === "object" && result !== null && "context" in result

const richer: Change = (_, result) =>
  JSON.parse(JSON.stringify(result).replaceAll('"lamports":7000000000', '"lamports":70000000000'))

describe("two of three nodes", () => {
  it("agree: the reading is of grade quorum and nobody dissents", async () => {
    const reading = ok(await read())
    expect(solIn(reading)).toEqual(TRUE_BALANCE)
    expect(reading.pin.inputGrade).toBe("quorum")
    expect(reading.dissents).toBeUndefined()
  })

  it.each([0, 1, 2])("out-vote node %i that inflates a balance, and name it", async liar => {
    misbehave(liar, richer)
    const reading = await read()
    expect(solIn(reading)).toEqual(TRUE_BALANCE)
    expect(dissenters(reading)).toEqual([[hostOf(liar), "OUTVOTED"]])
  })

  it("out-vote a node on a fork of its own", async () => {
    misbehave(1, new URL(fork.url))
    const reading = await read()
    expect(solIn(reading)).toEqual(TRUE_BALANCE)
    expect(ok(reading).pin.blockHash).toBe(solana.ledger.view("processed").block.blockhash)
    expect(dissenters(reading)?.map(([host]) => host)).toEqual([hostOf(1)])
  })

  it("agree on what did not change although one is a slot ahead, which is no lie", async () => {
    misbehave(2, (method, result) =>
      method === "getMultipleAccounts" && inContext(result)
        ? { ...result, context: { slot: result.context.slot + 1 } }
        : result,
    )
    const reading = await read()
    expect(solIn(reading)).toEqual(TRUE_BALANCE)
    expect(dissenters(reading)).toBeUndefined()
  })

  it("do without one that fails or sits on another cluster", async () => {
    misbehave(0, { status: 429 })
    expect(dissenters(await read())).toEqual([[hostOf(0), "RPC_RATE_LIMIT"]])
    misbehave(0, (method, result) =>
      method === "getGenesisHash" ? "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d" : result,
    )
    expect(dissenters(await read())).toEqual([[hostOf(0), "OUTVOTED"]])
  })

  it("are not there: the cluster is unavailable, and why", async () => {
    misbehave(0, { status: 503 })
    misbehave(1, { status: 503 })
    expect(await read()).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
    misbehave(0, richer)
    misbehave(1, (_, result) => JSON.parse(JSON.stringify(result).replaceAll('"lamports":7000000000', '"lamports":1')))
    expect(await read()).toMatchObject({ status: "unavailable", code: "NO_QUORUM" })
  })

  it("that never meet at one slot are of no use", async () => {
    let slot = 0
    const apart: Change = (method, result) => {
      if (method !== "getLatestBlockhash" || !inContext(result)) return result
      slot++
      return { context: { slot: result.context.slot + slot }, value: { blockhash: `${slot}`.padStart(32, "1") } }
    }
    for (const index of [0, 1, 2]) misbehave(index, apart)
    expect(await read()).toMatchObject({ status: "unavailable", code: "PIN_SKEW" })
  })
})
