/**
 * How each configured chain writes its addresses and block hashes as 32 bytes in an attestation.
 */
import type { Bytes32, ChainEncoding } from "../aggregator/domain/attestation.js"
import type { ChainId } from "../aggregator/domain/caip.js"
import type { ChainConfig } from "./chain-config.js"
import { evmBytes32 } from "./evm/bytes32.js"
import { base58Bytes32 } from "./solana/bytes32.js"

/** One encoding a chain: EVM addresses are left-padded, Solana's keys and blockhashes are 32 bytes already. */
export function encodingsOf(chains: readonly ChainConfig[]): ReadonlyMap<ChainId, ChainEncoding> {
  return new Map(chains.map(({ chain, kind, wormholeChain }) => [chain, { wormholeChain, ...WRITERS[kind] }]))
}

type Writer = (text: string) => Bytes32

const WRITERS: Readonly<Record<ChainConfig["kind"], { holderBytes: Writer; hashBytes: Writer }>> = {
  evm: { holderBytes: evmBytes32, hashBytes: evmBytes32 },
  solana: { holderBytes: base58Bytes32, hashBytes: base58Bytes32 },
}
