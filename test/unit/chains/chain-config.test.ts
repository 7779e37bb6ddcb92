import { describe, expect, test } from "vitest"
import { chainConfig, evmChainConfig, solanaChainConfig } from "../../../chains/chain-config.js"

const CORE = "0x98f3c9e6E3fAce36bAAd05FE09d375Ef1464288B"
const USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
const PYTH = "0x4305FB66699C3B2702D4d05CF36551390A4c69C6"
const ETH_FEED = "0xff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace"

const ethereum = {
  kind: "evm",
  chain: "eip155:1",
  name: "Ethereum",
  wormholeChain: 2,
  rpc: ["https://rpc.example/key"],
  finality: "safe",
  assets: [
    { address: "native", symbol: "ETH", decimals: 18 },
    { address: USDC, symbol: "USDC", decimals: 6 },
  ],
  adapters: [{ adapter: "wallet" }, { adapter: "pyth", contract: PYTH, feeds: { ETH: ETH_FEED } }],
  wormhole: { core: CORE },
}
const solana = {
  kind: "solana",
  chain: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
  name: "Solana",
  wormholeChain: 1,
  rpc: ["https://rpc.example"],
  commitment: "confirmed",
  assets: [
    { mint: "native", symbol: "SOL", decimals: 9 },
    { mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", symbol: "USDC", decimals: 6 },
  ],
  adapters: [{ adapter: "spl" }],
}

const pathsIn = (config: unknown) => chainConfig.safeParse(config).error?.issues.map(({ path }) => path.join("."))

test("an EVM chain gets the defaults that it leaves out", () => {
  expect(evmChainConfig.parse(ethereum)).toEqual({
    ...ethereum,
    timeoutMs: 5_000,
    multicall3: "0xcA11bde05977b3631167028862bE2a173976CA11",
    blockContext: "header",
  })
})

test("a Solana chain too", () => {
  expect(solanaChainConfig.parse(solana)).toEqual({ ...solana, timeoutMs: 5_000 })
})

test("addresses come out checksummed, adapter settings as they were written", () => {
  const settings = {
    adapter: "pyth",
    contract: PYTH.toLowerCase(),
    feeds: { ETH: `0x${ETH_FEED.slice(2).toUpperCase()}` },
  }
  const assets = [{ address: USDC.toLowerCase(), symbol: "USDC", decimals: 6 }]
  const parsed = evmChainConfig.parse({ ...ethereum, assets, adapters: [settings] })
  expect(parsed.assets).toEqual([{ address: USDC, symbol: "USDC", decimals: 6 }])
  expect(parsed.adapters).toEqual([settings])
})

describe("each mistake is named by its field", () => {
  const usdc = { address: USDC, symbol: "USDC", decimals: 6 }
  test.each([
    ["kind", { ...ethereum, kind: "cosmos" }],
    ["chain", { ...ethereum, chain: "eip155:mainnet" }],
    ["name", { ...ethereum, name: "" }],
    ["wormholeChain", { ...ethereum, wormholeChain: "2" }],
    ["rpc", { ...ethereum, rpc: [] }],
    ["rpc.1", { ...ethereum, rpc: ["https://a.example", "ftp://b.example"] }],
    ["finality", { ...ethereum, finality: "soon" }],
    ["timeoutMs", { ...ethereum, timeoutMs: 0 }],
    ["multicall3", { ...ethereum, multicall3: "0x12" }],
    ["assets.0.address", { ...ethereum, assets: [{ ...usdc, address: USDC.replace("A0b", "a0b") }] }],
    ["assets.0.decimals", { ...ethereum, assets: [{ ...usdc, decimals: 6.5 }] }],
    ["assets.0.symbol", { ...ethereum, assets: [{ ...usdc, symbol: "" }] }],
    ["assets.1.address", { ...ethereum, assets: [usdc, { ...usdc, address: USDC.toLowerCase() }] }],
    ["adapters.0.adapter", { ...ethereum, adapters: [{ adapter: "walet" }] }],
    ["adapters.0.contract", { ...ethereum, adapters: [{ adapter: "pyth", contract: "0x1", feeds: {} }] }],
    ["adapters.0.feeds.ETH", { ...ethereum, adapters: [{ adapter: "pyth", contract: PYTH, feeds: { ETH: "0x1" } }] }],
    ["adapters.1.adapter", { ...ethereum, adapters: [{ adapter: "wallet" }, { adapter: "wallet" }] }],
    ["wormhole.core", { ...ethereum, wormhole: {} }],
    ["chain", { ...solana, chain: "solana:mainnet" }],
    ["wormholeChain", { ...solana, wormholeChain: 2 }],
    ["adapters.0.adapter", { ...solana, adapters: [{ adapter: "wallet" }] }],
    ["commitment", { ...solana, commitment: "safe" }],
    ["assets.0.mint", { ...solana, assets: [{ mint: "0OIl", symbol: "X", decimals: 0 }] }],
    ["assets.1.mint", { ...solana, assets: [solana.assets[0], solana.assets[0]] }],
  ])("%s", (path, config) => {
    expect(pathsIn(config)).toEqual([path])
  })

  test("unknown fields are refused at every level", () => {
    expect(pathsIn({ ...ethereum, rcp: [] })).toEqual([""])
    expect(pathsIn({ ...ethereum, adapters: [{ adapter: "wallet", colour: "red" }] })).toEqual(["adapters.0"])
    expect(pathsIn({ ...ethereum, wormhole: { core: CORE, coer: CORE } })).toEqual(["wormhole"])
  })
})

test("what one adapter entry counts no other may count again, nor the same one twice", () => {
  const vaults = (...list: string[]) => ({ adapter: "erc4626", vaults: list })
  const perps = (markets: Record<string, string>) => ({ adapter: "perp-curie", clearingHouse: CORE, markets })
  const withAdapters = (...adapters: unknown[]) => pathsIn({ ...ethereum, adapters })
  expect(withAdapters(vaults(USDC), vaults(PYTH))).toBeUndefined()
  expect(withAdapters(vaults(USDC), vaults(PYTH, USDC.toLowerCase()))).toEqual(["adapters.1.adapter"])
  expect(withAdapters(vaults(USDC, USDC))).toEqual(["adapters.0.adapter"])
  expect(withAdapters(perps({ ETH: USDC }), perps({ BTC: PYTH }))).toEqual(["adapters.1.adapter"])
  expect(withAdapters(perps({ ETH: USDC, BTC: USDC }))).toEqual(["adapters.0.markets"])
})
