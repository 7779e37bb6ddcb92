/**
 * The kernel as it ships, for tests.
 */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { loadKernel } from "../../wasm-core/kernel.js"

export const kernelBytes = () => readFile(createRequire(import.meta.url).resolve("#kernel.wasm"))
export const shippedKernel = async () => loadKernel(await kernelBytes())
