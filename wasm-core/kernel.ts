/**
 * The only file that touches WebAssembly: typed columns in, typed columns out, status codes into errors.
 * Runs in Node and in a browser; the caller brings the bytes, and hashes them if it wants to attest to them.
 */

/** Instruments as columns of one length n. */
export interface InstrumentColumns {
  /** 0 linear (spot, perpetual, future), 1 call, 2 put. */
  readonly kind: Uint8Array
  /** Price of the underlying now, USD, > 0; its forward is spot · e^(carry · T). */
  readonly spot: Float64Array
  /** Cost of carry per year, continuously compounded; 0 where `spot` already is the forward. */
  readonly carry: Float64Array
  /** Discount rate per year, continuously compounded, ≥ 0. */
  readonly rate: Float64Array
  /** USD, > 0 for options, ignored for linear. */
  readonly strike: Float64Array
  /** Annualised, ≥ 0. */
  readonly volatility: Float64Array
  /** Years of 365 days, ≥ 0; 0 is intrinsic value. */
  readonly timeToExpiry: Float64Array
}

/** Scenarios as columns of one length s ≥ 1. */
export interface ScenarioColumns {
  /** Relative move of the forward, > −1. */
  readonly priceMove: Float64Array
  /** ≥ 0; σ′ = max(σ · volatilityFactor + volatilityShift, 0). */
  readonly volatilityFactor: Float64Array
  readonly volatilityShift: Float64Array
  /** Years that pass, ≥ 0, the forward held. */
  readonly timeRoll: Float64Array
  /** Share of the P&L that counts, ≥ 0. */
  readonly weight: Float64Array
}

export interface RiskArrays {
  /** n × s, instrument-major: weighted P&L of +1 long in whole ticks, to nearest, ties away from zero. */
  readonly pnl: Float64Array
  /** n: unrounded value of +1 long now, USD. */
  readonly value: Float64Array
}

/** Books as compressed sparse rows: row r holds the positions rowStart[r] … rowStart[r + 1] − 1. */
export interface BookRows {
  /** rows + 1 entries, ascending, from 0 to the number of positions. */
  readonly rowStart: Uint32Array
  /** Row of each position's instrument in the risk arrays. */
  readonly instrument: Uint32Array
  /** Signed whole lots. */
  readonly lots: Float64Array
}

export interface WorstScenarios {
  /** Per row: the lowest P&L over the scenarios, ticks × lots, exact; 0 for an empty row. */
  readonly pnl: Float64Array
  /** Per row: the first scenario at which it occurs. */
  readonly scenario: Uint32Array
}

/** Derivatives of the value of +1 long at base, USD, one entry an instrument. */
interface Greeks {
  readonly value: Float64Array
  /** Per USD of the forward. */
  readonly delta: Float64Array
  /** Per USD² of the forward. */
  readonly gamma: Float64Array
  /** Per 1.00 of volatility. */
  readonly vega: Float64Array
  /** Per day, the forward held. */
  readonly theta: Float64Array
}

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
  /** e^x with the same bits on every engine, which `Math.exp` does not promise. */
  exp(x: number): number
  /** ln x with the same bits on every engine. */
  log(x: number): number
  /** @throws KernelError like `riskArrays`. */
  greeks(instruments: InstrumentColumns): Greeks
}

/** By status number, see `assembly/status.ts`; append only. */
const STATUS_CODES = [
  "OK",
  "SIZE_OUT_OF_RANGE",
  "OUT_OF_MEMORY",
  "INSTRUMENT_KIND_INVALID",
  "SPOT_INVALID",
  "CARRY_INVALID",
  "RATE_INVALID",
  "STRIKE_INVALID",
  "VOLATILITY_INVALID",
  "TIME_TO_EXPIRY_INVALID",
  "PRICE_MOVE_INVALID",
  "VOLATILITY_FACTOR_INVALID",
  "VOLATILITY_SHIFT_INVALID",
  "TIME_ROLL_INVALID",
  "WEIGHT_INVALID",
  "TICK_INVALID",
  "PNL_OUT_OF_RANGE",
  "VALUE_OUT_OF_RANGE",
  "ROW_START_INVALID",
  "INSTRUMENT_INDEX_INVALID",
  "LOTS_INVALID",
  "RISK_ARRAY_INVALID",
  "SUM_OUT_OF_RANGE",
] as const

