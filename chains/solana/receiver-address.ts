/**
 * Where the receiver program keeps an attestation: at an address derived from whom it trusts for it.
 * A consumer that derives the address itself needs no list of good accounts.
 */
import { PublicKey } from "@solana/web3.js"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { fromBytes32 } from "../../aggregator/domain/leaf.js"

/** Whose messages a state takes, and whose guardians have to sign them. */
export interface AttestationSource {
  /** The Wormhole core bridge program on this Solana. */
  readonly core: PublicKey
  readonly wormholeChain: number
  readonly emitter: Bytes32
}

export interface SolanaReceiver {
  readonly program: PublicKey
  readonly source: AttestationSource
}

/** @throws LeafEncodingError when the emitter is not 32 bytes. */
export function stateAddress({ program, source }: SolanaReceiver): PublicKey {
  const seeds = [Buffer.from("margin-health"), source.core.toBytes(), uint16(source.wormholeChain)]
  const [address] = PublicKey.findProgramAddressSync([...seeds, fromBytes32("emitter", source.emitter)], program)
  return address
}

/** The core bridge's account of a guardian set, and the bump of its address. */
export function guardianSetAddress(core: PublicKey, index: number): readonly [PublicKey, number] {
  return PublicKey.findProgramAddressSync([Buffer.from("GuardianSet"), uint32(index)], core)
}

/** Big-endian. */
export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

/** Big-endian. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
