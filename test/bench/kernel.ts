/**
 * How fast the kernel is against plain JavaScript of the same mathematics: `npm run bench -- kernel`, one JSON line a measurement.
 * A name as argument (`npm run bench -- kernel tails`) leaves the others out.
 */

import { openThreadedBooks } from "../../wasm-core/threaded-books.js"
import { kernelBytes, sharedKernelBytes, shippedKernel } from "../support/kernel.js"
import { accounts, grid, market, OPTIONS, ticks } from "./inputs.js"
import { compare, filled, median, medians, report, rounded, seeded, times } from "./measure.js"
import { plainGreeks, plainRiskArrays, plainTails, plainWorstScenarios } from "./plain-kernel.js"

const TICK = 0.01
const simd = await shippedKernel()
const scalar = await shippedKernel("scalar")

function riskArrays(): void {
  for (const scenarios of [16, 64]) {
    const size = { options: OPTIONS, scenarios }
    const cells = OPTIONS * scenarios
    const fast = simd.openBooks({ instruments: OPTIONS, scenarios, rows: 0 })
    const slow = scalar.openBooks({ instruments: OPTIONS, scenarios, rows: 0 })
    const cases = [
      ["risk-arrays", market(OPTIONS, false), grid(scenarios), fast],
      ["risk-arrays-chain", market(OPTIONS, true), grid(scenarios), fast],
      ["risk-arrays-shifted-vol", market(OPTIONS, false), grid(scenarios, 0.1), fast],
      ["risk-arrays-scalar", market(OPTIONS, false), grid(scenarios), slow],
    ] as const
    for (const [name, instruments, moves, books] of cases)
      compare(
        name,
        size,
        cells,
        () => books.reprice(0, instruments, moves, TICK),
        () => plainRiskArrays(instruments, moves, TICK),
      )
  }
}

function aggregation(): void {
  for (const scenarios of [16, 64])
    for (const sorted of [false, true]) {
      const count = 100_000
      const books = accounts(count, sorted)
      const table = ticks(OPTIONS, scenarios)
      const resident = simd.openBooks({ instruments: OPTIONS, scenarios, rows: 4 * count })
      resident.writeTable(0, table)
      resident.addRows(books)
      const name = sorted ? "worst-scenarios-sorted" : "worst-scenarios"
      compare(
        name,
        { accounts: count, scenarios },
        books.lots.length,
        () => resident.worstScenarios(),
        () => plainWorstScenarios(table, scenarios, books),
      )
    }
}

/** The same number of accounts in every round, as one large book or as a small one again and again. */
function growth(): void {
  const most = 1_000_000
  const table = ticks(OPTIONS, 16)
  const residents = [10_000, 100_000, most].map(count => {
    const books = simd.openBooks({ instruments: OPTIONS, scenarios: 16, rows: 4 * count })
    books.writeTable(0, table)
    books.addRows(accounts(count, false))
    return { count, books }
  })
  const ns = medians(
    Object.fromEntries(
      residents.map(({ count, books }) => [
        String(count),
        { units: most, run: times(most / count, () => books.worstScenarios()) },
      ]),
    ),
  )
  for (const { count, books } of residents)
    report({
      bench: "worst-scenarios-growth",
      accounts: count,
      scenarios: 16,
      kernelNsPerAccount: rounded(ns[String(count)] ?? Number.NaN),
      againstSmallest: rounded((ns[String(count)] ?? Number.NaN) / (ns["10000"] ?? Number.NaN)),
      mebibytes: rounded(books.byteLength / 2 ** 20),
    })
}

/** One of four underlyings moves: its options are repriced and its rows recomputed, against everything. */
function tick(): void {
  const count = 1_000_000
  const instruments = market(OPTIONS, false)
  const quarter = Object.fromEntries(
    Object.entries(instruments).map(([name, column]) => [name, column.subarray(0, OPTIONS / 4)]),
  ) as unknown as typeof instruments
  const moves = grid(16)
  const books = simd.openBooks({ instruments: OPTIONS, scenarios: 16, rows: 4 * count })
  books.reprice(0, instruments, moves, TICK)
  books.addRows(accounts(count, false))
  const full = () => {
    books.reprice(0, instruments, moves, TICK)
    books.worstScenarios()
  }
  const one = () => {
    books.reprice(0, quarter, moves, TICK)
    books.refreshWorst(0, count)
  }
  const ns = medians({ full: { units: count, run: full }, one: { units: count, run: one } })
  report({
    bench: "one-underlying-of-four",
    accounts: count,
    scenarios: 16,
    fullMs: rounded((ns.full * count) / 1e6),
    tickMs: rounded((ns.one * count) / 1e6),
    share: rounded(ns.one / ns.full),
  })
}

