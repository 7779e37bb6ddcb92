import { describe, expect, it } from "vitest"
import { type ConfigInput, parseConfig } from "../../aggregator/config.js"
import { InvalidInputError } from "../../aggregator/domain/errors.js"

const SOLANA = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
const HOLDER = "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"
const CORE = "0x98f3c9e6E3fAce36bAAd05FE09d375Ef1464288B"
const KEY = "7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv"

type Chain = ConfigInput["chains"][number]
const evm = (id: number, wormholeChain: number): Chain => ({
  kind: "evm",
  chain: `eip155:${id}`,
  name: `Chain ${id}`,
  wormholeChain,
  rpc: [`http://127.0.0.1:${id}`],
  finality: "finalized",
  assets: [{ address: "native", symbol: "ETH", decimals: 18 }],
  adapters: [{ adapter: "wallet" }],
  wormhole: { core: CORE },
})
const solana: Chain = {
  kind: "solana",
  chain: SOLANA,
  name: "Solana",
  wormholeChain: 1,
  rpc: ["http://127.0.0.1:8899"],
  commitment: "finalized",
  assets: [{ mint: "native", symbol: "SOL", decimals: 9 }],
  adapters: [{ adapter: "spl" }],
}
const complete = (change: Partial<ConfigInput> = {}): ConfigInput => ({
  chains: [evm(1, 2), evm(56, 4), solana],
  accounts: [{ id: "treasury", addresses: [`eip155:1:${HOLDER}`, `eip155:56:${HOLDER}`, `${SOLANA}:${KEY}`] }],
  attestation: { homeChain: "eip155:1", guardianApis: ["https://guardian.example"] },
  ...change,
})
const accounts = (...addresses: string[][]) =>
  complete({ accounts: addresses.map((list, i) => ({ id: `account-${i}`, addresses: list })) })

function refused(document: unknown): [pointer: string, code: string][] {
  try {
    parseConfig(document)
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return error.issues.map(issue => [issue.pointer, issue.code])
  }
}

describe("a configuration", () => {
  it("needs only its chains; the rest has defaults that are safe", () => {
    expect(parseConfig({ chains: [evm(1, 2)] })).toMatchObject({
      accounts: [],
      policy: "span16",
      refreshSeconds: 15,
      host: "127.0.0.1",
      port: 8787,
    })
    expect(parseConfig(complete()).attestation).toMatchObject({
      consistency: "finalized",
      epochSeconds: 60,
      validitySeconds: 600,
    })
  })

  it.each<[string, unknown, string]>([
    ["none", undefined, ""],
    ["no chain", { chains: [] }, "/chains"],
    ["a chain twice", complete({ chains: [evm(1, 2), evm(1, 4), evm(56, 5), solana] }), "/chains/1/chain"],
    [
      "one Wormhole number for two chains",
      complete({ chains: [evm(1, 2), evm(56, 2), solana] }),
      "/chains/1/wormholeChain",
    ],
    ["a chain id that is none", { chains: [{ ...evm(1, 2), chain: "eip155:01" }] }, "/chains/0/chain"],
    [
      "an unknown protocol",
      complete({ chains: [{ ...evm(1, 2), adapters: [{ adapter: "aave-v9" }] }, evm(56, 4), solana] }),
      "/chains/0/adapters/0/adapter",
    ],
    [
      "an endpoint that is no URL",
      complete({ chains: [{ ...evm(1, 2), rpc: ["mainnet"] }, evm(56, 4), solana] }),
      "/chains/0/rpc/0",
    ],
    ["a policy that does not ship", { ...complete(), policy: "span17" }, "/policy"],
    ["costs that are no file", { ...complete(), costs: "cheap" }, "/costs"],
    ["a port beyond 65535", complete({ port: 70_000 }), "/port"],
    ["no time between readings", complete({ refreshSeconds: 0 }), "/refreshSeconds"],
    ["an unknown account's chain", accounts([`eip155:5:${HOLDER}`]), "/accounts/0/addresses/0"],
    ["an address without chain", accounts([HOLDER]), "/accounts/0/addresses/0"],
    ["an account without address", accounts([]), "/accounts/0/addresses"],
    ["an EVM address too short", accounts(["eip155:1:0x12"]), "/accounts/0/addresses/0"],
    [
      "an EVM address with a wrong checksum",
      accounts([`eip155:1:${HOLDER.replace("E3f5", "e3f5")}`]),
      "/accounts/0/addresses/0",
    ],
    ["a Solana address on an EVM chain", accounts([`eip155:1:${KEY}`]), "/accounts/0/addresses/0"],
    ["an EVM address on Solana", accounts([`${SOLANA}:${HOLDER}`]), "/accounts/0/addresses/0"],
    ["a Solana key too short", accounts([`${SOLANA}:${KEY.slice(3)}`]), "/accounts/0/addresses/0"],
    [
      "an address twice in one account",
      accounts([`eip155:1:${HOLDER}`, `eip155:1:${HOLDER}`]),
      "/accounts/0/addresses/1",
    ],
    [
      "an EVM address of another account in other letters",
      accounts([`eip155:1:${HOLDER}`], [`eip155:56:${HOLDER}`, `eip155:1:${HOLDER.toLowerCase()}`]),
      "/accounts/1/addresses/1",
    ],
    [
      "an account id twice",
      complete({
        accounts: [
          { id: "one", addresses: [`eip155:1:${HOLDER}`] },
          { id: "one", addresses: [`eip155:56:${HOLDER}`] },
        ],
      }),
      "/accounts/1/id",
    ],
    [
      "an account id with capitals",
      complete({ accounts: [{ id: "One", addresses: [`eip155:1:${HOLDER}`] }] }),
      "/accounts/0/id",
    ],
    [
      "a home chain that is not configured",
      complete({ attestation: { homeChain: "eip155:5", guardianApis: ["https://guardian.example"] } }),
      "/attestation/homeChain",
    ],
    [
      "Solana as home chain",
      complete({ attestation: { homeChain: SOLANA, guardianApis: ["https://guardian.example"] } }),
      "/attestation/homeChain",
    ],
    [
      "no guardian API",
      complete({ attestation: { homeChain: "eip155:1", guardianApis: [] } }),
      "/attestation/guardianApis",
    ],
  ])("with %s is refused", (_, document, pointer) => {
    expect(refused(document)).toEqual([[pointer, "INVALID_VALUE"]])
  })

  it("with a key in the file is refused: keys come from the environment", () => {
    expect(refused({ ...complete(), publisherKey: `0x${"11".repeat(32)}` })).toEqual([
      ["/publisherKey", "UNKNOWN_FIELD"],
    ])
  })

  it("takes Solana keys that differ in one letter's case for two", () => {
    const other = KEY.replace("A", "a")
    expect(refused(accounts([`${SOLANA}:${KEY}`], [`${SOLANA}:${other}`]))).toEqual([])
  })

  it("takes one holder on two chains for two addresses", () => {
    expect(refused(accounts([`eip155:1:${HOLDER}`], [`eip155:56:${HOLDER}`]))).toEqual([])
  })
})
