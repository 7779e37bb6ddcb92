/**
 * Columns for the kernel: tests write instruments, scenarios and books as objects. Runs in a browser too.
 */
import type { BookRows, InstrumentColumns, ScenarioColumns } from "../../wasm-core/kernel.js"
import type { Position } from "./reference-aggregation.js"
import type { Option, Scenario } from "./reference-black76.js"

const column = <T>(items: readonly T[], pick: (item: T) => number) => Float64Array.from(items, pick)

export const instrumentColumns = (options: readonly Option[]): InstrumentColumns => ({
  kind: Uint8Array.from(options, option => option.kind),
  spot: column(options, option => option.spot),
  carry: column(options, option => option.carry),
  rate: column(options, option => option.rate),
  strike: column(options, option => option.strike),
  volatility: column(options, option => option.volatility),
  timeToExpiry: column(options, option => option.timeToExpiry),
})

export const scenarioColumns = (scenarios: readonly Scenario[]): ScenarioColumns => ({
  priceMove: column(scenarios, scenario => scenario.priceMove),
  volatilityFactor: column(scenarios, scenario => scenario.volatilityFactor),
  volatilityShift: column(scenarios, scenario => scenario.volatilityShift),
  timeRoll: column(scenarios, scenario => scenario.timeRoll),
  weight: column(scenarios, scenario => scenario.weight),
})

export function bookRows(books: readonly (readonly Position[])[]): BookRows {
  const positions = books.flat()
  const rowStart = new Uint32Array(books.length + 1)
  books.forEach((book, row) => {
    rowStart[row + 1] = (rowStart[row] ?? 0) + book.length
  })
  return {
    rowStart,
    instrument: Uint32Array.from(positions, position => position.instrument),
    lots: Float64Array.from(positions, position => position.lots),
  }
}

/** The scenario that changes nothing. */
export const UNCHANGED: Scenario = { priceMove: 0, volatilityFactor: 1, volatilityShift: 0, timeRoll: 0, weight: 1 }
