/**
 * The lens on a real node: it answers as Multicall3 does, whatever the calls, and gives way where a node refuses it.
 */
import {
  concatHex,
  encodeFunctionData,
  getAddress,
  type Hex,
  type Address as Holder,
  numberToHex,
  padHex,
  parseAbi,
} from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chainId } from "../../aggregator/domain/caip.js"
import { ChainFault } from "../../chains/chain-fault.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import type { EvmCall } from "../../chains/evm/adapter.js"
import { multicall, type PinnedPlace } from "../../chains/evm/multicall.js"
import { resolveHead } from "../../chains/evm/pin.js"
import { httpEndpoint, type RpcEndpoint } from "../../chains/evm/rpc.js"
import { lensOrMulticall, throughLens } from "../../chains/evm/through-lens.js"
import { manyHolders } from "../support/many-accounts.js"

const CHAIN = chainId("eip155:1337")
const never = new AbortController().signal
const erc20 = parseAbi([
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address, address) view returns (uint256)",
  "function symbol() view returns (string)",
])

let anvil: Anvil
let wallet: DevWallet
let multicall3: Holder
let tokens: DevTokens
let burner: Holder
let echo: Holder

/** Runtime code as a contract. */
const deployRuntime = (runtime: Hex) => {
  const size = (runtime.length - 2) / 2
  // Copies what follows these 12 bytes and returns it.
  const bytecode = concatHex([
    `0x60${size.toString(16).padStart(2, "0")}600c60003960${size.toString(16).padStart(2, "0")}6000f3`,
    runtime,
  ])
  return wallet.deploy({ contractName: "Runtime", abi: [], bytecode, linkReferences: {} })
}

beforeAll(async () => {
  anvil = await startAnvil({ chainId: 1337 })
  wallet = await openDevWallet(anvil.url, anvil.chainId)
  multicall3 = await deployMulticall3(wallet)
  tokens = await deployTokens(wallet)
  burner = await deployRuntime("0xfe")
  // Returns its calldata.
  echo = await deployRuntime("0x366000600037366000f3")
  await tokens.USDC.mint(HOLDERS[0], 1_234_567n)
  await tokens.WETH.mint(HOLDERS[1], 10n ** 24n)
})
afterAll(() => anvil?.stop())

const HOLDERS = ["a1", "b2", "c3"].map(byte => getAddress(`0x${byte.repeat(20)}`)) as [Holder, Holder, Holder]

interface Log {
  readonly overridden: boolean
  readonly bytes: number
}

/** The node with every `eth_call` noted, and its parameters changed on their way. */
function observed(change: (params: readonly unknown[]) => readonly unknown[] = params => params) {
  const inner = httpEndpoint(anvil.url, { timeoutMs: 240_000 })
  const calls: Log[] = []
  const endpoint: RpcEndpoint = {
    host: inner.host,
    request(method, params, signal) {
      if (method !== "eth_call") return inner.request(method, params, signal)
      calls.push({ overridden: params.length === 3, bytes: JSON.stringify(params).length })
      return inner.request(method, change(params), signal)
    },
  }
  return { endpoint, calls }
}

async function placeAt(endpoint: RpcEndpoint): Promise<PinnedPlace> {
  const head = await resolveHead(endpoint, { chain: CHAIN, finality: "latest", inputGrade: "single" }, never)
  return { endpoint, multicall3, head, blockContext: "header" }
}

const balance = (token: Holder, holder: Holder): EvmCall => ({
  to: token,
  data: encodeFunctionData({ abi: erc20, functionName: "balanceOf", args: [holder] }),
})

/** Every kind of call and of answer. */
const mixed = (): readonly EvmCall[] => [
  ...HOLDERS.flatMap(holder => Object.values(tokens).map(({ address }) => balance(address, holder))),
  {
    to: tokens.USDC.address,
    data: encodeFunctionData({ abi: erc20, functionName: "allowance", args: [HOLDERS[0], HOLDERS[1]] }),
  },
  { to: tokens.USDC.address, data: encodeFunctionData({ abi: erc20, functionName: "symbol" }) },
  // No code, no such function, not even a selector, calldata that is no whole words, an answer of many words.
  balance(getAddress(`0x${"12".repeat(20)}`), HOLDERS[0]),
  { to: tokens.USDC.address, data: "0xdeadbeef" },
  { to: echo, data: "0x" },
  { to: echo, data: "0x01" },
  { to: echo, data: "0xabcdef0102" },
  { to: echo, data: concatHex(["0x12345678", ...HOLDERS.map(holder => padHex(holder, { size: 32 }))]) },
  { to: echo, data: `0x${"5a".repeat(5_000)}` },
  { to: echo, data: `0x12345678${"77".repeat(32 * 300)}` },
]

