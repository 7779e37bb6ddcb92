/**
 * How fast a pass over many accounts is, and how many requests it takes: `npm run bench -- reading`.
 * The lens, Multicall3 and single calls read the same accounts of one local chain in turn, and have to agree.
 */
import { isDeepStrictEqual } from "node:util"
import { isHex } from "viem"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { evmChainConfig } from "../../chains/chain-config.js"
import { ethereumConfig } from "../../chains/devnet/evm/chains.js"
import type { EvmCallResult } from "../../chains/evm/adapter.js"
import { multicall, type PinnedCalls } from "../../chains/evm/multicall.js"
import { evmReader } from "../../chains/evm/reader.js"
import { httpEndpoint, type RpcEndpoint } from "../../chains/evm/rpc.js"
import { throughLens } from "../../chains/evm/through-lens.js"
import { evmAdaptersOf } from "../../chains/registry.js"
import { manyHolders, startManyAccounts } from "../support/many-accounts.js"

/** The last count is the goal's; the ones before show how requests grow. */
const COUNTS = [250, 500, 1_000] as const
const ACCOUNTS = Math.max(...COUNTS)
/** Of these the fastest pass counts: other programs on the machine only ever make one slower. */
const ROUNDS = 8
/** Single calls take so much longer that fewer rounds say as much. */
const SINGLE_ROUNDS = 3
const never = new AbortController().signal

interface Pass {
  readonly milliseconds: number
  readonly requests: number
  readonly seen: unknown
}

/** One `eth_call` a call, as many at a time as the endpoint takes. */
const single: PinnedCalls = async ({ endpoint, head }, calls, signal) => {
  const block = { blockHash: head.pin.blockHash, requireCanonical: true }
  return await Promise.all(
    calls.map(async (call): Promise<EvmCallResult> => {
      const data = await endpoint.request("eth_call", [call, block], signal)
      if (!isHex(data)) throw new TypeError("eth_call did not return bytes")
      return data === "0x" ? { status: "empty" } : { status: "ok", data }
    }),
  )
}

const holders = manyHolders(ACCOUNTS)
const chain = await startManyAccounts(holders)
try {
  const config = evmChainConfig.parse({ ...ethereumConfig(chain, chain.core), finality: "latest" })
  const assets = config.assets.filter(({ address }) => address !== "native")
  const facts = { chain: config.chain, multicall3: config.multicall3, assets }
  const adapters = evmAdaptersOf(
    config.adapters.filter(({ adapter }) => adapter === "wallet" || adapter === "aave-v3"),
    facts,
  )

  /** A reader that puts its calls together in one way, and what its passes took. */
  function contestant(answer: PinnedCalls, count: number) {
    const addresses = holders.slice(0, count).map(holder => addressOn(chainId(config.chain), holder))
    const inner = httpEndpoint(chain.anvil.url, { timeoutMs: 600_000 })
    let requests = 0
    const endpoint: RpcEndpoint = {
      host: inner.host,
      request: (method, params, signal) => {
        requests++
        return inner.request(method, params, signal)
      },
    }
    const place = {
      facts,
      finality: "latest",
      blockContext: "header",
      adapters,
      endpoints: [endpoint],
      answer,
    } as const
    const reader = evmReader(place)
    const passes: Pass[] = []
    return {
      passes,
      async read() {
        requests = 0
        const started = performance.now()
        const reading = await reader.read(addresses, never)
        passes.push({ milliseconds: performance.now() - started, requests, seen: amounts(reading) })
      },
    }
  }

  for (const count of COUNTS) {
    const lens = contestant(throughLens, count)
    const multicall3 = contestant(multicall, count)
    const alone = contestant(single, count)
    for (let round = 0; round < ROUNDS; round++) {
      await lens.read()
      await multicall3.read()
      if (count === ACCOUNTS && round < SINGLE_ROUNDS) await alone.read()
    }
    const ways = { lens, multicall3, ...(count === ACCOUNTS && { single: alone }) }
    const pairs = Object.entries(ways).map(([name, { passes }]) => [name, best(passes)] as const)
    if (pairs.some(([, { seen }]) => !isDeepStrictEqual(seen, pairs[0]?.[1].seen))) {
      throw new Error("the ways do not read the same")
    }
    const of = <Value>(pick: (pass: Pass) => Value) =>
      Object.fromEntries(pairs.map(([name, pass]) => [name, pick(pass)]))
    const milliseconds = of(pass => Math.round(pass.milliseconds))
    const ratio =
      milliseconds.single && milliseconds.lens && Number((milliseconds.single / milliseconds.lens).toFixed(1))
    const requests = of(pass => pass.requests)
    console.log(
      JSON.stringify({ name: "reading", accounts: count, assets: assets.length, requests, milliseconds, ratio }),
    )
  }
} finally {
  await chain.anvil.stop()
}

/** The fastest pass; the first one asks for the chain id as well and warms up. */
function best(passes: readonly Pass[]): Pass {
  const [first, ...others] = passes.slice(1)
  if (!first) throw new RangeError("there was one pass only")
  return others.reduce((fastest, pass) => (pass.milliseconds < fastest.milliseconds ? pass : fastest), first)
}

/** What was read of each account, without what a later block changes: interest on deposits. */
function amounts(reading: ChainReading): unknown {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading.addresses.map(({ legs, faults }) => [
    legs.map(leg => [leg.kind, leg.venue, leg.kind === "collateral" && leg.venue === "wallet" ? leg.amount : null]),
    faults,
  ])
}
