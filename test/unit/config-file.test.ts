import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { explained } from "../../aggregator/commands/config.js"
import { readConfig } from "../../aggregator/config-file.js"
import { InvalidInputError } from "../../aggregator/domain/errors.js"
import { policyFrom } from "../../aggregator/policy-source.js"
import { chainConfig } from "../../chains/chain-config.js"
import { networks } from "../../chains/networks.js"

const EXAMPLE = new URL("../../examples/mainnet.json", import.meta.url)
const KEYS = { ALCHEMY_API_KEY: "alc", INFURA_API_KEY: "inf", HELIUS_API_KEY: "hel" }

/** As a configuration names an environment variable. */
const variable = (name: string) => `\${${name}}`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-config-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(document: unknown, environment = {}) {
  const file = join(folder, "config.json")
  await writeFile(file, typeof document === "string" ? document : JSON.stringify(document))
  return await readConfig(file, environment)
}

async function refused(document: unknown, environment = {}): Promise<[string, string][]> {
  try {
    await read(document, environment)
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return error.issues.map(({ pointer, code }) => [pointer, code])
  }
}

describe("a configuration file", () => {
  it("takes a network's data and lets its own fields go before", async () => {
    const { config } = await read({ chains: [{ network: "base", rpc: ["https://rpc.example"], finality: "safe" }] })
    expect(config.chains[0]).toMatchObject({ chain: "eip155:8453", wormholeChain: 30, finality: "safe" })
  })

  it("puts environment variables where they are named", async () => {
    const rpc = [`https://rpc.example/${variable("KEY")}?and=${variable("OTHER_1")}`]
    const { config } = await read({ chains: [{ network: "base", rpc }] }, { KEY: "k", OTHER_1: "o" })
    expect(config.chains[0]?.rpc).toEqual(["https://rpc.example/k?and=o"])
  })

  it("names variables that are not set, networks that are not known, and fields that are wrong", async () => {
    const rpc = [`https://rpc.example/${variable("KEY")}`]
    expect(await refused({ chains: [{ network: "base", rpc }] })).toEqual([["/chains/0/rpc/0", "VARIABLE_MISSING"]])
    expect(await refused({ chains: [{ network: "bose", rpc: [] }] })).toEqual([
      ["/chains/0/network", "UNKNOWN_NETWORK"],
    ])
    expect(await refused({ chains: [{ network: "toString", rpc: [] }] })).toEqual([
      ["/chains/0/network", "UNKNOWN_NETWORK"],
    ])
    const [issue] = await refused({ chains: [{ network: "base", rpc: ["ftp://rpc.example"] }] })
    expect(issue?.[0]).toBe("/chains/0/rpc/0")
    expect((await refused("{"))[0]?.[1]).toBe("UNREADABLE")
  })
})

describe("config explain", () => {
  it("says of each value where it comes from, and shows no secret", async () => {
    const chains = [
      {
        network: "ethereum",
        rpc: [`https://rpc.example/${variable("KEY")}`, "https://user:pass@other.example/secret-path"],
      },
    ]
    const values = explained(await read({ chains, port: 9_000 }, { KEY: "k3y-of-mine" }))
    const sourceOf = (pointer: string) => values.find(value => value.pointer === pointer)
    expect(sourceOf("/port")).toMatchObject({ value: 9_000, source: "file" })
    expect(sourceOf("/policy")).toMatchObject({ value: "span16", source: "default" })
    expect(sourceOf("/chains/0/wormholeChain")).toMatchObject({ value: 2, source: "network ethereum" })
    expect(sourceOf("/chains/0/timeoutMs")).toMatchObject({ value: 5_000, source: "default" })
    expect(sourceOf("/chains/0/rpc/0")).toMatchObject({
      value: `https://rpc.example/${variable("KEY")}`,
      source: "environment",
    })
    expect(sourceOf("/chains/0/rpc/1")).toMatchObject({ value: "https://other.example/…", source: "file" })
    expect(JSON.stringify(values)).not.toMatch(/k3y-of-mine|secret-path|pass/)
  })
})

describe("the example for public networks", () => {
  it("is a configuration, with keys from the environment only", async () => {
    const file = EXAMPLE.pathname
    const { config } = await readConfig(file, KEYS)
    expect(config.chains.map(({ chain }) => chain)).toEqual([
      "eip155:1",
      "eip155:42161",
      "eip155:8453",
      "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    ])
    const missing = await refused(JSON.parse(await readFile(file, "utf8")))
    expect(new Set(missing.map(([, code]) => code))).toEqual(new Set(["VARIABLE_MISSING"]))
  })

  it("has a price of every asset that it counts, and every asset's haircut in the policy", async () => {
    const { config } = await readConfig(EXAMPLE.pathname, KEYS)
    const { policy } = await policyFrom(config.policy)
    const priced = new Set(Object.keys(config.prices.hermes?.feeds ?? {}))
    for (const { symbol } of config.chains.flatMap(({ assets }) => [...assets])) {
      expect(priced).toContain(symbol)
      expect(policy.collateral.has(symbol)).toBe(true)
    }
  })
})

describe.each(Object.entries(networks))("the network %s", (_, network) => {
  it("is a whole chain but for its endpoints", () => {
    expect(chainConfig.safeParse({ ...network, rpc: ["https://rpc.example"] }).error?.issues).toBeUndefined()
  })

  it("has as many decimals a token as its publishers say, by symbol", () => {
    const decimals = { ETH: 18, USDC: 6, BTC: 8, SOL: 9 }
    for (const asset of network.assets) expect(decimals).toHaveProperty(asset.symbol, asset.decimals)
  })
})

it("no two networks are one chain", () => {
  const all = Object.values(networks)
  for (const field of ["chain", "wormholeChain", "name"] as const) {
    expect(new Set(all.map(network => network[field])).size).toBe(all.length)
  }
})
