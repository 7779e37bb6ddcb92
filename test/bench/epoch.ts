/**
 * From a price to a root: `npm run bench -- epoch`, 100,000 accounts or as many as ACCOUNTS says. Prints a JSON line a
 * change: wall time of each stage in milliseconds,
 * processor time of all threads, which other programs disturb less, and the most memory that the process had until then.
 *
 * Every account has two pieces of collateral and ten options out of a listing of 240 on four underlyings. The first line
 * is a service's first beat, with nothing kept from before; the others are the beats after it.
 */
import { availableParallelism } from "node:os"
import { openAssessor } from "../../aggregator/assessment/open-assessor.js"
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { addressOn } from "../../aggregator/domain/caip.js"
import { quantity } from "../../aggregator/domain/fixed.js"
import { accountHash } from "../../aggregator/domain/leaf.js"
import type { OptionLeg } from "../../aggregator/domain/leg.js"
import type { AccountSnapshot, Snapshot } from "../../aggregator/domain/snapshot.js"
import { nativeHashing } from "../../aggregator/native-hashing.js"
import { attest } from "../../aggregator/pipeline/attest.js"
import { loadPolicy } from "../../aggregator/policies/load.js"
import span16 from "../../aggregator/policies/span16.json" with { type: "json" }
import { kernelBytes, shippedKernel } from "../support/kernel.js"
import { accountOf, CHAIN, collateral, NOW, option, pinAt, priced, snapshotOf } from "../support/snapshots.js"
import { median, report, rounded, seeded } from "./measure.js"

const ACCOUNTS = Number(process.env.ACCOUNTS ?? 100_000)
const BEATS = Number(process.env.BEATS ?? 5)
const POSITIONS = 10
const SPOTS = { ETH: 3_000, BTC: 90_000, SOL: 150, XRP: 2 } as const
const UNDERLYINGS = Object.keys(SPOTS) as (keyof typeof SPOTS)[]
const EXPIRIES = ["6NOV26", "25DEC26", "26MAR27"]
const STRIKES = 10

/** What ships knows three underlyings; the fourth is treated as Solana is. */
const { policy, hash: policyHash } = loadPolicy({
  ...span16,
  methodology: {
    ...span16.methodology,
    scanRanges: { ...span16.methodology.scanRanges, XRP: span16.methodology.scanRanges.SOL },
    floors: span16.methodology.floors.map(floor => ({ ...floor, rates: { ...floor.rates, XRP: floor.rates.SOL } })),
  },
  collateral: { ...span16.collateral, XRP: span16.collateral.SOL },
  liabilities: { ...span16.liabilities, XRP: span16.liabilities.SOL },
})

const strikeOf = (underlying: keyof typeof SPOTS, step: number) =>
  Number((SPOTS[underlying] * (0.6 + 0.08 * step)).toPrecision(4))
const listing = UNDERLYINGS.flatMap(underlying =>
  EXPIRIES.flatMap(expiry =>
    Array.from({ length: 2 * STRIKES }, (_, i) =>
      option(`${underlying}-${expiry}-${strikeOf(underlying, i >> 1)}-${i % 2 ? "C" : "P"}`, "1"),
    ),
  ),
)

const random = seeded(8)
const below = (count: number) => Math.floor(random() * count)
const some = <T>(of: readonly T[]): T => of[below(of.length)] as T

function book(number: number): AccountSnapshot {
  const options = Array.from({ length: POSITIONS }, (_, i): OptionLeg => {
    const size = quantity(BigInt(below(2_000) - 1_000) * 10n ** 15n)
    return { ...some(listing), quantity: size, positionId: String(number * POSITIONS + i) }
  })
  const held = [collateral("USDC", String(20_000 + below(200_000))), collateral("ETH", `${below(90)}.${below(1_000)}`)]
  const holder = `0x${accountHash(`holder ${number}`).slice(-40)}`
  return accountOf([...held, ...options], { id: `account-${number}`, addresses: [addressOn(CHAIN, holder)] })
}

/** The market `seconds` later, each spot times its factor. */
function moved(snapshot: Snapshot, seconds: number, factors: Partial<Record<keyof typeof SPOTS, number>>): Snapshot {
  const valuationTime = NOW + seconds
  const spots = UNDERLYINGS.map(each => priced(each, (SPOTS[each] * (factors[each] ?? 1)).toFixed(6)))
  const pin = { ...pinAt(valuationTime), blockNumber: 100n + BigInt(seconds) }
  return {
    ...snapshot,
    valuationTime,
    chains: [{ status: "ok", chain: CHAIN, pin, faults: [] }],
    prices: [...spots, priced("USDC", "1")].map(each => ({ ...each, publishTime: valuationTime })),
  }
}

const kernel = await shippedKernel()
const terms = {
  validity: 60,
  revokedBelow: 0n,
  wasmHash: accountHash("wasm"),
  policyHash,
  chains: [{ chain: CHAIN, wormholeChain: 2 }],
}

const THREADS = Number(process.env.THREADS ?? availableParallelism())
const assessor = openAssessor({ wasm: await kernelBytes(), kernel, policy, threads: THREADS })
const hashing = nativeHashing(kernel)
let epoch = 0n
let attestation: Attestation | null = null
async function beat(snapshot: Snapshot): Promise<Record<"assess" | "attest" | "total" | "cpu", number>> {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const assessment = await assessor.assess(snapshot)
  const assessed = performance.now()
  attestation = attest(assessment, { ...terms, epoch: ++epoch }, hashing, attestation)
  const attested = performance.now()
  if (attestation.leaves.length !== ACCOUNTS || assessment.health.some(each => !each.figures))
    throw new Error("not all margined")
  const { user, system } = process.cpuUsage(cpu)
  return {
    assess: assessed - begin,
    attest: attested - assessed,
    total: attested - begin,
    cpu: (user + system) / 1_000,
  }
}

const MIB = 2 ** 20
const memory = () => ({
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
  heapMiB: Math.round(process.memoryUsage().heapUsed / MIB),
  outsideHeapMiB: Math.round((process.memoryUsage().external + process.memoryUsage().arrayBuffers) / MIB),
})

async function measured(change: string, next: (beat: number) => Snapshot, beats: number): Promise<void> {
  const taken: Awaited<ReturnType<typeof beat>>[] = []
  for (let i = 0; i < beats; i++) taken.push(await beat(next(i)))
  const stage = (name: keyof (typeof taken)[number]) => rounded(median(taken.map(each => each[name])))
  report({
    bench: "epoch",
    change,
    accounts: ACCOUNTS,
    assessMs: stage("assess"),
    attestMs: stage("attest"),
    totalMs: stage("total"),
    cpuMs: stage("cpu"),
    ...memory(),
  })
}

report({ bench: "epoch", change: "none: the process with its program loaded", ...memory() })
const first: Snapshot = {
  ...moved(snapshotOf(listing), 0, {}),
  accounts: Array.from({ length: ACCOUNTS }, (_, i) => book(i)),
}
report({ bench: "epoch", change: "none: with all readings in memory", accounts: ACCOUNTS, ...memory() })
await measured("first", () => first, 1)
await measured("one price", i => moved(first, 0, { ETH: 1.001 + i / 1_000 }), BEATS)
await measured(
  "all prices, the next block",
  i => moved(first, 12 * (i + 1), { ETH: 0.99, BTC: 1.01, SOL: 1 + i / 100 }),
  BEATS,
)
await assessor.close()
