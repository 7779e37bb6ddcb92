/**
 * Questions about a book that does not exist yet: one call prices it, stresses it and finds its Greeks.
 * Columns are written and read in place; nothing is allocated for a question.
 */
import type { Greeks, InstrumentColumns, ScenarioColumns } from "./columns.js"
import { checkCount, countInstruments, countScenarios, INSTRUMENT_COLUMNS, SCENARIO_COLUMNS } from "./counts.js"
import type { Instance } from "./instance.js"
import { KernelError } from "./kernel-error.js"

/** What a question is answered with. Windows on the kernel's memory: the next question overwrites them. */
export interface WhatIfAnswer {
  /** Lowest P&L over the scenarios, ticks × lots, exact; 0 for no instruments. */
  pnl: number
  /** The first scenario at which it occurs. */
  scenario: number
  /** P&L of the book in every scenario, ticks × lots, exact. */
  readonly sums: Float64Array
  /** Of +1 long of each instrument, as long as the capacity: entries beyond those asked about mean nothing. */
  readonly greeks: Greeks
}

export interface WhatIf {
  /**
   * @param lots Signed whole lots, one an instrument.
   * @throws KernelError like `riskArrays` and `worstScenarios`, and `SIZE_OUT_OF_RANGE` for more than the capacity.
   */
  ask(instruments: InstrumentColumns, lots: Float64Array): WhatIfAnswer
}

/** Slots of `assembly/layout.ts`. */
const GREEK = { value: 33, delta: 34, gamma: 35, vega: 36, theta: 37 } as const
const SLOT = { worstPnl: 8, worstScenario: 9, kind: 16, instruments: 17, scenarios: 23, lots: 38, sums: 39 } as const

/** The five columns, found by their slots. */
export const greekColumns = (column: (slot: number) => Float64Array): Greeks => ({
  value: column(GREEK.value),
  delta: column(GREEK.delta),
  gamma: column(GREEK.gamma),
  vega: column(GREEK.vega),
  theta: column(GREEK.theta),
})

/** Opens an instance for questions. @throws KernelError naming the scenario column that is out of range. */
export function openWhatIf(instance: Instance, scenarios: ScenarioColumns, tick: number, capacity: number): WhatIf {
  const { wasm, memory, run } = instance
  const s = countScenarios(scenarios)
  run(wasm.openBlock(checkCount(capacity), s, 1, 1))
  run(wasm.reserveWhatIf())
  SCENARIO_COLUMNS.forEach((name, i) => {
    memory.writeFloats(SLOT.scenarios + i, scenarios[name])
  })
  run(instance.prepareWhatIf(tick))

  // This memory never grows again, so windows on it stay.
  const kind = memory.bytes(SLOT.kind, capacity)
  const columns = INSTRUMENT_COLUMNS.map((name, i) => ({ name, to: memory.floats(SLOT.instruments + i, 0, capacity) }))
  const toLots = memory.floats(SLOT.lots, 0, capacity)
  const worstPnl = memory.floats(SLOT.worstPnl, 0, 1)
  const worstScenario = memory.indices(SLOT.worstScenario, 0, 1)
  const answer: WhatIfAnswer = {
    pnl: 0,
    scenario: 0,
    sums: memory.floats(SLOT.sums, 0, s),
    greeks: greekColumns(slot => memory.floats(slot, 0, capacity)),
  }

  return {
    ask(instruments, lots) {
      const n = countInstruments(instruments)
      if (lots.length !== n) throw new KernelError("COLUMN_LENGTH_MISMATCH")
      if (n > capacity) throw new KernelError("SIZE_OUT_OF_RANGE")
      copyKinds(instruments.kind, kind)
      for (const { name, to } of columns) copy(instruments[name], to)
      copy(lots, toLots)
      run(instance.whatIf(n))
      answer.pnl = worstPnl[0] ?? Number.NaN
      answer.scenario = worstScenario[0] ?? 0
      return answer
    },
  }
}

/** A loop: for a handful of numbers `set` costs more than what it copies. */
function copy(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i] ?? Number.NaN
}

/** The same for bytes. One function for both would be compiled for either kind of array at every access. */
function copyKinds(from: Uint8Array, to: Uint8Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i] ?? 0
}
