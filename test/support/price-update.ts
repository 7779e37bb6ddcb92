/**
 * Price updates as Pyth's receiver program writes them.
 */

import { PublicKey } from "@solana/web3.js"
import { newKey } from "./drive-solana-adapter.js"

export interface PublishedUpdate {
  /** `full`, or how many signatures were verified. */
  readonly verification: "full" | number
  readonly feedId: string
  readonly price: bigint
  readonly confidence: bigint
  readonly exponent: number
  readonly publishTime: bigint
}

export function encodePriceUpdate(update: PublishedUpdate): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(60))
  numbers.setBigInt64(0, update.price, true)
  numbers.setBigUint64(8, update.confidence, true)
  numbers.setInt32(16, update.exponent, true)
  numbers.setBigInt64(20, update.publishTime, true)
  numbers.setBigInt64(28, update.publishTime - 1n, true)
  // The moving average, which nobody here reads.
  numbers.setBigInt64(36, 7n, true)
  numbers.setBigUint64(44, 8n, true)
  // The slot that it was posted in.
  numbers.setBigUint64(52, 9n, true)
  const level = update.verification === "full" ? [1] : [0, update.verification]
  return Uint8Array.from([
    ...Buffer.from("22f123639d7ef4cd", "hex"),
    ...new PublicKey(newKey()).toBytes(),
    ...level,
    ...Buffer.from(update.feedId.slice(2), "hex"),
    ...new Uint8Array(numbers.buffer),
    // The account is as long as the longer of the two.
    ...(update.verification === "full" ? [0] : []),
  ])
}
