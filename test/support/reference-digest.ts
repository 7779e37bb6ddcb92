/**
 * One hash over everything in `kernelOutputs`: equal on two engines means equal bits.
 * Runs alone too: `node --import tsx test/support/reference-digest.ts` under any version of Node.
 */
import { createHash } from "node:crypto"
import { pathToFileURL } from "node:url"
import type { Lanes } from "../../wasm-core/kernel.js"
import { shippedKernel } from "./kernel.js"
import { kernelOutputs } from "./kernel-outputs.js"

/** SHA-256, hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

export const digestOfKernel = async (lanes: Lanes): Promise<string> => sha256(kernelOutputs(await shippedKernel(lanes)))

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(process.version, await digestOfKernel("simd"), await digestOfKernel("scalar"))
}