describe("the lens", () => {
  it("answers as Multicall3 does, in one request", async () => {
    const { endpoint, calls } = observed()
    const place = await placeAt(endpoint)
    const lens = await throughLens(place, mixed(), never)
    expect(calls).toHaveLength(1)
    expect(lens).toEqual(await multicall(place, mixed(), never))
    expect(new Set(lens.map(({ status }) => status))).toEqual(new Set(["ok", "reverted", "empty"]))
    expect(lens[0]).toEqual({ status: "ok", data: numberToHex(0n, { size: 32 }) })
  })

  it("asks per holder and not per asset", async () => {
    const holders = manyHolders(1_000)
    const requests = async (count: number, assets: readonly Holder[]) => {
      const { endpoint, calls } = observed()
      const place = await placeAt(endpoint)
      const round = holders.slice(0, count).flatMap(holder => assets.map(asset => balance(asset, holder)))
      expect(await throughLens(place, round, never)).toHaveLength(round.length)
      return calls.length
    }
    const { USDC, WETH, WBTC } = tokens
    const three = [USDC.address, WETH.address, WBTC.address]
    expect(await requests(1_000, three)).toBe(await requests(1_000, [USDC.address]))
    expect(await requests(1_000, three)).toBeLessThanOrEqual(4)
    expect(await requests(250, three)).toBe(1)
  })

  it("leaves nobody unanswered when calls burn all the gas that they get", async () => {
    const round = HOLDERS.flatMap(holder => [balance(burner, holder), balance(tokens.USDC.address, holder)])
    const many = Array.from({ length: 15 }, () => round).flat()
    const { endpoint, calls } = observed()
    const results = await throughLens(await placeAt(endpoint), many, never)
    // 45 burners at 5 million gas each are more than the node's 100 million.
    expect(calls.length).toBeGreaterThan(1)
    results.forEach((result, index) => {
      expect(result.status).toBe(index % 2 === 0 ? "reverted" : "ok")
    })
  })

  it("divides a round that the node's gas does not suffice for, and names a node that has too little for any", async () => {
    const capped = (gas: number) =>
      observed(([transaction, ...others]) => [{ ...(transaction as object), gas: numberToHex(gas) }, ...others])
    const round = manyHolders(600).map(holder => balance(tokens.USDC.address, holder))
    const tight = capped(7_000_000)
    expect(await throughLens(await placeAt(tight.endpoint), round, never)).toHaveLength(600)
    expect(tight.calls.length).toBeGreaterThan(2)
    const refused = throughLens(await placeAt(capped(2_000_000).endpoint), round.slice(0, 1), never)
    await expect(refused).rejects.toMatchObject({ code: "GAS_CAP" })
  })

  it("is not believed about another block", async () => {
    const { endpoint } = observed()
    const place = await placeAt(endpoint)
    await wallet.client.mine({ blocks: 1 })
    const later = observed(([transaction, , override]) => [transaction, "latest", override])
    await expect(throughLens({ ...place, endpoint: later.endpoint }, mixed(), never)).rejects.toMatchObject({
      code: "PIN_LOST",
    })
  })
})

describe("a node without state overrides", () => {
  it.each<[string, (params: readonly unknown[]) => readonly unknown[]]>([
    ["ignores them", ([transaction, block]) => [transaction, block]],
    [
      "refuses them",
      params => {
        if (params.length === 3) throw new ChainFault("RPC_REFUSED", "too many arguments, want at most 2")
        return params
      },
    ],
  ])("that %s is asked through Multicall3 at the same block, from then on at once", async (_, change) => {
    const { endpoint, calls } = observed(change)
    const place = await placeAt(endpoint)
    const read = lensOrMulticall()
    const expected = await multicall(place, mixed(), never)
    calls.length = 0
    expect(await read(place, mixed(), never)).toEqual(expected)
    expect(calls[0]?.overridden).toBe(true)
    expect(await read(place, mixed(), never)).toEqual(expected)
    expect(calls.slice(1).every(({ overridden }) => !overridden)).toBe(true)
  })

  it("does not hide that its state is gone", async () => {
    const { endpoint, calls } = observed(() => {
      throw new ChainFault("STATE_PRUNED", "missing trie node")
    })
    const read = lensOrMulticall()(await placeAt(endpoint), mixed(), never)
    await expect(read).rejects.toMatchObject({ code: "STATE_PRUNED" })
    expect(calls).toHaveLength(1)
  })
})
