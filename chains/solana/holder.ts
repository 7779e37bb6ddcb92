/**
 * Who holds something on Solana.
 */
import { PublicKey } from "@solana/web3.js"

/** The key that a text is, base58; `undefined` when it is none. Base58 has one spelling. */
export function holderIn(text: string): string | undefined {
  try {
    return new PublicKey(text).toBase58() === text ? text : undefined
  } catch {
    return undefined
  }
}
