/**
 * The key that pays for deliveries on Solana, in the two forms in which people keep such keys.
 */
import { Keypair } from "@solana/web3.js"
import { decodeBase58 } from "./base58.js"

const SECRET_KEY_LENGTH = 64

/**
 * Reads a secret key: the JSON array that `solana-keygen` writes, or the base58 text that wallets export.
 * `null` when the text is neither; what it holds is never repeated.
 */
export function relayerKeypair(text: string): Keypair | null {
  try {
    const bytes = text.trim().startsWith("[") ? Uint8Array.from(JSON.parse(text)) : decodeBase58(text.trim())
    return bytes.length === SECRET_KEY_LENGTH ? Keypair.fromSecretKey(bytes) : null
  } catch {
    return null
  }
}
