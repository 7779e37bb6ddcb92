/**
 * The Wasm module as a typed object: its exports, its memory, and columns in it by their slot in the directory.
 * Nothing else in the project touches WebAssembly.
 */
import { KernelError, refuse } from "./kernel-error.js"

/** How many scenarios an instruction treats: two, or one in the twin that two are checked against. Same bits. */
export type Lanes = "simd" | "scalar"

export type StressCounts = [
  instruments: number,
  columns: number,
  scenarios: number,
  positions: number,
  groups: number,
  units: number,
  books: number,
  settlements: number,
  tail: number,
]
type StressCall = (
  ...call: [...StressCounts, markColumn: number, offset: number, cap: number, tailColumn: number, mass: number]
) => number

interface Exports {
  readonly memory: WebAssembly.Memory
  readonly directory: WebAssembly.Global
  readonly faultIndex: WebAssembly.Global
  openBlock(instruments: number, scenarios: number, rows: number, threads: number): number
  takeRows(first: number, count: number): number
  reserveRisk(instruments: number): number
  reprice(first: number, instruments: number, tick: number): number
  repriceScalar(first: number, instruments: number, tick: number): number
  reserveBooks(rows: number, positions: number): number
  addBooks(rows: number, positions: number): number
  keepRows(rows: number): number
  worst(first: number, end: number, thread: number): number
  worstScalar(first: number, end: number, thread: number): number
  reserveSums(rows: number): number
  sums(first: number, end: number): number
  sumsScalar(first: number, end: number): number
  reserveWhatIf(): number
  prepareWhatIf(tick: number): number
  prepareWhatIfScalar(tick: number): number
  whatIf(instruments: number): number
  whatIfScalar(instruments: number): number
  reserveTail(rows: number): number
  tail(base: number, count: number, first: number, end: number, depth: number, thread: number): number
  tailScalar(base: number, count: number, first: number, end: number, depth: number, thread: number): number
  reserveGreeks(instruments: number): number
  greeks(instruments: number): number
  reserveStress: (...counts: StressCounts) => number
  stress: StressCall
  stressScalar: StressCall
  reserveHash(messages: number, bytes: number): number
  hash(messages: number, bytes: number): number
  hashScalar(messages: number, bytes: number): number
  hashPairs(pairs: number): number
  hashPairsScalar(pairs: number): number
  exponential(x: number): number
  logarithm(x: number): number
}

const FUNCTIONS = [
  "openBlock",
  "takeRows",
  "reserveRisk",
  "reprice",
  "repriceScalar",
  "reserveBooks",
  "addBooks",
  "keepRows",
  "worst",
  "worstScalar",
  "reserveSums",
  "sums",
  "sumsScalar",
  "reserveWhatIf",
  "prepareWhatIf",
  "prepareWhatIfScalar",
  "whatIf",
  "whatIfScalar",
  "reserveTail",
  "tail",
  "tailScalar",
  "reserveGreeks",
  "greeks",
  "reserveStress",
  "stress",
  "stressScalar",
  "reserveHash",
  "hash",
  "hashScalar",
  "hashPairs",
  "hashPairsScalar",
  "exponential",
  "logarithm",
] as const satisfies readonly (keyof Exports)[]

function isKernel(exports: WebAssembly.Exports): exports is WebAssembly.Exports & Exports {
  return (
    exports.memory instanceof WebAssembly.Memory &&
    exports.directory instanceof WebAssembly.Global &&
    exports.faultIndex instanceof WebAssembly.Global &&
    FUNCTIONS.every(name => typeof exports[name] === "function")
  )
}

/** One instance of the module, one memory. */
export interface Instance {
  readonly wasm: Exports
  /** Those of the exports that exist for either width of lane. */
  readonly reprice: Exports["reprice"]
  readonly worst: Exports["worst"]
  readonly sums: Exports["sums"]
  readonly tail: Exports["tail"]
  readonly prepareWhatIf: Exports["prepareWhatIf"]
  readonly whatIf: Exports["whatIf"]
  readonly stress: StressCall
  readonly hash: Exports["hash"]
  readonly hashPairs: Exports["hashPairs"]
  readonly memory: Columns
  /** @throws KernelError unless the status is OK. */
  run(status: number): void
}

/** @throws KernelError `MODULE_INVALID` when the bytes are no Wasm. */
export const compile = (wasm: BufferSource): Promise<WebAssembly.Module> =>
  WebAssembly.compile(wasm).catch((cause: unknown) => {
    throw new KernelError("MODULE_INVALID", null, { cause })
  })

