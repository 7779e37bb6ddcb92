/**
 * Who holds something on an EVM chain.
 */
import { getAddress, type Address as Holder, isAddress } from "viem"

/** The address that a text spells in whatever case, checksummed; `undefined` when it is none. */
export const holderIn = (text: string): Holder | undefined =>
  isAddress(text, { strict: false }) ? getAddress(text) : undefined
