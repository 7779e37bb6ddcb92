/**
 * Price updates of the Pyth receiver program. How an update was verified comes before the price and is one byte or two,
 * so everything behind it shifts:
 *
 *   | discriminator 8 | write authority 32 | 1: full                | message … | posted slot u64 |
 *   | discriminator 8 | write authority 32 | 0: partial | count u8  | message … | posted slot u64 |
 *
 *   message | feed id 32 | price i64 | confidence u64 | exponent i32 | publish time i64 | … the average's, 24 bytes |
 */
import type { PythPrice } from "../pyth-price.js"
import { checkDiscriminator, LayoutError, viewOf } from "./layout.js"

export interface PriceUpdate extends PythPrice {
  /** Hex, lower case. */
  readonly feedId: `0x${string}`
  /** How many guardian signatures the receiver checked: `full` is a quorum, a number is what was asked for. */
  readonly verification: "full" | number
}

const WHAT = "price update"
const DISCRIMINATOR = "22f123639d7ef4cd"
const VERIFICATION_OFFSET = 40
const FEED_ID_LENGTH = 32
const MESSAGE_AND_SLOT = 92

/** @throws LayoutError when the data is no price update. */
export function decodePriceUpdate(data: Uint8Array): PriceUpdate {
  checkDiscriminator(WHAT, data, DISCRIMINATOR)
  const level = viewOf(WHAT, data, VERIFICATION_OFFSET + 2).getUint8(VERIFICATION_OFFSET)
  if (level > 1) throw new LayoutError(WHAT, `unknown verification level ${level}`)
  const isFull = level === 1
  const message = VERIFICATION_OFFSET + (isFull ? 1 : 2)
  const view = viewOf(WHAT, data, message + MESSAGE_AND_SLOT)
  const price = message + FEED_ID_LENGTH
  return {
    feedId: `0x${Buffer.from(data.subarray(message, price)).toString("hex")}`,
    verification: isFull ? "full" : view.getUint8(VERIFICATION_OFFSET + 1),
    mantissa: view.getBigInt64(price, true),
    confidence: view.getBigUint64(price + 8, true),
    exponent: view.getInt32(price + 16, true),
    publishTime: view.getBigInt64(price + 20, true),
  }
}
