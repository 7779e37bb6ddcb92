/**
 * How long columns are, checked before a number of theirs goes to Wasm, where a count is a u32 and wraps.
 */
import type { BookRows, InstrumentColumns, ScenarioColumns } from "./columns.js"
import { KernelError } from "./kernel-error.js"

/** In the order of the kernel's slots. */
export const INSTRUMENT_COLUMNS = ["spot", "carry", "rate", "strike", "volatility", "timeToExpiry"] as const
export const SCENARIO_COLUMNS = [
  "priceMove",
  "volatilityFactor",
  "volatilityShift",
  "timeRoll",
  "weight",
] as const satisfies readonly (keyof ScenarioColumns)[]

/** The kernel's own limit. */
const MAX_COUNT = 2 ** 28

/** @throws KernelError `SIZE_OUT_OF_RANGE` for what is no whole number from 0 to the limit. */
export function checkCount(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) throw new KernelError("SIZE_OUT_OF_RANGE")
  return count
}

/** @throws KernelError `COLUMN_LENGTH_MISMATCH` */
export function commonLength(columns: readonly { readonly length: number }[]): number {
  const [first] = columns
  if (first === undefined || columns.some(column => column.length !== first.length))
    throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return checkCount(first.length)
}

/** @throws KernelError `COLUMN_LENGTH_MISMATCH` */
export const countInstruments = (instruments: InstrumentColumns): number => {
  const { kind, spot, carry, rate, strike, volatility, timeToExpiry } = instruments
  return commonLength([kind, spot, carry, rate, strike, volatility, timeToExpiry])
}

/** @throws KernelError `COLUMN_LENGTH_MISMATCH` */
export const countScenarios = (scenarios: ScenarioColumns): number =>
  commonLength(SCENARIO_COLUMNS.map(name => scenarios[name]))

/** Rows of a dense table. @throws KernelError when the numbers are no whole rows. */
export function countTableRows(ticks: Float64Array, scenarioCount: number): number {
  if (checkCount(scenarioCount) === 0) throw new KernelError("SIZE_OUT_OF_RANGE")
  if (ticks.length % scenarioCount !== 0) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return checkCount(ticks.length / scenarioCount)
}

/** @throws KernelError `COLUMN_LENGTH_MISMATCH` */
export function countBookRows(books: BookRows): number {
  commonLength([books.instrument, books.lots])
  if (books.rowStart.length === 0) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return checkCount(books.rowStart.length - 1)
}
