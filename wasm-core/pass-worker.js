/**
 * One thread of a pass over resident books: takes blocks of rows from a shared counter until none is left.
 * Plain JavaScript, since a worker of Node starts from a file that no loader has prepared.
 */
import { parentPort, workerData } from "node:worker_threads"

const { module, memory, next, thread } = workerData
const { exports } = new WebAssembly.Instance(module, { env: { memory } })

/** @param {{ name: string, before: number[], after: number[], first: number, end: number, block: number }} pass */
function run({ name, before, after, first, end, block }) {
  for (;;) {
    const from = first + Atomics.add(next, 0, 1) * block
    if (from >= end) return { status: 0, from, faultIndex: 0 }
    const status = exports[name](...before, from, Math.min(from + block, end), ...after, thread)
    if (status !== 0) return { status, from, faultIndex: exports.faultIndex.value >>> 0 }
  }
}

parentPort.on("message", pass => parentPort.postMessage(run(pass)))
