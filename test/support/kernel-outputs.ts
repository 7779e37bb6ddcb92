/**
 * Everything the kernel computes for a fixed, wide set of inputs, as bytes: equal bytes on two engines mean equal bits.
 * Runs in a browser too.
 */
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

/** Values, risk arrays, worst scenarios, Greeks; the same resident, then after one underlying moved; tails; a what-if. */
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

  const columns = [
    ...[value, pnl, worst.pnl, worst.scenario, ...Object.values(greeks)],
    ...[...windows, sums, tails.sum, tails.edge],
    ...[Float64Array.of(answer.pnl, answer.scenario), answer.sums, ...Object.values(answer.greeks)],
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
