/**
 * keccak256 of many short messages at a time, in turns that fit into a processor's cache.
 */
import { checkCount } from "./counts.js"
import type { Instance } from "./instance.js"
import { KernelError } from "./kernel-error.js"

/** Slots of `assembly/layout.ts`. */
const SLOT = { messages: 16, digests: 17 } as const

const DIGEST_BYTES = 32
const PAIR_BYTES = 2 * DIGEST_BYTES
const TURN = 1_024

/** @throws KernelError as `Kernel.keccakEach`. */
export function keccakEach(instance: Instance, messages: Uint8Array, bytes: number): Uint8Array {
  return inTurns(instance, messages, bytes, n => instance.hash(n, bytes))
}

/** @throws KernelError as `Kernel.keccakPairs`. */
export function keccakPairs(instance: Instance, pairs: Uint8Array): Uint8Array {
  return inTurns(instance, pairs, PAIR_BYTES, n => instance.hashPairs(n))
}

function inTurns(
  { wasm, memory, run }: Instance,
  messages: Uint8Array,
  bytes: number,
  compute: (count: number) => number,
): Uint8Array {
  if (checkCount(bytes) === 0) throw new KernelError("SIZE_OUT_OF_RANGE")
  const count = messages.length / bytes
  if (!Number.isInteger(count)) throw new KernelError("COLUMN_LENGTH_MISMATCH")
  const digests = new Uint8Array(checkCount(count) * DIGEST_BYTES)
  for (let first = 0; first < count; first += TURN) {
    const n = Math.min(TURN, count - first)
    run(wasm.reserveHash(n, bytes))
    memory.writeBytes(SLOT.messages, messages.subarray(first * bytes, (first + n) * bytes))
    run(compute(n))
    digests.set(memory.bytes(SLOT.digests, n * DIGEST_BYTES), first * DIGEST_BYTES)
  }
  return digests
}
