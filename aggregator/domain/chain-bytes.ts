/**
 * How chains write their addresses and block hashes as 32 bytes in an attestation, by CAIP-2 namespace.
 * Pure, so that a browser derives the same leaves as the service.
 */
import type { Bytes32 } from "./attestation.js"
import type { ChainId } from "./caip.js"
import { InvalidIdError } from "./errors.js"

const BYTES = 32
const HEX = /^0x([0-9a-fA-F]{0,64})$/
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

/**
 * An address or a block hash of a chain: EVM's left-padded, Solana's as is.
 *
 * @throws InvalidIdError when the text is neither, or the chain is of another family.
 */
export function chainBytes32(chain: ChainId, text: string): Bytes32 {
  if (chain.startsWith("eip155:")) return evmBytes32(text)
  if (chain.startsWith("solana:")) return base58Bytes32(text)
  throw new InvalidIdError("chain whose addresses can be attested (eip155 or solana)", chain)
}

/** Left-pads hex text to 32 bytes, lower case. @throws InvalidIdError when it is not hex of at most 32 bytes. */
export function evmBytes32(text: string): Bytes32 {
  const digits = HEX.exec(text)?.[1]
  if (digits === undefined) throw new InvalidIdError("hex text of at most 32 bytes", text)
  return `0x${digits.toLowerCase().padStart(2 * BYTES, "0")}`
}

/** A Solana key or blockhash. @throws InvalidIdError when the text is not base58 of exactly 32 bytes. */
export function base58Bytes32(text: string): Bytes32 {
  let value = 0n
  for (const letter of text) {
    const digit = BASE58.indexOf(letter)
    if (digit < 0) throw new InvalidIdError("base58 text", text)
    value = value * 58n + BigInt(digit)
  }
  // A leading 1 stands for a leading zero byte, which the number itself does not show.
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  const digits = value === 0n ? "" : value.toString(16)
  if (zeros + Math.ceil(digits.length / 2) !== BYTES) throw new InvalidIdError("base58 text of 32 bytes", text)
  return `0x${digits.padStart(2 * BYTES, "0")}`
}