export type KernelErrorCode = Exclude<(typeof STATUS_CODES)[number], "OK"> | "MODULE_INVALID" | "COLUMN_LENGTH_MISMATCH"

/** Input the kernel refuses, or a module that is not the kernel. Nothing was computed. */
export class KernelError extends Error {
  constructor(
    readonly code: KernelErrorCode,
    /** The instrument, scenario, position or row at fault; null when the failure is not about one. */
    readonly index: number | null = null,
    options?: ErrorOptions,
  ) {
    super(index === null ? code : `${code} at index ${index}`, options)
  }
  override get name(): string {
    return "KernelError"
  }
  /** The instrument that cannot be priced, where the failure is about one: without it the call may succeed. */
  get instrument(): number | null {
    return ABOUT_AN_INSTRUMENT.has(this.code) ? this.index : null
  }
}

const ABOUT_AN_INSTRUMENT: ReadonlySet<KernelErrorCode> = new Set([
  "INSTRUMENT_KIND_INVALID",
  "SPOT_INVALID",
  "CARRY_INVALID",
  "RATE_INVALID",
  "STRIKE_INVALID",
  "VOLATILITY_INVALID",
  "TIME_TO_EXPIRY_INVALID",
  "PNL_OUT_OF_RANGE",
  "VALUE_OUT_OF_RANGE",
])

/** About the whole call rather than one of its elements. */
const WITHOUT_INDEX: ReadonlySet<KernelErrorCode> = new Set(["SIZE_OUT_OF_RANGE", "OUT_OF_MEMORY", "TICK_INVALID"])

// Columns of each block in the order of `assembly/layout.ts`; their place is their slot in the directory.
const INSTRUMENT_COLUMNS = ["spot", "carry", "rate", "strike", "volatility", "timeToExpiry"] as const
const SCENARIO_COLUMNS = ["priceMove", "volatilityFactor", "volatilityShift", "timeRoll", "weight"] as const
const RISK = { kind: 0, instruments: 1, scenarios: 7, value: 12, pnl: 13 } as const
const BOOK = { table: 0, rowStart: 1, instrument: 2, lots: 3, worstPnl: 4, worstScenario: 5, sums: 7 } as const
const GREEK = { value: 7, delta: 8, gamma: 9, vega: 10, theta: 11 } as const

/** The kernel's own limit; beyond it a count would not survive its conversion to u32. */
const MAX_COUNT = 2 ** 28

interface KernelExports {
  readonly memory: WebAssembly.Memory
  readonly directory: WebAssembly.Global
  readonly faultIndex: WebAssembly.Global
  reserveRiskArrays(instruments: number, scenarios: number): number
  riskArrays(instruments: number, scenarios: number, tick: number): number
  riskArraysScalar(instruments: number, scenarios: number, tick: number): number
  reserveBooks(instruments: number, scenarios: number, rows: number, positions: number): number
  worstScenarios(instruments: number, scenarios: number, rows: number, positions: number): number
  worstScenariosScalar(instruments: number, scenarios: number, rows: number, positions: number): number
  reserveSums(instruments: number, scenarios: number, rows: number, positions: number): number
  scenarioSums(instruments: number, scenarios: number, rows: number, positions: number): number
  scenarioSumsScalar(instruments: number, scenarios: number, rows: number, positions: number): number
  exponential(x: number): number
  logarithm(x: number): number
  reserveGreeks(instruments: number): number
  greeks(instruments: number): number
}

const FUNCTIONS = [
  "reserveRiskArrays",
  "riskArrays",
  "riskArraysScalar",
  "reserveBooks",
  "worstScenarios",
  "worstScenariosScalar",
  "reserveSums",
  "scenarioSums",
  "scenarioSumsScalar",
  "exponential",
  "logarithm",
  "reserveGreeks",
  "greeks",
] as const satisfies readonly (keyof KernelExports)[]

