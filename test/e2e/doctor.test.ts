/**
 * The doctor on real local chains, healthy and broken in every way that it knows: what it finds and what it advises.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Keypair } from "@solana/web3.js"
import { toHex } from "viem"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { examine } from "../../aggregator/commands/doctor.js"
import { type Config, parseConfig } from "../../aggregator/config.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { deployPriceFeeds, PYTH_FEEDS } from "../../chains/devnet/evm/price-feeds.js"
import { deployTokens } from "../../chains/devnet/evm/tokens.js"
import { pricesAt } from "../../chains/devnet/market-path.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import type { Finding } from "../../chains/finding.js"
import { startCommand } from "../support/command.js"
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js"

let anvil: Anvil
let elsewhere: Anvil
let wallet: DevWallet
let solana: LocalSolana
let proxy: FaultProxy
let pushPrices: () => Promise<void>
let document: Record<string, unknown>
let folder: string

const GHOST = `0x${"12".repeat(20)}`
const keyOf = (index: number) => {
  const { privateKey } = devAccount(index).getHdKey()
  if (!privateKey) throw new Error("no key")
  return toHex(privateKey)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-doctor-"))
  ;[anvil, elsewhere, solana] = await Promise.all([
    startAnvil({ chainId: 1337 }),
    startAnvil({ chainId: 1397 }),
    startSolana({ slotMs: 400 }),
  ])
  wallet = await openDevWallet(anvil.url, anvil.chainId)
  const [multicall3, tokens, feeds] = await Promise.all([
    deployMulticall3(wallet),
    deployTokens(wallet, wallet.accounts[1]),
    deployPriceFeeds(wallet, wallet.accounts[2]),
  ])
  let pushed = 0
  pushPrices = async () => {
    // Feeds ignore a time that they have seen.
    if (now() <= pushed) return
    pushed = now()
    await feeds.pushPrices(pricesAt(0), pushed)
  }
  const usdc = solana.seeder.createMint("USDC", 6)
  solana.advance(3)
  document = {
    chains: [
      {
        kind: "evm",
        chain: "eip155:1337",
        name: "Ethereum",
        wormholeChain: 2,
        rpc: [anvil.url],
        timeoutMs: 120_000,
        finality: "latest",
        multicall3,
        assets: [{ address: tokens.USDC.address, symbol: "USDC", decimals: 6 }],
        adapters: [
          { adapter: "wallet" },
          { adapter: "pyth", contract: feeds.pyth, feeds: PYTH_FEEDS },
          { adapter: "chainlink", feeds: feeds.aggregators },
        ],
        // Any contract will do: the doctor only asks whether there is one.
        wormhole: { core: feeds.pyth, receiver: feeds.pyth },
      },
      {
        kind: "solana",
        chain: solana.chain,
        name: "Solana",
        wormholeChain: 1,
        rpc: [solana.url],
        timeoutMs: 120_000,
        commitment: "finalized",
        assets: [
          { mint: "native", symbol: "SOL", decimals: 9 },
          { mint: usdc.mint.toBase58(), symbol: "USDC", decimals: 6 },
        ],
        adapters: [{ adapter: "spl" }],
      },
    ],
    attestation: { homeChain: "eip155:1337", guardianApis: [] as string[] },
  }
})
afterAll(async () => {
  await Promise.all([anvil?.stop(), elsewhere?.stop(), solana?.stop(), rm(folder, { recursive: true, force: true })])
})
beforeEach(async () => {
  proxy = await startFaultProxy(anvil.url)
  // Answers 404 to whatever is asked of it, as an API does that has no such message.
  proxy.misbehave({ status: 404 })
  // The chain's newest block and its prices are as old as the last test.
  await pushPrices()
  await wallet.client.mine({ blocks: 1 })
})
afterEach(() => proxy.stop())

const SECRETS = { publisherKey: keyOf(6), relayerKey: keyOf(7) }

/** The configuration, with changes to its first chain or to itself. */
function configured(chain: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Record<string, unknown> {
  const [evm, ...others] = document.chains as Record<string, unknown>[]
  const attestation = { homeChain: "eip155:1337", guardianApis: [proxy.url] }
  return { ...document, attestation, ...more, chains: [{ ...evm, ...chain }, ...others] }
}
const parsed = (...changes: Parameters<typeof configured>): Config => parseConfig(configured(...changes))
const now = () => Math.floor(Date.now() / 1000)
const failures = (findings: readonly Finding[]) =>
  findings.filter(({ status }) => status !== "ok").map(({ check, status, remedy }) => [check, status, typeof remedy])
const FAILED = (check: string) => [check, "failed", "string"]

describe("the doctor", () => {
  it("finds nothing wrong with what is right, and says what it looked at", async () => {
    const findings = await examine(parsed(), SECRETS, now())
    expect(failures(findings)).toEqual([])
    const seen = findings.map(({ check }) => check)
    for (const check of ["chain id", "head age", "state override", "contracts", "gas", "read", "guardian API"]) {
      expect(seen).toContain(check)
    }
  })

  it.each<[string, () => Parameters<typeof configured>, unknown[]]>([
    ["an endpoint of another chain", () => [{ rpc: [elsewhere.url] }], [FAILED("chain id"), FAILED("endpoints")]],
    ["an endpoint that answers garbage", () => [{ rpc: [proxy.url] }], [FAILED("chain id"), FAILED("endpoints")]],
    [
      "too few endpoints for the quorum",
      () => [{ rpc: [anvil.url, elsewhere.url, proxy.url], quorum: 2 }],
      [FAILED("chain id"), FAILED("chain id"), FAILED("endpoints"), FAILED("read")],
    ],
    ["a multicall that is not there", () => [{ multicall3: GHOST }], [FAILED("contracts")]],
    [
      "a core and a receiver that are not there",
      () => [{ wormhole: { core: GHOST, receiver: GHOST } }],
      [FAILED("contracts"), FAILED("contracts")],
    ],
    [
      "a feed that is not there",
      () => [{ adapters: [{ adapter: "chainlink", feeds: { ETH: GHOST } }] }],
      [FAILED("contracts"), ["read", "warning", "string"]],
    ],
    [
      "a guardian API that is down",
      () => [{}, { attestation: { homeChain: "eip155:1337", guardianApis: ["http://127.0.0.1:9"] } }],
      [FAILED("guardian API")],
    ],
    [
      "a Hermes that is down",
      () => [{}, { prices: { hermes: { url: "http://127.0.0.1:9", feeds: { ETH: PYTH_FEEDS.ETH } } } }],
      [FAILED("price of ETH")],
    ],
  ])("names %s", async (_, changes, expected) => {
    expect(failures(await examine(parsed(...changes()), SECRETS, now()))).toEqual(expected)
  })

  it("names keys that are missing, and keys without gas", async () => {
    expect(failures(await examine(parsed(), {}, now()))).toEqual([
      FAILED("PLIMSOLL_PUBLISHER_KEY"),
      FAILED("PLIMSOLL_RELAYER_KEY"),
    ])
    const poor = { ...SECRETS, relayerKey: `0x${"77".repeat(32)}` }
    expect(failures(await examine(parsed(), poor, now()))).toEqual([FAILED("gas")])
  })

  it("names a state that is too old for the policy, and a clock of its own that is behind", async () => {
    const old = failures(await examine(parsed(), SECRETS, now() + 3_600))
    expect(old).toContainEqual(FAILED("head age"))
    expect(old).toHaveLength(4)
    expect(failures(await examine(parsed(), SECRETS, now() - 3_600))).toContainEqual(FAILED("head age"))
  })

  it("names a mint that is not there", async () => {
    const config = configured()
    const [evm, svm] = config.chains as Record<string, unknown>[]
    const assets = [{ mint: Keypair.generate().publicKey.toBase58(), symbol: "USDC", decimals: 6 }]
    const broken = parseConfig({ ...config, chains: [evm, { ...svm, assets }] })
    expect(failures(await examine(broken, SECRETS, now()))).toContainEqual(FAILED("accounts"))
  })

  it("says that a node takes no state overrides, which is no failure", async () => {
    const plain = await startFaultProxy(anvil.url)
    try {
      plain.misbehave((method, result) => (method === "eth_call" && String(result).length < 700 ? "0x" : result))
      const findings = await examine(parsed({ rpc: [plain.url], adapters: [{ adapter: "wallet" }] }), SECRETS, now())
      expect(failures(findings)).toEqual([["state override", "warning", "string"]])
    } finally {
      await plain.stop()
    }
  })
})

describe("plimsoll doctor", () => {
  const environment = { PLIMSOLL_PUBLISHER_KEY: SECRETS.publisherKey, PLIMSOLL_RELAYER_KEY: SECRETS.relayerKey }

  async function run(config: unknown, ...options: string[]) {
    const file = join(folder, "config.json")
    await writeFile(file, JSON.stringify(config))
    const command = startCommand(["doctor", "--config", file, ...options], environment)
    return { code: await command.exited, output: command.output() }
  }

  it("ends with 0 when all is well, and with 1 and the remedy when something is not", async () => {
    const well = await run(configured())
    expect(well.code).toBe(0)
    const ill = await run(configured({ multicall3: GHOST }))
    expect(ill.code).toBe(1)
    expect(ill.output).toContain(GHOST)
    expect(ill.output).toContain("→")
    for (const secret of Object.values(environment)) expect(ill.output).not.toContain(secret)
  })

  it("prints JSON on demand", async () => {
    const { code, output } = await run(configured(), "--json")
    expect(code).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ ok: true })
  })

  it("names wrong fields of the configuration and ends with 1", async () => {
    const { code, output } = await run(configured({ finality: "soon" }))
    expect(code).toBe(1)
    expect(output).toContain("/chains/0/finality")
  })
})
