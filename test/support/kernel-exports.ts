/**
 * The kernel's exports without the host file in front of them: what an embedder in another language would call.
 */
import { kernelBytes } from "./kernel.js"

export interface RawKernel {
  readonly memory: WebAssembly.Memory
  readonly names: readonly string[]
  /** Calls an export with counts as the host would pass them; what comes back is a status. */
  call(name: string, ...args: number[]): number
  /** What a slot of the directory holds, see `assembly/layout.ts`. */
  slot(index: number): number
}

export async function rawKernel(): Promise<RawKernel> {
  const { instance } = await WebAssembly.instantiate(await kernelBytes(), {})
  const { memory, directory } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || !(directory instanceof WebAssembly.Global)) throw new TypeError()
  return {
    memory,
    names: Object.entries(instance.exports).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])),
    call(name, ...args) {
      const callee = instance.exports[name]
      if (typeof callee !== "function") throw new TypeError(`no export ${name}`)
      return callee(...args)
    },
    slot: index => new DataView(memory.buffer).getUint32(directory.value + 4 * index, true),
  }
}
