import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { parseRelayConfig, type RelayConfigInput } from "../../../aggregator/relay/relay-config.js"

const KEY = "So11111111111111111111111111111111111111112"
const evm: RelayConfigInput["chains"][number] = {
  kind: "evm",
  chain: "eip155:1",
  name: "Ethereum",
  rpc: ["http://127.0.0.1:1"],
  receiver: "0x98f3c9e6e3face36baad05fe09d375ef1464288b",
}
const solana: RelayConfigInput["chains"][number] = {
  kind: "solana",
  chain: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
  name: "Solana",
  rpc: ["http://127.0.0.1:1"],
  core: KEY,
  receiver: KEY,
}
const config: RelayConfigInput = {
  aggregator: "https://margin.example",
  guardianApis: ["https://api.example"],
  emitter: { wormholeChain: 2, address: "0x98f3c9e6e3face36baad05fe09d375ef1464288b" },
  chains: [evm, solana],
}

function pointersOf(document: unknown): readonly string[] {
  try {
    parseRelayConfig(document)
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues.map(({ pointer }) => pointer)
    throw error
  }
  return []
}

describe("a relay's configuration", () => {
  it("has amounts in coins as their smallest unit, exactly, and defaults for the rest", () => {
    const { chains, emitter, triggers } = parseRelayConfig({
      ...config,
      chains: [
        { ...evm, dailyBudget: "0.02", balanceAlert: "1", mostGwei: "0.5" },
        { ...solana, dailyBudget: "0.000000001" },
      ],
    })
    expect(chains).toMatchObject([
      { dailyBudget: 2n * 10n ** 16n, balanceAlert: 10n ** 18n, mostGwei: 500_000_000n, gasPricePercent: 120 },
      { dailyBudget: 1n, balanceAlert: null, microLamports: 0 },
    ])
    expect(emitter.address).toBe(`0x${"0".repeat(24)}98f3c9e6e3face36baad05fe09d375ef1464288b`)
    expect(triggers).toMatchObject({ heartbeatSeconds: 0, statusChange: true })
  })

  it.each<[string, unknown]>([
    ["/aggregator", { ...config, aggregator: "ftp://x" }],
    ["/guardianApis", { ...config, guardianApis: [] }],
    ["/emitter/address", { ...config, emitter: { wormholeChain: 2, address: "0x12" } }],
    ["/chains/0/receiver", { ...config, chains: [{ ...evm, receiver: "0x12" }] }],
    ["/chains/0/dailyBudget", { ...config, chains: [{ ...evm, dailyBudget: "-1" }] }],
    ["/chains/0/dailyBudget", { ...config, chains: [{ ...solana, dailyBudget: "0.0000000001" }] }],
    ["/chains/0/mostGwei", { ...config, chains: [{ ...evm, mostGwei: 5 }] }],
    ["/chains/1/chain", { ...config, chains: [evm, evm] }],
    ["/chains/0/confirmSeconds", { ...config, leaseSeconds: 30, chains: [{ ...evm, confirmSeconds: 30 }] }],
    ["/triggers/earlyPercent", { ...config, triggers: { earlyPercent: 101 } }],
    ["/chains/0/rpc/0", { ...config, chains: [{ ...evm, rpc: ["file:///x"] }] }],
  ])("names %s when it is wrong", (pointer, document) => {
    expect(pointersOf(document)).toContain(pointer)
  })
})

describe("the documented configuration", () => {
  it("is one", () => {
    const page = readFileSync(new URL("../../../docs/operate.md", import.meta.url), "utf8")
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? []
    expect(parseRelayConfig(JSON.parse(example)).chains.map(({ name }) => name)).toEqual(["Base", "Solana"])
  })
})
