/**
 * The conformance suite of one EVM adapter. Its settings are made up from its own schema, every answer of the chain is made up too;
 * unless it says that it reads assets only, it must fail closed. Also run by the test that `plimsoll scaffold adapter` writes.
 */
import fc from "fast-check"
import { getAddress, type Hex, type Address as Holder, numberToHex } from "viem"
import { afterEach, describe, expect, test } from "vitest"
import { addressOn } from "../../aggregator/domain/caip.js"
import { InvalidInputError } from "../../aggregator/domain/errors.js"
import type { AdapterReading } from "../../chains/adapter.js"
import type {
  EvmAdapter,
  EvmAdapterDefinition,
  EvmCall,
  EvmCallResult,
  EvmChainFacts,
} from "../../chains/evm/adapter.js"
import { assetIdOf } from "../../chains/evm/asset-id.js"
import { multicall } from "../../chains/evm/multicall.js"
import { evmReader } from "../../chains/evm/reader.js"
import { httpEndpoint } from "../../chains/evm/rpc.js"
import {
  blockAt,
  nodeAt,
  type Reply,
  type Request,
  type ScriptedNode,
  startNode,
  wordResult,
} from "../unit/chains/evm/scripted-node.js"
import { CHAIN, drive, FACTS } from "./drive-evm-adapter.js"
import { sampledSettings } from "./sampled-settings.js"
import { until } from "./until.js"

const HOLDERS = ["1", "2", "3"].map(digit => getAddress(`0x${digit.repeat(40)}`))
const LINKED = HOLDERS.map(holder => addressOn(CHAIN, holder))

interface Built {
  readonly adapter: EvmAdapter
  readonly facts: EvmChainFacts
}

/** The adapter with made-up settings on a chain whose assets are the addresses in them. */
function built(definition: EvmAdapterDefinition, decimals = 18): Built {
  const used: Holder[] = []
  const addresses = (function* () {
    for (let digit = 0x0a; ; digit++) {
      used.push(getAddress(numberToHex(digit * 0x1111, { size: 20 })))
      yield used.at(-1) ?? "0x"
    }
  })()
  const texts = () => [addresses.next().value, numberToHex(7, { size: 32 }), "ETH"]
  const sampled = sampledSettings(definition.settings, pattern => texts().find(text => pattern.test(text)))
  const settings = definition.settings.parse(sampled)
  const facts: EvmChainFacts = {
    ...FACTS,
    assets: [
      { address: "native", symbol: "ETH", decimals: 18 },
      ...used.map((address, index) => ({ address, symbol: `T${index}`, decimals })),
    ],
  }
  return { adapter: definition.create(settings, facts), facts }
}

/** Holders about whom this reading leaves a debt or a position open. */
function failedClosed(reading: AdapterReading): readonly Holder[] {
  const isOpen = ({ unknown }: { unknown: string }) => unknown !== "asset"
  if (reading.faults.some(isOpen)) return HOLDERS
  const faulted = reading.addresses.filter(({ faults }) => faults.some(isOpen)).map(({ address }) => address)
  return HOLDERS.filter(holder => faulted.includes(addressOn(CHAIN, holder)))
}

/** An answer that depends on nothing but the call. */
const answerBy =
  (pick: (text: string) => EvmCallResult) =>
  ({ to, data }: EvmCall) =>
    pick(`${to}${data}`)
const hash = (text: string) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)

/** Small numbers, and now and then a revert. */
const words = answerBy(text => {
  const seed = hash(text)
  return seed % 5 === 0 ? { status: "reverted", data: "0x" } : wordResult(BigInt(seed % 1_000))
})

const FAILURES: readonly [string, EvmCallResult][] = [
  ["reverts without a reason", { status: "reverted", data: "0x" }],
  ["reverts with a reason", { status: "reverted", data: "0x08c379a0" }],
  ["meets no contract", { status: "empty" }],
  ["returns one byte", { status: "ok", data: "0x01" }],
  ["returns only ones", { status: "ok", data: `0x${"ff".repeat(320)}` }],
  ["returns an endless list", { status: "ok", data: `0x${numberToHex(32, { size: 32 }).slice(2)}${"ff".repeat(32)}` }],
]

const ok = (bytes: Uint8Array): EvmCallResult => {
  const data: Hex = `0x${Buffer.from(bytes).toString("hex")}`
  return data === "0x" ? { status: "empty" } : { status: "ok", data }
}
const noise = fc.infiniteStream(fc.uint8Array({ maxLength: 400 }))

