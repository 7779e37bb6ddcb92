/** Recomputing only what a price touches gives, bit by bit, what recomputing everything gives. */
import fc from "fast-check"
import { beforeAll, expect, it } from "vitest"
import type { Kernel, ResidentBooks } from "../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns, shippedKernel, UNCHANGED } from "../support/kernel.js"
import type { Option } from "../support/reference-black76.js"

const UNITS = 3
const PER_UNIT = 4
const ACCOUNTS = 20
const MOVES = scenarioColumns(
  Array.from({ length: 19 }, (_, j) => ({
    ...UNCHANGED,
    priceMove: (j - 9) / 20,
    volatilityFactor: 1 + (j % 3) / 10,
    volatilityShift: j % 5 === 0 ? 0.05 : 0,
    timeRoll: j % 4 === 0 ? 0.01 : 0,
  })),
)

let kernels: Kernel[]
beforeAll(async () => {
  kernels = [await shippedKernel(), await shippedKernel("scalar")]
})

/** A call and a put of one strike, then two strangers; one of them linear. */
const unitAt = (spot: number): Option[] => {
  const call = { kind: 1, spot, carry: 0.01, rate: 0.03, strike: 100, volatility: 0.6, timeToExpiry: 0.2 } as const
  return [call, { ...call, kind: 2 }, { ...call, strike: 130 }, { ...call, kind: 0, strike: 0 }]
}

/** Rows unit by unit; lots of any size, so that some rows are wide. */
const lots = fc.array(
  fc.array(
    fc.record({
      instrument: fc.nat({ max: PER_UNIT - 1 }),
      lots: fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: -100_000, max: 100_000 })),
    }),
    { maxLength: 5 },
  ),
  { minLength: UNITS * ACCOUNTS, maxLength: UNITS * ACCOUNTS },
)
const ticks = fc.array(
  fc.record({ unit: fc.nat({ max: UNITS - 1 }), spot: fc.double({ min: 50, max: 200, noNaN: true }) }),
  {
    minLength: 1,
    maxLength: 8,
  },
)

it("incremental passes equal full ones", () => {
  fc.assert(
    fc.property(lots, ticks, (rows, moves) => {
      const books = bookRows(
        rows.map((row, r) =>
          row.map(each => ({ ...each, instrument: Math.floor(r / ACCOUNTS) * PER_UNIT + each.instrument })),
        ),
      )
      const open = (kernel: Kernel): ResidentBooks => {
        const resident = kernel.openBooks({ instruments: UNITS * PER_UNIT, scenarios: 19, rows: rows.length })
        for (let unit = 0; unit < UNITS; unit++)
          resident.reprice(unit * PER_UNIT, instrumentColumns(unitAt(100)), MOVES, 1e-6)
        resident.addRows(books)
        resident.worstScenarios()
        return resident
      }
      const [incremental, ...others] = [...kernels, ...kernels].map(open)
      for (const { unit, spot } of moves) {
        incremental?.reprice(unit * PER_UNIT, instrumentColumns(unitAt(spot)), MOVES, 1e-6)
        incremental?.refreshWorst(unit * ACCOUNTS, (unit + 1) * ACCOUNTS)
        for (const other of others) other.reprice(unit * PER_UNIT, instrumentColumns(unitAt(spot)), MOVES, 1e-6)
      }
      const kept = incremental?.refreshWorst(0, 0)
      for (const other of others) expect(other.worstScenarios()).toEqual(kept)
    }),
    { numRuns: 60 },
  )
})
