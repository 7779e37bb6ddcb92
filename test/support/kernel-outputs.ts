/**
 * Everything the kernel computes for a fixed, wide set of inputs, as bytes: equal bytes on two engines mean equal bits.
 * Runs in a browser too.
 */

import type { StressResult } from "../../wasm-core/columns.js"
import type { Kernel } from "../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns } from "./kernel-columns.js"
import type { Option, Scenario } from "./reference-black76.js"

const VOLATILITIES = [0, 1e-4, 0.05, 0.3, 0.8, 2, 5]
const TIMES = [0, 1e-9, 1 / 365, 0.25, 1, 30]
const MONEYNESS = [1e-3, 0.5, 0.9, 1, 1.0001, 1.3, 1e3]
const MOVES = [-0.99, -0.3, -0.05, 0, 0.05, 0.3, 5]

const options: Option[] = ([0, 1, 2] as const).flatMap(kind =>
  VOLATILITIES.flatMap(volatility =>
    TIMES.flatMap(timeToExpiry =>
      MONEYNESS.map(moneyness => {
        return { kind, spot: 3141.59, carry: 0.03, rate: 0.05, strike: 3141.59 * moneyness, volatility, timeToExpiry }
      }),
    ),
  ),
)
const scenarios: Scenario[] = MOVES.flatMap(priceMove =>
  [0, 0.01].flatMap(timeRoll =>
    [0, 0.1, -0.2].map(volatilityShift => {
      return { priceMove, volatilityFactor: 1.25, volatilityShift, timeRoll, weight: 0.33 }
    }),
  ),
)

/** A unit's options are repriced at this spot for the incremental pass. */
const MOVED = 2718.28
const TICK = 1e-9

/** Books of two units with two groups each, of every kind, over whole risk arrays with the mark behind the scenarios. */
function stressed(kernel: Kernel, pnl: Float64Array, value: Float64Array): StressResult {
  const s = scenarios.length
  const n = value.length
  const columns = 2 * s + 1
  const table = new Float64Array(n * columns)
  for (let i = 0; i < n; i++) {
    const row = pnl.subarray(i * s, i * s + s)
    table.set(row, i * columns)
    table[i * columns + s] = value[i] ?? 0
    table.set(row.toReversed(), i * columns + s + 1)
  }
  const books = 40
  const groups = 4 * books
  const evenly = (count: number, each: number) => Uint32Array.from({ length: count + 1 }, (_, i) => each * i)
  const column = (count: number, entry: (i: number) => number) =>
    Float64Array.from({ length: count }, (_, i) => entry(i))
  return kernel.stress(
    table,
    columns,
    s,
    {
      groupStart: evenly(groups, 3),
      instrument: Uint32Array.from({ length: 3 * groups }, (_, p) => (p * 31) % n),
      lots: column(3 * groups, p => (p % 7) - 3),
      kind: Uint8Array.from({ length: groups }, (_, g) => g % 4),
      owned: column(groups, g => 1 - (g % 5) / 7),
      owed: column(groups, g => 1 + (g % 3) / 7),
      unitStart: evenly(2 * books, 2),
      settlement: Uint32Array.from({ length: 2 * books }, (_, u) => u % 2),
      bookStart: evenly(books, 2),
    },
    {
      weight: column(s, j => 1 - j / (3 * s)),
      rotation: column(s, j => j % 2),
      dampener: column(s, j => (j % 4) * 1e6),
      divisor: column(2 * s, j => 1 + (j % 3) / 10),
      offset: 0.3,
      maximumOffset: 1e15,
      tail: { column: s + 1, shares: column(s, j => (j + 1) / (0.5 * s * (s + 1))), mass: 0.1 },
    },
  )
}

/** Values, risk arrays, worst scenarios, Greeks; the same resident, then after one underlying moved; tails; a what-if; stress. */
export function kernelOutputs(kernel: Kernel): Uint8Array {
  const instruments = instrumentColumns(options)
  const moves = scenarioColumns(scenarios)
  const n = options.length
  const { pnl, value } = kernel.riskArrays(instruments, moves, TICK)
  const books = bookRows(
    options.map((_, i) => [
      { instrument: i, lots: 7 },
      { instrument: (i * 31) % n, lots: -5 },
    ]),
  )
  const worst = kernel.worstScenarios(pnl, scenarios.length, books)
  const greeks = kernel.greeks(instruments)

  const resident = kernel.openBooks({ instruments: n, scenarios: scenarios.length, rows: n })
  resident.reprice(0, instruments, moves, TICK)
  resident.addRows(books)
  resident.worstScenarios()
  const part = options.slice(0, 100).map(option => ({ ...option, spot: MOVED }))
  resident.reprice(0, instrumentColumns(part), moves, TICK)
  const { pnl: refreshed, scenario } = resident.refreshWorst(0, n)
  const windows = [refreshed.slice(), scenario.slice()]
  const sums = resident.scenarioSums()
  const tails = resident.tails(2)
  const answer = kernel
    .openWhatIf(moves, TICK, 8)
    .ask(instrumentColumns(options.slice(300, 308)), Float64Array.of(1, -2, 3, -4, 5, -6, 7, -8))

  const { shortfall, ...stress } = stressed(kernel, pnl, value)
  if (!shortfall) throw new TypeError("a tail was asked for")

  const columns = [
    ...[value, pnl, worst.pnl, worst.scenario, ...Object.values(greeks)],
    ...[...windows, sums, tails.sum, tails.edge],
    ...[Float64Array.of(answer.pnl, answer.scenario), answer.sums, ...Object.values(answer.greeks)],
    ...[...Object.values(stress), shortfall],
  ]
  const bytes = columns.map(column => new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  const all = new Uint8Array(bytes.reduce((length, each) => length + each.length, 0))
  let at = 0
  for (const each of bytes) {
    all.set(each, at)
    at += each.length
  }
  return all
}
