/**
 * The kernel as it ships. Failing to find the built file means `npm run build:wasm` has not run; no test builds it by itself.
 */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { type Lanes, loadKernel } from "../../wasm-core/kernel.js"

export { bookRows, instrumentColumns, scenarioColumns, UNCHANGED } from "./kernel-columns.js"

export const kernelBytes = () => readFile(createRequire(import.meta.url).resolve("#kernel.wasm"))

/** The build for memory that threads share. */
export const sharedKernelBytes = () => readFile(createRequire(import.meta.url).resolve("#kernel-shared.wasm"))

/** @param lanes SIMD when absent. */
export const shippedKernel = async (lanes?: Lanes) => loadKernel(await kernelBytes(), lanes)
