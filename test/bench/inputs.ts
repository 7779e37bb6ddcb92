/** The work that is measured: one market of 5,000 options, and accounts of 10 positions in four risk units. */
import type { BookRows, InstrumentColumns, ScenarioColumns } from "../../wasm-core/kernel.js"
import { filled, seeded } from "./measure.js"

export const OPTIONS = 5_000
const UNITS = 4
const POSITIONS = 10

/** Options with terms of their own; as a chain, a call and a put of each strike stand next to each other. */
export function market(count: number, chain: boolean): InstrumentColumns {
  const random = seeded(1)
  const terms = Array.from({ length: count }, () => ({
    strike: 1_500 + 3_000 * random(),
    volatility: 0.3 + random(),
    years: 0.01 + 1.5 * random(),
  }))
  const term = (i: number) => terms[chain ? i & ~1 : i] ?? { strike: 0, volatility: 0, years: 0 }
  return {
    kind: Uint8Array.from({ length: count }, (_, i) => 1 + (i % 2)),
    spot: filled(count, () => 3_000),
    carry: filled(count, () => 0.04),
    rate: filled(count, () => 0.04),
    strike: filled(count, i => term(i).strike),
    volatility: filled(count, i => term(i).volatility),
    timeToExpiry: filled(count, i => term(i).years),
  }
}

export function grid(scenarioCount: number, shift = 0): ScenarioColumns {
  const random = seeded(3)
  return {
    priceMove: filled(scenarioCount, () => 0.5 * random() - 0.25),
    volatilityFactor: filled(scenarioCount, () => 0.7 + 0.6 * random()),
    volatilityShift: filled(scenarioCount, () => shift),
    timeRoll: new Float64Array(scenarioCount),
    weight: filled(scenarioCount, () => 1),
  }
}

/** Whole ticks as risk arrays have them. */
export function ticks(instruments: number, scenarioCount: number): Float64Array {
  const random = seeded(4)
  return filled(instruments * scenarioCount, () => Math.floor((random() + random() - 1) * 1e6))
}

/**
 * Rows of a risk unit next to each other, one an account; each of an account's ten positions lies in any of four units.
 *
 * @param sorted Whether a unit's rows are ordered by how many positions they have.
 */
export function accounts(count: number, sorted: boolean): BookRows {
  const random = seeded(2)
  const lengths = Array.from({ length: UNITS }, () => new Uint8Array(count))
  for (let account = 0; account < count; account++)
    for (let position = 0; position < POSITIONS; position++) {
      const unit = lengths[Math.floor(random() * UNITS)]
      if (unit) unit[account] = (unit[account] ?? 0) + 1
    }
  if (sorted) for (const unit of lengths) unit.sort()
  const rowStart = new Uint32Array(UNITS * count + 1)
  lengths.forEach((unit, u) => {
    unit.forEach((length, account) => {
      const row = u * count + account
      rowStart[row + 1] = (rowStart[row] ?? 0) + length
    })
  })
  const perUnit = OPTIONS / UNITS
  const instrument = new Uint32Array(POSITIONS * count)
  for (let unit = 0; unit < UNITS; unit++)
    for (let p = rowStart[unit * count] ?? 0; p < (rowStart[(unit + 1) * count] ?? 0); p++)
      instrument[p] = unit * perUnit + Math.floor(random() * perUnit)
  return { rowStart, instrument, lots: filled(POSITIONS * count, () => Math.floor(random() * 2_001) - 1_000) }
}
