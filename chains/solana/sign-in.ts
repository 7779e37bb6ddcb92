/**
 * Signatures of Solana holders: ed25519 over the bytes of the text.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { SignatureCheck } from "../../aggregator/domain/sign-in.js"
import { decodeBase58 } from "./base58.js"

const SIGNATURE_BYTES = 64
const KEY_BYTES = 32
/** Of 64 bytes in base58; decoding costs the square of the length. */
const LONGEST_TEXT = 88

export function solanaSignatureCheck(chain: ChainId): SignatureCheck {
  return {
    chain,
    spelled: holder => (bytesOf(holder)?.length === KEY_BYTES ? holder : null),
    async signed(holder, message, signature) {
      const [key, bytes] = [bytesOf(holder), bytesOf(signature)]
      if (key?.length !== KEY_BYTES || bytes?.length !== SIGNATURE_BYTES) return false
      // Strict (RFC 8032): what only the lenient rules accept is somebody's trick.
      return ed25519.verify(bytes, new TextEncoder().encode(message), key, { zip215: false })
    },
  }
}

function bytesOf(text: string): Uint8Array | null {
  if (text.length > LONGEST_TEXT) return null
  try {
    return decodeBase58(text)
  } catch {
    return null
  }
}
