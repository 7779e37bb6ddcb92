/**
 * Wallets that sign what they are shown: EVM keys and Solana keys, each with the address it has on a chain of the tests.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { privateKeyToAccount } from "viem/accounts"
import { type Address, addressOn, type ChainId } from "../../aggregator/domain/caip.js"
import { encodeBase58 } from "../../chains/solana/base58.js"

export interface Wallet {
  readonly address: Address
  sign(message: string): Promise<string>
}

/** @param number 1 to 255: whose key. */
export function evmWallet(chain: ChainId, number: number): Wallet {
  const account = privateKeyToAccount(`0x${number.toString(16).padStart(2, "0").repeat(32)}`)
  return { address: addressOn(chain, account.address), sign: message => account.signMessage({ message }) }
}

export function solanaWallet(chain: ChainId, number: number): Wallet {
  const secret = new Uint8Array(32).fill(number)
  return {
    address: addressOn(chain, encodeBase58(ed25519.getPublicKey(secret))),
    sign: async message => encodeBase58(ed25519.sign(new TextEncoder().encode(message), secret)),
  }
}
