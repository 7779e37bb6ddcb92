/**
 * EVM addresses and 32-byte words as they enter from configuration.
 * A mistyped address must fail at start, not read somebody else's contract: mixed case has to match EIP-55.
 */
import { getAddress, type Hex, type Address as Holder, isAddress, isHex, size } from "viem"
import { z } from "zod"

/** A 20-byte address, all lower case or correctly checksummed; comes out checksummed. */
export const evmAddress = z
  .string()
  .refine((text): text is Holder => isAddress(text), {
    error: "must be 0x and 40 hex digits, all lower case or with the right EIP-55 checksum",
  })
  .transform((text): Holder => getAddress(text))

/** 32 bytes as `0x` and 64 hex digits, e.g. a Pyth feed id; comes out in lower case. */
export const bytes32 = z
  .string()
  .toLowerCase()
  .refine((text): text is Hex => isHex(text) && size(text) === 32 && text.length === 66, {
    error: "must be 0x and 64 hex digits",
  })