/** @throws KernelError `MODULE_INVALID` when the module wants imports or lacks an export. */
export const instantiate = (module: WebAssembly.Module, lanes: Lanes): Instance => wrap(exportsOf(module, {}), lanes)

/** Most that the shared build declares: all of 32 bits. */
const LARGEST_MEMORY = { initial: 16, maximum: 65_536, shared: true } as const

/** An instance of the shared build, and the memory that its instances in other threads work on. */
export function instantiateShared(module: WebAssembly.Module, lanes: Lanes) {
  const memory = new WebAssembly.Memory(LARGEST_MEMORY)
  return { instance: wrap(exportsOf(module, { env: { memory } }), lanes), memory }
}

function wrap(wasm: Exports, lanes: Lanes): Instance {
  const simd = lanes === "simd"
  return {
    wasm,
    reprice: simd ? wasm.reprice : wasm.repriceScalar,
    worst: simd ? wasm.worst : wasm.worstScalar,
    sums: simd ? wasm.sums : wasm.sumsScalar,
    tail: simd ? wasm.tail : wasm.tailScalar,
    prepareWhatIf: simd ? wasm.prepareWhatIf : wasm.prepareWhatIfScalar,
    whatIf: simd ? wasm.whatIf : wasm.whatIfScalar,
    stress: simd ? wasm.stress : wasm.stressScalar,
    hash: simd ? wasm.hash : wasm.hashScalar,
    hashPairs: simd ? wasm.hashPairs : wasm.hashPairsScalar,
    memory: columnsOf(wasm),
    // The global is read only for a refusal: asking for it costs more than the call.
    run(status) {
      if (status !== 0) refuse(status, wasm.faultIndex.value >>> 0)
    },
  }
}

function exportsOf(module: WebAssembly.Module, imports: WebAssembly.Imports): Exports {
  let exports: WebAssembly.Exports
  try {
    exports = new WebAssembly.Instance(module, imports).exports
  } catch (cause) {
    throw new KernelError("MODULE_INVALID", null, { cause })
  }
  if (!isKernel(exports)) throw new KernelError("MODULE_INVALID")
  return exports
}

type Columns = ReturnType<typeof columnsOf>

const viewsOf = (buffer: ArrayBufferLike) => ({
  buffer,
  bytes: new Uint8Array(buffer),
  indices: new Uint32Array(buffer),
  floats: new Float64Array(buffer),
})

/** Rows of risk arrays are made of whole tiles: s rounded up to 16. */
const rowLength = (s: number) => Math.ceil(s / 16) * 16

function columnsOf({ memory, directory }: Exports) {
  const base = directory.value >>> 2
  let views = viewsOf(memory.buffer)
  // Growing memory detaches every view on it, so none outlives the buffer it was made for.
  const live = () => {
    if (views.buffer !== memory.buffer) views = viewsOf(memory.buffer)
    return views
  }
  /** What a slot holds: an address, or one of the counts of the resident block. */
  const slot = (index: number) => live().indices[base + index] ?? 0
  const firstFloat = (index: number) => slot(index) / 8

  return {
    slot,
    byteLength: () => memory.buffer.byteLength,
    writeBytes: (index: number, column: Uint8Array) => live().bytes.set(column, slot(index)),
    writeIndices: (index: number, column: Uint32Array) => live().indices.set(column, slot(index) / 4),
    writeFloats: (index: number, column: Float64Array) => live().floats.set(column, firstFloat(index)),
    /** Rows of s numbers from row `first` of a table whose rows are padded. */
    writeRows(index: number, rows: Float64Array, first: number, s: number): void {
      const { floats } = live()
      const start = firstFloat(index) + first * rowLength(s)
      if (rowLength(s) === s) floats.set(rows, start)
      else
        for (let i = 0; i * s < rows.length; i++) floats.set(rows.subarray(i * s, i * s + s), start + i * rowLength(s))
    },
    bytes: (index: number, count: number) => live().bytes.subarray(slot(index), slot(index) + count),
    /** A window on memory, not a copy: gone when memory grows, other numbers when the column is computed again. */
    indices: (index: number, first: number, end: number) =>
      live().indices.subarray(slot(index) / 4 + first, slot(index) / 4 + end),
    floats: (index: number, first: number, end: number) =>
      live().floats.subarray(firstFloat(index) + first, firstFloat(index) + end),
    /** A copy of rows without their padding. */
    readRows(index: number, n: number, s: number): Float64Array {
      const { floats } = live()
      const start = firstFloat(index)
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
