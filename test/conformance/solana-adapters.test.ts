/**
 * What every Solana adapter in the registry has to stand: nothing there, garbage, refusals, missing answers.
 * None may throw, invent a holding, report on a stranger, or take what it could not read for something that is not there.
 * A new registry line is tested by itself; unless it says that it reads assets only it must fail closed.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addressOn } from "../../aggregator/domain/caip.js"
import type { AdapterReading } from "../../chains/adapter.js"
import { solanaAdapters } from "../../chains/registry.js"
import type {
  SolanaAdapter,
  SolanaAdapterDefinition,
  SolanaRead,
  SolanaReadResult,
} from "../../chains/solana/adapter.js"
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../chains/solana/token-layout.js"
import { CHAIN, newKey, REFUSED } from "../support/drive-solana-adapter.js"
import { sampledSettings } from "../support/sampled-settings.js"

const holders = [newKey(), newKey(), newKey()]
const assets = [
  { mint: "native", symbol: "SOL", decimals: 9 },
  { mint: newKey(), symbol: "USDC", decimals: 6 },
  { mint: newKey(), symbol: "USDC", decimals: 6 },
]
const MOST_KEYS = 100
const MOST_ROUNDS = 10

/** The adapter with made-up settings, and the program that they name. */
function built(definition: SolanaAdapterDefinition): { adapter: SolanaAdapter; program: string } {
  const keys: string[] = []
  const texts = () => [...keys.slice(keys.push(newKey()) - 1), `0x${"07".repeat(32)}`, "SOL"]
  const sampled = sampledSettings(definition.settings, pattern => texts().find(text => pattern.test(text)))
  const adapter = definition.create(definition.settings.parse(sampled), { chain: CHAIN, assets })
  return { adapter, program: keys[0] ?? TOKEN_PROGRAM }
}

function run(adapter: SolanaAdapter, answer: (read: SolanaRead) => readonly SolanaReadResult[]): AdapterReading {
  const steps = adapter.read(holders)
  let step = steps.next([])
  for (let round = 0; !step.done; round++) {
    expect(round).toBeLessThan(MOST_ROUNDS)
    for (const read of step.value) {
      if (read.kind === "accounts") expect(read.keys.length).toBeLessThanOrEqual(MOST_KEYS)
      // A node takes four filters, and the length is one.
      if (read.kind === "programAccounts") expect(read.keys.length).toBeLessThanOrEqual(3)
    }
    step = steps.next(step.value.flatMap(answer))
  }
  return step.value
}

const faultsOf = (reading: AdapterReading) => [...reading.faults, ...reading.addresses.flatMap(({ faults }) => faults)]

function checkShape(reading: AdapterReading): void {
  const known = new Set(holders.map(holder => addressOn(CHAIN, holder)))
  const reported = reading.addresses.map(({ address }) => address)
  expect(new Set(reported).size).toBe(reported.length)
  for (const address of reported) expect(known).toContain(address)
}

/** Holders about whom this reading leaves a debt or a position open. */
function failedClosed({ addresses }: AdapterReading): readonly string[] {
  const open = addresses.filter(({ faults }) => faults.some(({ unknown }) => unknown !== "asset"))
  return holders.filter(holder => open.some(({ address }) => address === addressOn(CHAIN, holder)))
}

const nothing = (read: SolanaRead): readonly SolanaReadResult[] => [
  { status: "ok", accounts: read.kind === "accounts" ? read.keys.map(() => null) : [] },
]

describe.each(solanaAdapters.map(definition => [definition.name, definition] as const))("%s", (_, definition) => {
  const { adapter, program } = built(definition)
  const isAssetsOnly = definition.assetsOnly === true

  it.each([
    ["what does not exist", nothing],
    ["what was refused", () => [REFUSED]],
    ["what was not answered", () => []],
    ["what exists in part", (read: SolanaRead) => (read.kind === "accounts" ? nothing(read) : [REFUSED])],
  ] as const)("names %s, and fails closed if there could be debts", (_, answer) => {
    const reading = run(adapter, answer)
    checkShape(reading)
    expect(reading.addresses.flatMap(({ legs }) => legs)).toEqual([])
    expect(reading.prices).toEqual([])
    expect(faultsOf(reading).length).toBeGreaterThan(0)
    for (const { detail } of faultsOf(reading)) expect(detail).not.toBe("")
    expect(failedClosed(reading)).toEqual(isAssetsOnly ? [] : holders)
  })

  it("makes nothing of garbage", () => {
    const owner = fc.constantFrom(TOKEN_PROGRAM, TOKEN_2022_PROGRAM, program, newKey())
    const data = fc.oneof(
      ...[82, 133, 165, 1064, 1864, 2312].map(length => fc.uint8Array({ minLength: length, maxLength: length })),
      fc.uint8Array({ maxLength: 400 }),
    )
    const account = fc.record({ key: fc.constant(newKey()), owner, lamports: fc.bigInt(0n, 2n ** 64n - 1n), data })
    const result = fc.oneof(
      fc.constant(REFUSED),
      fc.array(fc.option(account), { maxLength: 5 }).map((accounts): SolanaReadResult => ({ status: "ok", accounts })),
    )
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 20 }), results => {
        let next = 0
        const reading = run(adapter, () => results.slice(next, ++next))
        checkShape(reading)
        if (isAssetsOnly) expect(failedClosed(reading)).toEqual([])
        expect(reading.addresses.flatMap(({ legs }) => legs)).toEqual([])
        expect(reading.prices).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it("reports on nobody when nobody is asked for", () => {
    const steps = adapter.read([])
    let step = steps.next([])
    for (let round = 0; !step.done && round < MOST_ROUNDS; round++) step = steps.next(step.value.flatMap(nothing))
    expect(step.done && step.value.addresses).toEqual([])
  })

  it("refuses settings that it does not know", () => {
    expect(definition.settings.safeParse({ nonsense: true }).success).toBe(false)
  })
})
