/**
 * Resident books in shared memory, with passes over them spread over threads of Node. Same bits as one thread:
 * table and books are only read during a pass, each row's result is written by one thread, each thread has a workspace.
 */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Tails, WorstScenarios } from "./columns.js"
import { checkCount } from "./counts.js"
import { compile, instantiateShared, type Lanes } from "./instance.js"
import { KernelError, refuse } from "./kernel-error.js"
import { openResidentBooks, RESULTS, type ResidentBooks, type ResidentSize } from "./resident-books.js"

/** `ResidentBooks` whose passes return promises. They wait for each other; nothing else may change the books meanwhile. */
export interface ThreadedBooks extends Omit<ResidentBooks, "worstScenarios" | "refreshWorst" | "tails"> {
  /** Like that of `ResidentBooks`. */
  worstScenarios(first?: number, end?: number): Promise<WorstScenarios>
  /** Like that of `ResidentBooks`. */
  tails(depth: number, first?: number, end?: number): Promise<Tails>
  /** Ends the threads; the books are gone. */
  close(): Promise<void>
}

/** Rows a thread takes at a time: long enough that taking costs nothing, short enough that all end together. */
const BLOCK = 1_024

interface Outcome {
  readonly status: number
  /** First row of the block that failed. */
  readonly from: number
  readonly faultIndex: number
}

/**
 * Opens resident books for passes by so many threads.
 *
 * @param wasm The kernel built for shared memory, `#kernel-shared.wasm`.
 * @throws KernelError like `loadKernel` and `openBooks`.
 */
export async function openThreadedBooks(
  wasm: BufferSource,
  size: ResidentSize,
  threads: number,
  lanes: Lanes = "simd",
): Promise<ThreadedBooks> {
  const module = await compile(wasm)
  const { instance, memory } = instantiateShared(module, lanes)
  const books = openResidentBooks(instance, size, threads)
  const next = new Int32Array(new SharedArrayBuffer(4))
  const workers = Array.from(
    { length: checkCount(threads) },
    (_, thread) =>
      new Worker(new URL("./pass-worker.js", import.meta.url), { workerData: { module, memory, next, thread } }),
  )

  /** No thread sees the whole range, so whether it exists is asked here. */
  const checkRows = (first: number, end: number) => {
    if (checkCount(first) > checkCount(end) || end > books.rowCount) throw new KernelError("SIZE_OUT_OF_RANGE")
  }
  const onWorker = async (worker: Worker, pass: object): Promise<Outcome> => {
    worker.postMessage(pass)
    const [outcome] = await once(worker, "message")
    return outcome
  }
  let underWay: Promise<unknown> = Promise.resolve()
  /** Passes wait for each other: they share the counter, the workspaces and where results are left. */
  const inTurn = <T>(pass: () => Promise<T>): Promise<T> => {
    const mine = underWay.then(pass)
    underWay = mine.catch(() => undefined)
    return mine
  }
  const spread = async (name: "worst" | "tail", first: number, end: number, before: number[], after: number[]) => {
    Atomics.store(next, 0, 0)
    const pass = { name: lanes === "simd" ? name : `${name}Scalar`, before, after, first, end, block: BLOCK }
    const outcomes = await Promise.all(workers.map(worker => onWorker(worker, pass)))
    // Blocks are handed out in order, so the earliest that failed is the one a single thread would have stopped at.
    const [failed] = outcomes.filter(each => each.status !== 0).sort((a, b) => a.from - b.from)
    if (failed) refuse(failed.status, failed.faultIndex)
  }

  return {
    reprice: books.reprice,
    writeTable: books.writeTable,
    addRows: books.addRows,
    keepRows: books.keepRows,
    scenarioSums: books.scenarioSums,
    get rowCount() {
      return books.rowCount
    },
    get byteLength() {
      return books.byteLength
    },
    worstScenarios: (first = 0, end = books.rowCount) =>
      inTurn(async () => {
        checkRows(first, end)
        await spread("worst", first, end, [], [])
        return RESULTS.worst(instance, first, end)
      }),
    tails: (depth, first = 0, end = books.rowCount) =>
      inTurn(async () => {
        checkRows(first, end)
        const count = end - first
        instance.run(instance.wasm.reserveTail(count))
        await spread("tail", first, end, [first, count], [checkCount(depth)])
        return RESULTS.tails(instance, count)
      }),
    async close() {
      await Promise.all(workers.map(worker => worker.terminate()))
    },
  }
}
