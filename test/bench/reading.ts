/**
 * How fast a pass over many accounts is, and how many requests it takes: `npx tsx test/bench/reading.ts [accounts]`.
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

const ROUNDS = 5
const accounts = Number(process.argv[2] ?? 1_000)
const never = new AbortController().signal

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

const holders = manyHolders(accounts)
const chain = await startManyAccounts(holders)
try {
  const config = evmChainConfig.parse({ ...ethereumConfig(chain, chain.core), finality: "latest" })
  const assets = config.assets.filter(({ address }) => address !== "native")
  const facts = { chain: config.chain, multicall3: config.multicall3, assets }
  const adapters = evmAdaptersOf(
    config.adapters.filter(({ adapter }) => adapter === "wallet" || adapter === "aave-v3"),
    facts,
  )
  const addresses = holders.map(holder => addressOn(chainId(config.chain), holder))

  function contestant(answer: PinnedCalls) {
    const inner = httpEndpoint(chain.anvil.url, { timeoutMs: 600_000 })
    let requests = 0
    const endpoint: RpcEndpoint = {
      host: inner.host,
      request: (method, params, signal) => {
        requests++
        return inner.request(method, params, signal)
      },
    }
    const parts = {
      facts,
      finality: "latest",
      blockContext: "header",
      adapters,
      endpoints: [endpoint],
      answer,
    } as const
    const reader = evmReader(parts)
    const times: number[] = []
    return {
      times,
      async read() {
        requests = 0
        const started = performance.now()
        const reading = await reader.read(addresses, never)
        times.push(performance.now() - started)
        return { reading, requests }
      },
    }
  }

  const contestants = { lens: contestant(throughLens), multicall3: contestant(multicall), single: contestant(single) }
  const requests: Record<string, number> = {}
  const seen: Record<string, unknown> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, each] of Object.entries(contestants)) {
      const pass = await each.read()
      requests[name] = pass.requests
      seen[name] = amounts(pass.reading)
    }
  }
  // The first pass also asks for the chain id and warms up.
  const median = ({ times }: { times: readonly number[] }) =>
    times.slice(1).toSorted((a, b) => a - b)[(ROUNDS - 1) >> 1] ?? 0
  const alike = isDeepStrictEqual(seen.lens, seen.single) && isDeepStrictEqual(seen.multicall3, seen.single)
  if (!alike) throw new Error("the three ways do not read the same")
  const [lens, multicall3, alone] = [contestants.lens, contestants.multicall3, contestants.single].map(median)
  const milliseconds = { lens: round(lens), multicall3: round(multicall3), single: round(alone) }
  const ratio = Math.round((10 * (alone ?? 0)) / (lens ?? 1)) / 10
  console.log(JSON.stringify({ name: "reading", accounts, assets: assets.length, requests, milliseconds, ratio }))
} finally {
  await chain.anvil.stop()
}

/** What was read of each account; Aave's interest makes later blocks differ, so debts and receipts are compared by kind. */
function amounts(reading: ChainReading): unknown {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading.addresses.map(({ legs, faults }) => [
    legs.map(leg => [leg.kind, leg.venue, leg.kind === "collateral" && leg.venue === "wallet" ? leg.amount : null]),
    faults,
  ])
}

function round(milliseconds: number | undefined): number {
  return Math.round(milliseconds ?? 0)
}
