/**
 * Reading a chain through guardians: the query SDK's mock over a real local chain, its answers whole and forged.
 */
import { getAddress, type Address as Holder } from "viem"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { chainConfig, evmChainConfig } from "../../chains/chain-config.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { deployMulticall3 } from "../../chains/devnet/evm/multicall3.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import { DEV_GUARDIANS } from "../../chains/devnet/guardian-keys.js"
import { createEvmReader } from "../../chains/evm/reader.js"
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js"
import { type QueryProxy, type SignedAnswer, startQueryProxy } from "../support/query-proxy.js"

const CHAIN = chainId("eip155:1337")
const WORMHOLE_CHAIN = 2
const never = new AbortController().signal
const HOLDER = getAddress(`0x${"a1".repeat(20)}`)
const SIGNERS = DEV_GUARDIANS.slice(0, 13).map(({ privateKey }) => privateKey.slice(2))

let anvil: Anvil
let fork: Anvil
let wallet: DevWallet
let multicall3: Holder
let tokens: DevTokens
let queries: QueryProxy
let proposer: FaultProxy

async function chainWith(balance: bigint) {
  const chain = await startAnvil({ chainId: 1337 })
  const opened = await openDevWallet(chain.url, chain.chainId)
  const contracts = [await deployMulticall3(opened), await deployTokens(opened, opened.accounts[1])] as const
  await contracts[1].USDC.mint(HOLDER, balance)
  return [chain, opened, ...contracts] as const
}

beforeAll(async () => {
  ;[[anvil, wallet, multicall3, tokens], [fork]] = await Promise.all([chainWith(1_500_000_000n), chainWith(1n)])
})
afterAll(() => Promise.all([anvil?.stop(), fork?.stop()]))
beforeEach(async () => {
  queries = await startQueryProxy({ [WORMHOLE_CHAIN]: anvil.url }, SIGNERS)
  proposer = await startFaultProxy(anvil.url)
})
afterEach(() => Promise.all([queries.stop(), proposer.stop()]))

const document = (changes: Record<string, unknown> = {}) => ({
  kind: "evm",
  chain: CHAIN,
  name: "Ethereum (devnet)",
  wormholeChain: WORMHOLE_CHAIN,
  rpc: [proposer.url],
  timeoutMs: 120_000,
  finality: "latest",
  multicall3,
  assets: [{ address: tokens.USDC.address, symbol: "USDC", decimals: 6 }],
  adapters: [{ adapter: "wallet" }],
  wormhole: { core: multicall3 },
  queries: { url: queries.url, apiKey: "k3y", guardians: DEV_GUARDIANS.map(({ account }) => account.address) },
  ...changes,
})
const read = () => createEvmReader(evmChainConfig.parse(document())).read([addressOn(CHAIN, HOLDER)], never)
const codeOf = (reading: ChainReading) => (reading.status === "ok" ? "ok" : reading.code)

describe("a pass through guardians", () => {
  it("reads what the chain holds, at a block that they signed, of grade query", async () => {
    const reading = await read()
    if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
    expect(reading.addresses[0]?.legs).toMatchObject([{ symbol: "USDC", amount: parseDecimal("1500") }])
    const { hash } = await wallet.client.getBlock()
    expect(reading.pin).toMatchObject({ inputGrade: "query", blockHash: hash })
    expect(queries.keys).toContain("k3y")
  })

  it("does not depend on what the proposing endpoint says of calls", async () => {
    proposer.misbehave((method, result) => (method === "eth_call" ? "0x" : result))
    expect(codeOf(await read())).toBe("ok")
  })

  it("follows the proposing endpoint to no block that guardians do not see", async () => {
    proposer.misbehave(new URL(fork.url))
    expect(codeOf(await read())).toBe("PIN_LOST")
  })

  it("believes no header whose parent or time is made up", async () => {
    for (const lie of [{ parentHash: `0x${"fe".repeat(32)}` }, { timestamp: "0x1" }]) {
      proposer.misbehave((method, result) =>
        method === "eth_getBlockByNumber" ? { ...(result as object), ...lie } : result,
      )
      expect(codeOf(await read())).toBe("PIN_LOST")
    }
  })
})

describe("an answer is refused", () => {
  const forged: readonly (readonly [string, (answer: SignedAnswer) => SignedAnswer])[] = [
    ["with one signature too few", ({ bytes, signatures }) => ({ bytes, signatures: signatures.slice(1) })],
    [
      "with one guardian's signature twice",
      ({ bytes, signatures: [first = "", ...rest] }) => ({ bytes, signatures: [first, first, ...rest.slice(1)] }),
    ],
    [
      "with signatures under others' names",
      ({ bytes, signatures }) => ({
        bytes,
        signatures: signatures
          .map(text => text.slice(0, 130) + (18 - Number(`0x${text.slice(130)}`)).toString(16).padStart(2, "0"))
          .reverse(),
      }),
    ],
    [
      "when a balance in it was changed",
      ({ bytes, signatures }) => ({ bytes: bytes.replaceAll(word(1_500_000_000n), word(15_000_000_000n)), signatures }),
    ],
    ["when it is cut off", ({ bytes, signatures }) => ({ bytes: bytes.slice(0, -64), signatures })],
  ]
  const word = (value: bigint) => value.toString(16).padStart(64, "0")

  it.each(forged)("%s", async (_, change) => {
    queries.alter(change)
    expect(codeOf(await read())).toBe("NOT_SIGNED")
  })

  it("when it is a true answer to another request", async () => {
    let earlier: SignedAnswer | undefined
    queries.alter(answer => {
      earlier ??= answer
      return earlier
    })
    expect(codeOf(await read())).toBe("ok")
    expect(codeOf(await read())).toBe("NOT_SIGNED")
  })
})

it("a service that is down makes the chain unavailable", async () => {
  await queries.stop()
  expect(codeOf(await read())).toBe("RPC_UNAVAILABLE")
  queries = await startQueryProxy({ [WORMHOLE_CHAIN]: anvil.url }, SIGNERS)
})

it("queries and a quorum are not configured together", () => {
  const both = chainConfig.safeParse(document({ rpc: [anvil.url, fork.url], quorum: 2 }))
  expect(both.error?.issues.map(({ path }) => path.join("/"))).toEqual(["queries"])
})
