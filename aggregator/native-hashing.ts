/**
 * Hashing as fast as this process can: keccak256 by the kernel, SHA-256 by Node.
 */
import { createHash, type Hash } from "node:crypto"
import type { Hashing, Keccak, TextHash } from "./domain/hashing.js"

export const nativeHashing = ({ keccakEach, keccakPairs }: Keccak): Hashing => ({
  keccakEach,
  keccakPairs,
  sha256: () => textHash(createHash("sha256")),
})

const textHash = (hash: Hash): TextHash => ({
  update: text => void hash.update(text, "utf8"),
  copy: () => textHash(hash.copy()),
  digest: () => `0x${hash.digest("hex")}`,
})