function isKernel(exports: WebAssembly.Exports): exports is WebAssembly.Exports & KernelExports {
  return (
    exports.memory instanceof WebAssembly.Memory &&
    exports.directory instanceof WebAssembly.Global &&
    exports.faultIndex instanceof WebAssembly.Global &&
    FUNCTIONS.every(name => typeof exports[name] === "function")
  )
}

/** How many scenarios an instruction treats: two, or one in the twin that two are checked against. Same bits. */
export type Lanes = "simd" | "scalar"

/**
 * Compiles the kernel. One instance holds one memory: calls are synchronous and leave nothing behind.
 *
 * @throws KernelError `MODULE_INVALID` when the bytes are no Wasm, want imports, or lack an export.
 */
export async function loadKernel(wasm: BufferSource, lanes: Lanes = "simd"): Promise<Kernel> {
  const { instance } = await WebAssembly.instantiate(wasm, {}).catch((cause: unknown) => {
    throw new KernelError("MODULE_INVALID", null, { cause })
  })
  if (!isKernel(instance.exports)) throw new KernelError("MODULE_INVALID")
  return createKernel(instance.exports, lanes)
}

function createKernel(wasm: KernelExports, lanes: Lanes): Kernel {
  const reprice = lanes === "simd" ? wasm.riskArrays : wasm.riskArraysScalar
  const aggregate = lanes === "simd" ? wasm.worstScenarios : wasm.worstScenariosScalar
  const sum = lanes === "simd" ? wasm.scenarioSums : wasm.scenarioSumsScalar
  const block = openArena(wasm)

  const run = (status: number) => {
    if (status === 0) return
    const code = STATUS_CODES[status]
    if (code === undefined || code === "OK") throw new KernelError("MODULE_INVALID")
    throw new KernelError(code, WITHOUT_INDEX.has(code) ? null : wasm.faultIndex.value >>> 0)
  }

  const writeInstruments = (instruments: InstrumentColumns) => {
    block.writeBytes(RISK.kind, instruments.kind)
    INSTRUMENT_COLUMNS.forEach((name, i) => {
      block.writeFloats(RISK.instruments + i, instruments[name])
    })
  }

  const writeBooks = (riskArrays: Float64Array, n: number, scenarioCount: number, books: BookRows) => {
    block.writeRows(BOOK.table, riskArrays, n, scenarioCount)
    block.writeIndices(BOOK.rowStart, books.rowStart)
    block.writeIndices(BOOK.instrument, books.instrument)
    block.writeFloats(BOOK.lots, books.lots)
  }

  return {
    riskArrays(instruments, scenarios, tick) {
      const n = countInstruments(instruments)
      const s = commonLength(SCENARIO_COLUMNS.map(name => scenarios[name]))
      run(wasm.reserveRiskArrays(n, s))
      writeInstruments(instruments)
      SCENARIO_COLUMNS.forEach((name, i) => {
        block.writeFloats(RISK.scenarios + i, scenarios[name])
      })
      run(reprice(n, s, tick))
      return { pnl: block.readRows(RISK.pnl, n, s), value: block.readFloats(RISK.value, n) }
    },

    worstScenarios(riskArrays, scenarioCount, books) {
      const { n, rows, positions } = countBooks(riskArrays, scenarioCount, books)
      run(wasm.reserveBooks(n, scenarioCount, rows, positions))
      writeBooks(riskArrays, n, scenarioCount, books)
      run(aggregate(n, scenarioCount, rows, positions))
      return { pnl: block.readFloats(BOOK.worstPnl, rows), scenario: block.readIndices(BOOK.worstScenario, rows) }
    },

    scenarioSums(riskArrays, scenarioCount, books) {
      const { n, rows, positions } = countBooks(riskArrays, scenarioCount, books)
      run(wasm.reserveSums(n, scenarioCount, rows, positions))
      writeBooks(riskArrays, n, scenarioCount, books)
      run(sum(n, scenarioCount, rows, positions))
      return block.readRows(BOOK.sums, rows, scenarioCount)
    },

    exp: x => wasm.exponential(x),
    log: x => wasm.logarithm(x),

    greeks(instruments) {
      const n = countInstruments(instruments)
      run(wasm.reserveGreeks(n))
      writeInstruments(instruments)
      run(wasm.greeks(n))
      return {
        value: block.readFloats(GREEK.value, n),
        delta: block.readFloats(GREEK.delta, n),
        gamma: block.readFloats(GREEK.gamma, n),
        vega: block.readFloats(GREEK.vega, n),
        theta: block.readFloats(GREEK.theta, n),
      }
    },
  }
}

