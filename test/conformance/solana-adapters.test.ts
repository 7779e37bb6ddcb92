/**
 * What every Solana adapter in the registry has to stand: nothing there, garbage, refusals, missing answers.
 * None may throw, invent a holding, report on a stranger, or take what it could not read for something that is not there.
 */
import { Keypair } from "@solana/web3.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import type { AdapterReading } from "../../chains/adapter.js"
import { solanaAdapters } from "../../chains/registry.js"
import type { SolanaAdapter, SolanaRead, SolanaReadResult } from "../../chains/solana/adapter.js"
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../chains/solana/token-layout.js"

const chain = chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")
const key = () => Keypair.generate().publicKey.toBase58()
const mints = [key(), key()]
const holders = [key(), key(), key()]
const assets = [
  { mint: "native", symbol: "SOL", decimals: 9 },
  ...mints.map(mint => ({ mint, symbol: "USDC", decimals: 6 })),
]
const MOST_KEYS = 100
const MOST_ROUNDS = 10

function run(adapter: SolanaAdapter, answer: (read: SolanaRead) => readonly SolanaReadResult[]): AdapterReading {
  const steps = adapter.read(holders)
  let step = steps.next([])
  for (let round = 0; !step.done; round++) {
    expect(round).toBeLessThan(MOST_ROUNDS)
    for (const read of step.value) if (read.kind === "accounts") expect(read.keys.length).toBeLessThanOrEqual(MOST_KEYS)
    step = steps.next(step.value.flatMap(answer))
  }
  return step.value
}

const faultsOf = (reading: AdapterReading) => [...reading.faults, ...reading.addresses.flatMap(({ faults }) => faults)]

function checkShape(reading: AdapterReading): void {
  const known = new Set(holders.map(holder => addressOn(chain, holder)))
  const reported = reading.addresses.map(({ address }) => address)
  expect(new Set(reported).size).toBe(reported.length)
  for (const address of reported) expect(known).toContain(address)
}

const refused: SolanaReadResult = { status: "refused", code: "RPC_UNAVAILABLE", detail: "refused" }

describe.each(solanaAdapters.map(definition => [definition.name, definition] as const))("%s", (_, definition) => {
  const adapter = () => definition.create(definition.settings.parse({}), { chain, assets })
  const expectUnknown = (reading: AdapterReading) => {
    checkShape(reading)
    expect(reading.addresses.flatMap(({ legs }) => legs)).toEqual([])
    expect(faultsOf(reading).length).toBeGreaterThan(0)
    for (const { unknown, detail } of faultsOf(reading)) {
      expect(unknown).toBe("asset")
      expect(detail).not.toBe("")
    }
  }

  it("names what is configured and does not exist", () => {
    const missing = run(adapter(), read => [
      { status: "ok", accounts: read.kind === "accounts" ? read.keys.map(() => null) : [] },
    ])
    expectUnknown(missing)
    expect(faultsOf(missing).map(({ code }) => code)).toEqual(mints.map(() => "NOT_DEPLOYED"))
  })

  it("names what was refused and what was not answered", () => {
    expectUnknown(run(adapter(), () => [refused]))
    expectUnknown(run(adapter(), () => []))
  })

  it("makes nothing of garbage", () => {
    const owner = fc.constantFrom(TOKEN_PROGRAM, TOKEN_2022_PROGRAM, key())
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ minLength: 165, maxLength: 165 }),
      fc.uint8Array({ minLength: 82, maxLength: 82 }),
    )
    const account = fc.record({ key: fc.constant(key()), owner, lamports: fc.bigInt(0n, 2n ** 64n - 1n), data })
    const result = fc.oneof(
      fc.constant(refused),
      fc.array(fc.option(account), { maxLength: 5 }).map((accounts): SolanaReadResult => ({ status: "ok", accounts })),
    )
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 20 }), results => {
        let next = 0
        const reading = run(adapter(), () => results.slice(next, ++next))
        checkShape(reading)
        for (const { unknown } of faultsOf(reading)) expect(unknown).toBe("asset")
        expect(reading.addresses.flatMap(({ legs }) => legs)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it("refuses settings that it does not know", () => {
    expect(definition.settings.safeParse({ nonsense: true }).success).toBe(false)
  })
})
