/**
 * Reading account data by offset, with an error that says what was expected.
 */
import { PublicKey } from "@solana/web3.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"

export class LayoutError extends PlimsollError {
  readonly code = "LAYOUT"
  constructor(
    readonly what: string,
    readonly problem: string,
  ) {
    super(`is no ${what}: ${problem}`)
  }
}

/** @throws LayoutError when there are fewer bytes than the layout needs. */
export function viewOf(what: string, data: Uint8Array, length: number): DataView {
  if (data.length < length) throw new LayoutError(what, `${data.length} bytes instead of ${length}`)
  return new DataView(data.buffer, data.byteOffset, data.byteLength)
}

export const KEY_LENGTH = 32

/** The key at an offset, base58. */
export const keyAt = (data: Uint8Array, offset: number): string =>
  new PublicKey(data.subarray(offset, offset + KEY_LENGTH)).toBase58()

/**
 * The eight bytes with which an Anchor program says what an account is.
 *
 * @param discriminator hex, lower case.
 * @throws LayoutError when the data begins otherwise.
 */
export function checkDiscriminator(what: string, data: Uint8Array, discriminator: string): void {
  const found = Buffer.from(data.subarray(0, discriminator.length / 2)).toString("hex")
  if (found !== discriminator) throw new LayoutError(what, `it begins with ${found || "nothing"}`)
}
