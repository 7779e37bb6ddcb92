/**
 * The kernel as the rest of the project sees it: typed columns in, typed columns out, status codes into errors.
 * Runs in Node and in a browser; the caller brings the bytes, and hashes them if it wants to attest to them.
 */
import type {
  BookRows,
  Greeks,
  GroupedBooks,
  InstrumentColumns,
  RiskArrays,
  ScenarioColumns,
  StressResult,
  StressTerms,
  WorstScenarios,
} from "./columns.js"
import { countBookRows, countInstruments, countScenarios, countTableRows } from "./counts.js"
import { keccakEach, keccakPairs } from "./hash.js"
import { compile, type Instance, instantiate, type Lanes } from "./instance.js"
import { openResidentBooks, type ResidentBooks, type ResidentSize, writeInstruments } from "./resident-books.js"
import { stress } from "./stress.js"
import { greekColumns, openWhatIf, type WhatIf } from "./what-if.js"

export type { BookRows, InstrumentColumns, RiskArrays, ScenarioColumns, WorstScenarios } from "./columns.js"
export type { Lanes } from "./instance.js"
export { KernelError, type KernelErrorCode } from "./kernel-error.js"
export type { ResidentBooks } from "./resident-books.js"
export type { WhatIf } from "./what-if.js"

export interface Kernel {
  /**
   * Reprices every instrument under every scenario.
   *
   * @param tick USD a whole tick stands for, > 0; the smaller, the sooner sums leave the exact integers.
   * @throws KernelError naming the column, and by `index` the instrument or scenario, that is out of range.
   */
  riskArrays(instruments: InstrumentColumns, scenarios: ScenarioColumns, tick: number): RiskArrays
  /**
   * Sums each row's lots × ticks per scenario and keeps the lowest; exact, so independent of the order of positions.
   *
   * @throws KernelError on a bad index, on lots or ticks that are not whole, and with `SUM_OUT_OF_RANGE` when
   * Σ |lots| · max |ticks| of a row passes 2^53 − 1.
   */
  worstScenarios(riskArrays: Float64Array, scenarioCount: number, books: BookRows): WorstScenarios
  /**
   * The same sums for every scenario: rows × s, row-major, exact.
   *
   * @throws KernelError like `worstScenarios`.
   */
  scenarioSums(riskArrays: Float64Array, scenarioCount: number, books: BookRows): Float64Array
  /**
   * Values books under every scenario and names the worst one of each unit and each book. Sums run in the order given:
   * who sorts positions gets the same bits whatever their order was.
   *
   * @param table n × columns of ticks, row-major: the scenarios first, the value now in `markColumn`.
   * @throws KernelError on a bad start or index, and with `SUM_OUT_OF_RANGE` where a P&L is not finite.
   */
  stress(
    table: Float64Array,
    columns: number,
    markColumn: number,
    books: GroupedBooks,
    terms: StressTerms,
  ): StressResult
  /** e^x with the same bits on every engine, which `Math.exp` does not promise. */
  exp(x: number): number
  /** ln x with the same bits on every engine. */
  log(x: number): number
  /**
   * keccak256 of each message: 32 bytes one after the other.
   *
   * @param bytes length of one message, a multiple of 8, at most 1,024.
   * @throws KernelError when the messages are no whole number of that length, or there are too many.
   */
  keccakEach(messages: Uint8Array, bytes: number): Uint8Array
  /** keccak256 of each pair of hashes, the lower one first. @throws KernelError when these are no whole pairs. */
  keccakPairs(pairs: Uint8Array): Uint8Array
  /** @throws KernelError like `riskArrays`. */
  greeks(instruments: InstrumentColumns): Greeks
  /**
   * Risk arrays and books that stay in memory between calls, in a memory of their own that is freed with the object.
   *
   * @throws KernelError when there is no room for that size.
   */
  openBooks(size: ResidentSize): ResidentBooks
  /**
   * Scenarios kept ready for questions about books that do not exist yet, in a memory of their own.
   *
   * @param tick USD a whole tick stands for, > 0.
   * @param capacity Instruments a question may have at most.
   * @throws KernelError naming the scenario column that is out of range.
   */
  openWhatIf(scenarios: ScenarioColumns, tick: number, capacity: number): WhatIf
}

/** Slots of `assembly/layout.ts`. */
const TABLE = 5

/**
 * Compiles the kernel. Calls are synchronous and leave nothing behind but what `openBooks` is for.
 *
 * @throws KernelError `MODULE_INVALID` when the bytes are no Wasm, want imports, or lack an export.
 */
export async function loadKernel(wasm: BufferSource, lanes: Lanes = "simd"): Promise<Kernel> {
  const module = await compile(wasm)
  return createKernel(instantiate(module, lanes), () => instantiate(module, lanes))
}

/** @param instance Whose resident block every call begins anew. */
function createKernel(instance: Instance, another: () => Instance): Kernel {
  const { wasm, memory, run } = instance

  const withBooks = (pnl: Float64Array, scenarios: number, books: BookRows) => {
    const size = { instruments: countTableRows(pnl, scenarios), scenarios, rows: countBookRows(books) }
    const resident = openResidentBooks(instance, size)
    resident.writeTable(0, pnl)
    resident.addRows(books)
    return resident
  }

  return {
    riskArrays(instruments, scenarios, tick) {
      const n = countInstruments(instruments)
      const s = countScenarios(scenarios)
      const value = openResidentBooks(instance, { instruments: n, scenarios: s, rows: 0 }).reprice(
        0,
        instruments,
        scenarios,
        tick,
      )
      return { pnl: memory.readRows(TABLE, n, s), value }
    },

    worstScenarios(riskArrays, scenarioCount, books) {
      const { pnl, scenario } = withBooks(riskArrays, scenarioCount, books).worstScenarios()
      return { pnl: pnl.slice(), scenario: scenario.slice() }
    },

    scenarioSums: (riskArrays, scenarioCount, books) => withBooks(riskArrays, scenarioCount, books).scenarioSums(),

    stress: (...call) => stress(instance, ...call),
    keccakEach: (messages, bytes) => keccakEach(instance, messages, bytes),
    keccakPairs: pairs => keccakPairs(instance, pairs),
    exp: x => wasm.exponential(x),
    log: x => wasm.logarithm(x),

    greeks(instruments) {
      const n = countInstruments(instruments)
      run(wasm.reserveGreeks(n))
      writeInstruments(instance, instruments)
      run(wasm.greeks(n))
      return greekColumns(slot => memory.floats(slot, 0, n).slice())
    },

    openBooks: size => openResidentBooks(another(), size),
    openWhatIf: (scenarios, tick, capacity) => openWhatIf(another(), scenarios, tick, capacity),
  }
}
