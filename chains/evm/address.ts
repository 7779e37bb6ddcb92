/**
 * EVM addresses and 32-byte words as they enter from configuration.
 * A mistyped address must fail at start, not read somebody else's contract: mixed case has to match EIP-55.
 */
import { getAddress, type Hex, type Address as Holder, isAddress, isHex } from "viem"
import { z } from "zod"

/** A 20-byte address, all lower case or correctly checksummed; comes out checksummed. */
export const evmAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, { abort: true, error: "must be 0x and 40 hex digits" })
  .refine((text): text is Holder => isAddress(text), "must be all lower case or have the right EIP-55 checksum")
  .transform((text): Holder => getAddress(text))

/** 32 bytes as `0x` and 64 hex digits, e.g. a Pyth feed id; comes out in lower case. */
export const bytes32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, { abort: true, error: "must be 0x and 64 hex digits" })
  .toLowerCase()
  .refine((text): text is Hex => isHex(text))
