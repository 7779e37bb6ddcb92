/**
 * EVM addresses and hashes as 32 bytes.
 */
import { type Hex, isHex, pad } from "viem"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"

/**
 * Left-pads hex text to 32 bytes, lower case.
 *
 * @throws TypeError when the text is not hex; SizeExceedsPaddingSizeError when it is longer than 32 bytes.
 */
export function evmBytes32(text: string): Bytes32 {
  const lower = text.toLowerCase()
  if (!isHex(lower)) throw new TypeError(`"${text}" is not hex`)
  return pad<Hex>(lower, { size: 32 })
}
