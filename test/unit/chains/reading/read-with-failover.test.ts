import { describe, expect, test } from "vitest"
import { address, chainId } from "../../../../aggregator/domain/caip.js"
import type { ChainFaultCode, ChainReading } from "../../../../aggregator/domain/reading.js"
import { ChainFault } from "../../../../chains/chain-fault.js"
import { readWithFailover } from "../../../../chains/reading/read-with-failover.js"

const CHAIN = chainId("eip155:1")
const ALICE = address("eip155:1:0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
const never = new AbortController().signal
const READING: ChainReading = {
  status: "ok",
  chain: CHAIN,
  pin: {
    kind: "evm",
    chain: CHAIN,
    blockNumber: 1n,
    blockHash: `0x${"01".repeat(32)}`,
    timestamp: 1,
    finality: "latest",
    inputGrade: "single",
  },
  addresses: [],
  prices: [],
  quotes: [],
  faults: [],
}

/** What each pass at a host comes to, in turn; the last one for ever. */
type Script = readonly (ChainReading | { readonly thrown: unknown })[]

const thrown = (code: ChainFaultCode) => ({ thrown: new ChainFault(code, `is ${code}`) })

/** A reader over scripted hosts, and at which of them its passes began. */
function scripted(script: Readonly<Record<string, Script>>, onPass: (signal: AbortSignal) => void = () => {}) {
  const passes: string[] = []
  const reader = readWithFailover({
    chain: CHAIN,
    endpoints: Object.keys(script).map(host => ({ host })),
    pass: async ({ host }, addresses, signal) => {
      expect(addresses).toEqual([ALICE])
      const outcomes = script[host] ?? []
      const outcome = outcomes[passes.filter(earlier => earlier === host).length] ?? outcomes.at(-1)
      passes.push(host)
      onPass(signal)
      if (outcome === undefined || "thrown" in outcome) throw outcome?.thrown
      return outcome
    },
  })
  return { read: (signal = never) => reader.read([ALICE], signal), passes }
}

test("the first endpoint that can be read is the only one that is", async () => {
  const { read, passes } = scripted({ a: [READING], b: [READING] })
  expect(await read()).toBe(READING)
  expect(passes).toEqual(["a"])
})

test("an endpoint that cannot be used hands over to the next at once, and is named in the reading", async () => {
  const { read, passes } = scripted({ a: [thrown("RPC_UNAVAILABLE")], b: [thrown("STATE_PRUNED")], c: [READING] })
  const reading = await read()
  expect(reading).toMatchObject(READING)
  expect(reading.status === "ok" && reading.dissents?.map(({ endpoint, code }) => [endpoint, code])).toEqual([
    ["a", "RPC_UNAVAILABLE"],
    ["b", "STATE_PRUNED"],
  ])
  expect(passes).toEqual(["a", "b", "c"])
})

describe.each(["PIN_LOST", "PIN_SKEW"] as const)("a pass that ends with %s", code => {
  test("is begun again where it was", async () => {
    const { read, passes } = scripted({ a: [thrown(code), thrown(code), READING], b: [READING] })
    expect(await read()).toBe(READING)
    expect(passes).toEqual(["a", "a", "a"])
  })

  test("is given up after three", async () => {
    const { read, passes } = scripted({ a: [thrown(code)], b: [thrown("GAS_CAP")] })
    expect(await read()).toMatchObject({ status: "unavailable", chain: CHAIN, code })
    expect(passes).toEqual(["a", "a", "a", "b"])
  })
})

test("when all fail, the code is the first one's and every host is named", async () => {
  const reading = await scripted({ "one.example": [thrown("GAS_CAP")], "two.example": [thrown("DECODE")] }).read()
  expect(reading).toMatchObject({ status: "unavailable", code: "GAS_CAP" })
  for (const host of ["one.example", "two.example"])
    expect(reading.status === "unavailable" && reading.detail).toContain(host)
})

test.each([new TypeError("x is not a function"), "just text", undefined])("never rejects, even on %s", async what => {
  expect(await scripted({ a: [{ thrown: what }] }).read()).toMatchObject({ status: "unavailable", code: "DECODE" })
})

test("a chain without endpoints is unavailable", async () => {
  expect(await scripted({}).read()).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
})

describe("an abort", () => {
  test("before the first pass asks nobody", async () => {
    const { read, passes } = scripted({ a: [READING] })
    expect(await read(AbortSignal.abort())).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
    expect(passes).toEqual([])
  })

  test.each(["PIN_LOST", "RPC_UNAVAILABLE"] as const)("during a pass that ends with %s begins no other", async code => {
    const caller = new AbortController()
    const { read, passes } = scripted({ a: [thrown(code), READING], b: [READING] }, signal => {
      caller.abort()
      expect(signal.aborted).toBe(true)
    })
    expect(await read(caller.signal)).toMatchObject({ status: "unavailable" })
    expect(passes).toEqual(["a"])
  })
})

test("a pass's signal ends with the pass: what it left under way stops", async () => {
  const signals: AbortSignal[] = []
  await scripted({ a: [thrown("DECODE")], b: [READING] }, signal => signals.push(signal)).read()
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})
