/**
 * Solana keys and blockhashes, base58 of 32 bytes, as hex.
 */
import { PublicKey } from "@solana/web3.js"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"

/** @throws Error when the text is not base58 of at most 32 bytes. */
export const base58Bytes32 = (text: string): Bytes32 => `0x${new PublicKey(text).toBuffer().toString("hex")}`
