import { expect, test } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import type { EvmChainFacts } from "../../../chains/evm/adapter.js"
import { evmAdapters, evmAdaptersOf, solanaAdapters, solanaAdaptersOf } from "../../../chains/registry.js"

const facts: EvmChainFacts = {
  chain: chainId("eip155:1"),
  multicall3: "0xcA11bde05977b3631167028862bE2a173976CA11",
  assets: [],
}
const feeds = { ETH: "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419" }

test.each([["EVM", evmAdapters] as const, ["Solana", solanaAdapters] as const])(
  "every %s adapter has a name of its own",
  (_, list) => {
    const names = list.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  },
)

test("a chain's adapters come in the registry's order, however the configuration lists them", () => {
  const adapters = evmAdaptersOf([{ adapter: "chainlink", feeds }, { adapter: "wallet" }], facts)
  expect(adapters.map(({ venue }) => venue)).toEqual(["wallet", "chainlink"])
})

test("an adapter that is not registered is never silently left out", () => {
  expect(() => evmAdaptersOf([{ adapter: "wallet" }, { adapter: "walet" }], facts)).toThrow(RangeError)
  expect(() => solanaAdaptersOf([{ adapter: "wallet" }], { ...facts, assets: [] })).toThrow(RangeError)
})
