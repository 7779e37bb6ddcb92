/**
 * What every registered EVM adapter has to hold, whatever it reads. A new registry line is tested by itself:
 * its settings are made up from its own schema, and unless it is listed as reading assets only it must fail closed.
 */
import fc from "fast-check"
import { getAddress, type Hex, type Address as Holder, numberToHex } from "viem"
import { describe, expect, test } from "vitest"
import { addressOn } from "../../aggregator/domain/caip.js"
import type { AdapterReading } from "../../chains/adapter.js"
import type {
  EvmAdapter,
  EvmAdapterDefinition,
  EvmCall,
  EvmCallResult,
  EvmChainFacts,
} from "../../chains/evm/adapter.js"
import { evmAdapters } from "../../chains/registry.js"
import { CHAIN, drive, FACTS } from "../support/drive-evm-adapter.js"
import { sampledSettings } from "../support/sampled-settings.js"

/** Without liabilities or positions: what they cannot read counts nothing. Every other adapter must fail closed. */
const ASSETS_ONLY = new Set(["wallet", "erc4626", "uniswap-v3", "pyth", "chainlink", "sequencer"])

const HOLDERS = ["1", "2", "3"].map(digit => getAddress(`0x${digit.repeat(40)}`))

/** The adapter with made-up settings on a chain whose assets are the addresses in them. */
function built(definition: EvmAdapterDefinition): EvmAdapter {
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
      ...used.map((address, index) => ({ address, symbol: `T${index}`, decimals: 18 })),
    ],
  }
  return definition.create(settings, facts)
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

const FAILURES: readonly [string, EvmCallResult][] = [
  ["reverts without a reason", { status: "reverted", data: "0x" }],
  ["reverts with a reason", { status: "reverted", data: "0x08c379a0" }],
  ["meets no contract", { status: "empty" }],
  ["returns one byte", { status: "ok", data: "0x01" }],
  ["returns only ones", { status: "ok", data: `0x${"ff".repeat(320)}` }],
  ["returns an endless list", { status: "ok", data: `0x${numberToHex(32, { size: 32 }).slice(2)}${"ff".repeat(32)}` }],
]

describe.each(evmAdapters.map(definition => [definition.name, definition] as const))("%s", (name, definition) => {
  const adapter = built(definition)

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
      expect(failedClosed(reading)).toEqual(ASSETS_ONLY.has(name) ? [] : HOLDERS)
    })
  })

  test("without holders it reports on nobody", () => {
    for (const [, result] of FAILURES) expect(drive(adapter, [], () => result).addresses).toEqual([])
  })

  test("it reports on nobody but the holders, on each at most once", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.uint8Array({ maxLength: 400 })), noise => {
        const bytes = noise[Symbol.iterator]()
        const reading = drive(adapter, HOLDERS, () => ok(bytes.next().value ?? new Uint8Array()))
        const asked = HOLDERS.map(holder => addressOn(CHAIN, holder))
        const reported = reading.addresses.map(({ address }) => address)
        expect(asked).toEqual(expect.arrayContaining(reported))
        expect(new Set(reported).size).toBe(reported.length)
      }),
      { numRuns: 50 },
    )
  })

  test("the order of the holders changes nothing", () => {
    const words = (text: string): EvmCallResult => {
      const seed = hash(text)
      if (seed % 5 === 0) return { status: "reverted", data: "0x" }
      return { status: "ok", data: numberToHex(BigInt(seed % 1_000), { size: 32 }) }
    }
    const sorted = (reading: AdapterReading) => ({
      ...reading,
      addresses: [...reading.addresses].sort((a, b) => (a.address < b.address ? -1 : 1)),
    })
    const straight = drive(adapter, HOLDERS, answerBy(words))
    const reversed = drive(adapter, [...HOLDERS].reverse(), answerBy(words))
    expect(sorted(reversed)).toEqual(sorted(straight))
  })
})

const ok = (bytes: Uint8Array): EvmCallResult => {
  const data: Hex = `0x${Buffer.from(bytes).toString("hex")}`
  return data === "0x" ? { status: "empty" } : { status: "ok", data }
}
