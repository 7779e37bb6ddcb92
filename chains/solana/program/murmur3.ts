/**
 * MurmurHash3, 32 bits, seed 0 (Austin Appleby, public domain): the runtime knows its system calls by it.
 */

/** Hash of an ASCII name as an unsigned number. */
export function murmur3(name: string): number {
  const bytes = Buffer.from(name, "ascii")
  const whole = bytes.length & ~3
  let hash = 0
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(bytes.readInt32LE(at))
    hash = Math.imul(rotated(hash, 13), 5) + 0xe6546b64
  }
  if (whole < bytes.length) hash ^= scrambled(bytes.readUIntLE(whole, bytes.length - whole))
  return finished(hash ^ bytes.length) >>> 0
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

const scrambled = (block: number): number => Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)

function finished(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}
