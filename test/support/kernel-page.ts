/**
 * The kernel in a page: what `kernelOutputs` gives there, for a comparison with Node. Bundled by the test that loads it.
 */
import { type Lanes, loadKernel } from "../../wasm-core/kernel.js"
import { kernelOutputs } from "./kernel-outputs.js"

/** Numbers rather than bytes: what a page returns to a test travels as JSON. */
export const outputsInPage = async (wasm: readonly number[], lanes: Lanes): Promise<number[]> => [
  ...kernelOutputs(await loadKernel(Uint8Array.from(wasm), lanes)),
]
