/**
 * Finality from end to end: what each level sees of real chains, what its pin says, and what the policy cuts for it.
 */
import { Keypair } from "@solana/web3.js"
import { getAddress } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Address, addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import type { ChainReader, PriceSource } from "../../aggregator/domain/ports.js"
import { haircutsOf } from "../../aggregator/pipeline/apply-haircuts.js"
import { EMPTY_MEMORY, takeSnapshot } from "../../aggregator/pipeline/take-snapshot.js"
import { evmChainConfig, solanaChainConfig } from "../../chains/chain-config.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import { readerOf } from "../../chains/readers.js"
import { span16 } from "../support/policies.js"

const EVM = chainId("eip155:1337")
const clock = { now: () => Math.floor(Date.now() / 1000) }
const HOLDER = getAddress(`0x${"a1".repeat(20)}`)
const OWNER = Keypair.generate().publicKey.toBase58()

let anvil: Anvil
let wallet: DevWallet
let solana: LocalSolana
let multicall3: string

beforeAll(async () => {
  ;[anvil, solana] = await Promise.all([startAnvil({ chainId: 1337 }), startSolana()])
  wallet = await openDevWallet(anvil.url, anvil.chainId)
  multicall3 = await deployMulticall3(wallet)
  await wallet.client.setBalance({ address: HOLDER, value: 10n ** 18n })
  await wallet.client.mine({ blocks: 4 })
  solana.ledger.airdrop(OWNER, 10_000_000_000n)
  solana.advance(4)
})
afterAll(() => Promise.all([anvil?.stop(), solana?.stop()]))

const evmReader = (finality: string) =>
  readerOf(
    evmChainConfig.parse({
      kind: "evm",
      chain: EVM,
      name: "Ethereum (devnet)",
      wormholeChain: 2,
      rpc: [anvil.url],
      timeoutMs: 120_000,
      finality,
      multicall3,
      assets: [{ address: "native", symbol: "ETH", decimals: 18 }],
      adapters: [{ adapter: "wallet" }],
      wormhole: { core: multicall3 },
    }),
  )
const solanaReader = (commitment: string) =>
  readerOf(
    solanaChainConfig.parse({
      kind: "solana",
      chain: solana.chain,
      name: "Solana",
      wormholeChain: 1,
      rpc: [solana.url],
      timeoutMs: 120_000,
      commitment,
      assets: [{ mint: "native", symbol: "SOL", decimals: 9 }],
      adapters: [{ adapter: "spl" }],
    }),
  )

/** Every price is 1,000. */
const prices: PriceSource = {
  read: async () =>
    ["ETH", "SOL"].map(symbol => ({
      symbol,
      source: "test",
      price: price(parseDecimal("1000")),
      confidence: price(0n),
      publishTime: clock.now(),
    })),
}

/** The account's only collateral after every haircut, and what the pin says. */
async function valued(reader: ChainReader, address: Address) {
  const { signal } = new AbortController()
  const accounts = [{ id: "holder", addresses: [address] }]
  const rules = span16.prices
  const request = { readers: [reader], priceSources: [prices], accounts, rules, memory: EMPTY_MEMORY, clock, signal }
  const snapshot = await takeSnapshot(request)
  const [state] = snapshot.chains
  if (state?.status !== "ok") throw new Error(`${state?.code}: ${state?.detail}`)
  const [portfolio] = snapshot.accounts.map(haircutsOf(snapshot, span16))
  const [held] = portfolio?.collateral ?? []
  return { pin: state.pin, held, cut: held?.haircuts.find(({ name }) => name === "finality")?.amount ?? 0n }
}

/** What is left before the finality step times the policy's share, rounded up. */
function expectedCut(symbol: string, amount: string, share: string) {
  const [tier] = span16.collateral.get(symbol) ?? []
  const value = parseDecimal(amount) * 1_000n
  const left = value - (value * (tier?.haircut ?? 0n)) / 10n ** 18n
  return (left * parseDecimal(share)) / 10n ** 18n
}

describe.each([
  ["latest", "0.005"],
  ["safe", "0.002"],
  ["finalized", "0"],
])("an EVM chain read at %s", (finality, share) => {
  it(`is pinned so, and its collateral is cut by ${share}`, async () => {
    const { pin, held, cut } = await valued(evmReader(finality), addressOn(EVM, HOLDER))
    expect(pin.finality).toBe(finality)
    expect(held?.leg.amount).toBe(parseDecimal("1"))
    expect(cut).toBe(expectedCut("ETH", "1", share))
  })
})

describe.each([
  ["processed", "0.01"],
  ["confirmed", "0.002"],
  ["finalized", "0"],
])("Solana read at %s", (commitment, share) => {
  it(`is pinned so, and its collateral is cut by ${share}`, async () => {
    const { pin, held, cut } = await valued(solanaReader(commitment), addressOn(chainId(solana.chain), OWNER))
    expect(pin.finality).toBe(commitment)
    expect(held?.leg.amount).toBe(parseDecimal("10"))
    expect(cut).toBe(expectedCut("SOL", "10", share))
  })
})

it("what is not final enough is not there yet, on either chain", async () => {
  await wallet.client.setBalance({ address: HOLDER, value: 3n * 10n ** 18n })
  await wallet.client.mine({ blocks: 1 })
  const amounts = await Promise.all(
    ["latest", "finalized"].map(async finality => {
      const { held } = await valued(evmReader(finality), addressOn(EVM, HOLDER))
      return held?.leg.amount
    }),
  )
  expect(amounts).toEqual([parseDecimal("3"), parseDecimal("1")])

  solana.ledger.airdrop(OWNER, 5_000_000_000n)
  const seen = await Promise.all(
    ["processed", "finalized"].map(async commitment => {
      const { held } = await valued(solanaReader(commitment), addressOn(chainId(solana.chain), OWNER))
      return held?.leg.amount
    }),
  )
  expect(seen).toEqual([parseDecimal("15"), parseDecimal("10")])
})