/** Declares the suite of one adapter. */
export function testEvmAdapter(definition: EvmAdapterDefinition): void {
  describe(definition.name, () => {
    const { adapter, facts } = built(definition)
    const isAssetsOnly = definition.assetsOnly === true

    describe.each(FAILURES)("when every call %s", (_, result) => {
      const reading = drive(adapter, HOLDERS, () => result)

      test("it has no debts, no positions, and says what is unknown", () => {
        const legs = reading.addresses.flatMap(of => of.legs)
        const faults = [...reading.faults, ...reading.addresses.flatMap(of => of.faults)]
        expect(legs.filter(({ kind }) => kind !== "collateral")).toEqual([])
        // One word can be a balance like any other; only then may a wallet have nothing to complain about.
        expect(faults.length > 0 || (result.status === "ok" && legs.length > 0)).toBe(true)
        for (const { detail } of faults) expect(detail).not.toBe("")
      })

      test("every holder fails closed, unless the adapter reads assets only", () => {
        expect(failedClosed(reading)).toEqual(isAssetsOnly ? [] : HOLDERS)
      })
    })

    test("without holders it reports on nobody", () => {
      for (const [, result] of FAILURES) expect(drive(adapter, [], () => result).addresses).toEqual([])
    })

    test("of noise it makes nobody else's reading, no asset that the chain does not list, and no debts if it reads none", () => {
      const listed = new Set<string>(facts.assets.map(asset => assetIdOf(CHAIN, asset)))
      fc.assert(
        fc.property(noise, stream => {
          const bytes = stream[Symbol.iterator]()
          const reading = drive(adapter, HOLDERS, () => ok(bytes.next().value ?? new Uint8Array()))
          const reported = reading.addresses.map(({ address }) => address)
          expect(LINKED).toEqual(expect.arrayContaining(reported))
          expect(new Set(reported).size).toBe(reported.length)
          for (const leg of reading.addresses.flatMap(({ legs }) => legs)) {
            expect(leg.chain).toBe(CHAIN)
            if (isAssetsOnly) expect(leg.kind).toBe("collateral")
            if (!("asset" in leg)) continue
            expect(listed).toContain(leg.asset)
            expect(leg.amount).toBeGreaterThan(0n)
          }
          if (isAssetsOnly) expect(failedClosed(reading)).toEqual([])
        }),
        { numRuns: 50 },
      )
    })

    test("the order of the holders changes nothing", () => {
      const sorted = (reading: AdapterReading) => ({
        ...reading,
        addresses: [...reading.addresses].sort((a, b) => (a.address < b.address ? -1 : 1)),
      })
      const reversed = drive(adapter, [...HOLDERS].reverse(), words)
      expect(sorted(reversed)).toEqual(sorted(drive(adapter, HOLDERS, words)))
    })

    test("amounts follow the decimals that the chain lists, or are refused", () => {
      const amounts = ({ addresses }: AdapterReading) =>
        addresses.flatMap(({ legs }) =>
          legs.flatMap(leg =>
            "asset" in leg && !leg.asset.includes("slip44") ? [[leg.asset, leg.amount] as const] : [],
          ),
        )
      const at18 = new Map(amounts(drive(adapter, HOLDERS, words)))
      let at6: readonly (readonly [string, bigint])[] = []
      try {
        at6 = amounts(drive(built(definition, 6).adapter, HOLDERS, words))
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError)
      }
      for (const [asset] of at6) expect([...at18.keys()]).toContain(asset)
      const total = (list: Iterable<readonly [string, bigint]>) =>
        [...list].reduce((sum, [, amount]) => sum + amount, 0n)
      if (at6.length > 0) expect(total(at6)).toBe(total(amounts(drive(adapter, HOLDERS, words))) * 10n ** 12n)
    })

    test("what its entries count is in their settings, as they come out of the schema", () => {
      const counts = definition.counts?.(definition.settings.parse(sampledTwice(definition)))
      expect(new Set(counts ?? []).size).toBe(counts?.length ?? 0)
      if (counts) expect(counts.length).toBeGreaterThan(0)
    })

    describe("behind a chain's reader", () => {
      const nodes: ScriptedNode[] = []
      afterEach(async () => {
        await Promise.all(nodes.splice(0).map(node => node.stop()))
      })
      const started = async (script: (request: Request) => Reply) => {
        const node = await startNode(script)
        nodes.push(node)
        return node
      }
      const readerOf = (url: string) =>
        evmReader({
          facts,
          finality: "finalized",
          blockContext: "header",
          adapters: [adapter],
          answer: multicall,
          endpoints: [httpEndpoint(url, { timeoutMs: 240_000 })],
        })

      test("every call is answered at the one finalized block", async () => {
        const block = blockAt(50n)
        const node = await started(nodeAt(block, words))
        const reading = await readerOf(node.url).read(LINKED, new AbortController().signal)
        expect(reading).toMatchObject({ status: "ok", pin: { blockHash: block.hash, finality: "finalized" } })
        const tags = node.requests
          .filter(({ method }) => method === "eth_getBlockByNumber")
          .map(({ params }) => params[0])
        expect(new Set(tags)).toEqual(new Set(["finalized"]))
        const calls = node.requests.filter(({ method }) => method === "eth_call")
        expect(calls.length).toBeGreaterThan(0)
        for (const { params } of calls) expect(params[1]).toMatchObject({ blockHash: block.hash })
      })

      test("a chain that cannot be reached is unavailable, which is not an empty one", async () => {
        const reading = await readerOf("http://127.0.0.1:9").read(LINKED, new AbortController().signal)
        expect(reading.status).toBe("unavailable")
      })

      test("an abort ends a read that hangs", async () => {
        const honest = nodeAt(blockAt(50n), words)
        const node = await started(request => (request.method === "eth_call" ? "hang" : honest(request)))
        const controller = new AbortController()
        const pending = readerOf(node.url).read(LINKED, controller.signal)
        await until("a call", () => node.requests.some(({ method }) => method === "eth_call"))
        controller.abort()
        expect((await pending).status).toBe("unavailable")
      })
    })
  })
}

/** Settings with an address of its own in each place. */
function sampledTwice({ settings }: EvmAdapterDefinition): unknown {
  let next = 0x51
  const texts = () => [getAddress(numberToHex(next++, { size: 20 })), numberToHex(next++, { size: 32 }), "ETH"]
  return sampledSettings(settings, pattern => texts().find(text => pattern.test(text)))
}