const viewsOf = (buffer: ArrayBuffer) => ({
  buffer,
  bytes: new Uint8Array(buffer),
  indices: new Uint32Array(buffer),
  floats: new Float64Array(buffer),
})

/** Access by column to the block reserved last. Results are copies: the next call overwrites the block. */
function openArena({ memory, directory }: KernelExports) {
  let views = viewsOf(memory.buffer)
  // Growing memory detaches every view on it, so none outlives the buffer it was made for.
  const live = () => {
    if (views.buffer !== memory.buffer) views = viewsOf(memory.buffer)
    return views
  }
  const address = (slot: number) => live().indices[(directory.value >>> 2) + slot] ?? 0
  /** Rows start on 64-byte lines: s rounded up to 8. */
  const rowLength = (s: number) => Math.ceil(s / 8) * 8
  const firstFloat = (slot: number) => address(slot) / 8

  return {
    writeBytes: (slot: number, column: Uint8Array) => live().bytes.set(column, address(slot)),
    writeIndices: (slot: number, column: Uint32Array) => live().indices.set(column, address(slot) / 4),
    writeFloats: (slot: number, column: Float64Array) => live().floats.set(column, firstFloat(slot)),
    writeRows(slot: number, rows: Float64Array, n: number, s: number): void {
      const { floats } = live()
      const start = firstFloat(slot)
      if (rowLength(s) === s) floats.set(rows, start)
      else for (let i = 0; i < n; i++) floats.set(rows.subarray(i * s, i * s + s), start + i * rowLength(s))
    },
    readIndices(slot: number, count: number): Uint32Array {
      const start = address(slot) / 4
      return live().indices.slice(start, start + count)
    },
    readFloats(slot: number, count: number): Float64Array {
      const start = firstFloat(slot)
      return live().floats.slice(start, start + count)
    },
    readRows(slot: number, n: number, s: number): Float64Array {
      const { floats } = live()
      const start = firstFloat(slot)
      if (rowLength(s) === s) return floats.slice(start, start + n * s)
      const rows = new Float64Array(n * s)
      for (let i = 0; i < n; i++) {
        const row = start + i * rowLength(s)
        rows.set(floats.subarray(row, row + s), i * s)
      }
      return rows
    },
  }
}

function checkCount(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) throw new KernelError("SIZE_OUT_OF_RANGE")
  return count
}

function commonLength(columns: readonly { readonly length: number }[]): number {
  const lengths = new Set(columns.map(column => column.length))
  const [length] = lengths
  if (length === undefined || lengths.size !== 1) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return checkCount(length)
}

const countInstruments = (instruments: InstrumentColumns) =>
  commonLength([instruments.kind, ...INSTRUMENT_COLUMNS.map(name => instruments[name])])

function countRows(riskArrays: Float64Array, scenarioCount: number): number {
  if (checkCount(scenarioCount) === 0) throw new KernelError("SIZE_OUT_OF_RANGE")
  if (riskArrays.length % scenarioCount !== 0) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return checkCount(riskArrays.length / scenarioCount)
}

function countBooks(riskArrays: Float64Array, scenarioCount: number, books: BookRows) {
  const positions = commonLength([books.instrument, books.lots])
  if (books.rowStart.length === 0) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  return { n: countRows(riskArrays, scenarioCount), rows: checkCount(books.rowStart.length - 1), positions }
}
