/**
 * The hash functions that an epoch is committed with, as a port: many messages at a time, and texts in pieces.
 * Whoever brings faster ones gets the same hashes.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { Bytes32 } from "./attestation.js"

export const HASH_BYTES = 32

/** keccak256 of many messages of one length; digests lie one after the other. */
export interface Keccak {
  /** @param bytes length of one message, a multiple of 8. */
  keccakEach(messages: Uint8Array, bytes: number): Uint8Array
  /** Of pairs of hashes, the lower one of each first. */
  keccakPairs(pairs: Uint8Array): Uint8Array
}

/** SHA-256 of a text that comes in pieces, as UTF-8. */
export interface TextHash {
  update(text: string): void
  /** One that has taken up the same, and goes its own way. */
  copy(): TextHash
  /** Of all that was taken up; nothing can be added then. */
  digest(): Bytes32
}

export interface Hashing extends Keccak {
  sha256(): TextHash
}

/** In plain JavaScript: anywhere, slowly. */
export const PORTABLE_HASHING: Hashing = {
  keccakEach: (messages, bytes) => eachOf(messages, bytes, keccak_256),
  keccakPairs: pairs => eachOf(pairs, 2 * HASH_BYTES, pair => keccak_256(sorted(pair))),
  sha256: () => textHash(sha256.create()),
}

function eachOf(messages: Uint8Array, bytes: number, hash: (message: Uint8Array) => Uint8Array): Uint8Array {
  const digests = new Uint8Array((messages.length / bytes) * HASH_BYTES)
  for (let at = 0, to = 0; at < messages.length; at += bytes, to += HASH_BYTES)
    digests.set(hash(messages.subarray(at, at + bytes)), to)
  return digests
}

function sorted(pair: Uint8Array): Uint8Array {
  const [a, b] = [pair.subarray(0, HASH_BYTES), pair.subarray(HASH_BYTES)]
  const place = a.findIndex((byte, i) => byte !== b[i])
  if (place === -1 || (a[place] ?? 0) < (b[place] ?? 0)) return pair
  const swapped = new Uint8Array(2 * HASH_BYTES)
  swapped.set(b)
  swapped.set(a, HASH_BYTES)
  return swapped
}

const textHash = (hash: ReturnType<typeof sha256.create>): TextHash => ({
  update: text => void hash.update(utf8ToBytes(text)),
  copy: () => textHash(hash.clone()),
  digest: () => `0x${bytesToHex(hash.digest())}`,
})