function tails(): void {
  const count = 10_000
  const scenarios = 2_000
  const instruments = 500
  const random = seeded(5)
  const books = {
    rowStart: Uint32Array.from({ length: count + 1 }, (_, row) => row * 10),
    instrument: Uint32Array.from({ length: count * 10 }, () => Math.floor(random() * instruments)),
    lots: filled(count * 10, () => Math.floor(random() * 2_001) - 1_000),
  }
  const table = ticks(instruments, scenarios)
  const resident = simd.openBooks({ instruments, scenarios, rows: count })
  resident.writeTable(0, table)
  resident.addRows(books)
  compare(
    "expected-shortfall",
    { accounts: count, scenarios, level: 0.975 },
    count,
    () => resident.tails(50),
    () => plainTails(table, scenarios, books, 50),
  )
}

/** An empty call is what a call costs before any work: `keepRows` of all rows there are. */
async function oneAccount(): Promise<void> {
  const repeats = 200_000
  const books = accounts(10_000, false)
  const byAccount = {
    ...books,
    rowStart: Uint32Array.from({ length: 40_001 }, (_, row) => (row >> 2) * 10 + ([0, 2, 5, 7][row & 3] ?? 0)),
  }
  const resident = simd.openBooks({ instruments: OPTIONS, scenarios: 16, rows: 40_000 })
  resident.writeTable(0, ticks(OPTIONS, 16))
  resident.addRows(byAccount)
  const { instance } = await WebAssembly.instantiate(await kernelBytes(), {})
  const empty = instance.exports.keepRows as (rows: number) => number
  let account = 0
  const ns = medians({
    one: {
      units: repeats,
      run: times(repeats, () => {
        account = (account + 7) % 10_000
        return resident.refreshWorst(4 * account, 4 * account + 4).pnl[4 * account]
      }),
    },
    emptyCall: { units: repeats, run: times(repeats, () => empty(0)) },
  })
  report({
    bench: "one-account",
    positions: 10,
    scenarios: 16,
    kernelNs: rounded(ns.one),
    emptyCallNs: rounded(ns.emptyCall),
    emptyCalls: rounded(ns.one / ns.emptyCall),
  })
}

function whatIf(): void {
  const repeats = 5_000
  for (const chain of [false, true]) {
    const instruments = market(10, chain)
    const moves = grid(16)
    const lots = filled(10, i => (i % 3) - 1)
    const question = simd.openWhatIf(moves, TICK, 10)
    const book = { rowStart: Uint32Array.of(0, 10), instrument: Uint32Array.from({ length: 10 }, (_, i) => i), lots }
    compare(
      chain ? "what-if-chain" : "what-if",
      { options: 10, scenarios: 16 },
      repeats,
      times(repeats, () => question.ask(instruments, lots)),
      times(repeats, () => {
        const { pnl } = plainRiskArrays(instruments, moves, TICK)
        return [plainGreeks(instruments), plainWorstScenarios(pnl, 16, book)]
      }),
    )
  }
}

/**
 * Two threads against one by the clock on the wall, shortest of many passes; what both burn together against what one
 * does says how far two free processors would get.
 */
async function threads(): Promise<void> {
  const count = 300_000
  const table = ticks(OPTIONS, 16)
  const rows = accounts(count, false)
  const size = { instruments: OPTIONS, scenarios: 16, rows: 4 * count }
  const wasm = await sharedKernelBytes()
  const measured: { wall: number; processor: number }[] = []
  const opened = [await openThreadedBooks(wasm, size, 1), await openThreadedBooks(wasm, size, 2)]
  for (const books of opened) {
    books.writeTable(0, table)
    books.addRows(rows)
  }
  const walls: number[][] = opened.map(() => [])
  const processors: number[][] = opened.map(() => [])
  for (let round = -3; round < 40; round++)
    for (const [i, books] of opened.entries()) {
      const before = process.cpuUsage()
      const start = performance.now()
      await books.worstScenarios()
      const wall = performance.now() - start
      const { user } = process.cpuUsage(before)
      if (round < 0) continue
      walls[i]?.push(wall)
      processors[i]?.push(user / 1e3)
    }
  opened.forEach((_, i) => {
    measured.push({ wall: Math.min(...(walls[i] ?? [])), processor: median(processors[i] ?? []) })
  })
  const [one, two] = measured
  if (one && two)
    report({
      bench: "two-threads",
      accounts: count,
      scenarios: 16,
      oneMs: rounded(one.wall),
      twoMs: rounded(two.wall),
      ratio: rounded(one.wall / two.wall),
      ratioByProcessorTime: rounded((2 * one.processor) / two.processor),
    })
  await Promise.all(opened.map(books => books.close()))
}

const BENCHES = { riskArrays, aggregation, growth, tick, tails, oneAccount, whatIf, threads }
const chosen = process.argv.slice(2)
for (const [name, bench] of Object.entries(BENCHES)) if (chosen.length === 0 || chosen.includes(name)) await bench()
