/**
 * What the devnet's guardians put their signatures under: the body of a VAA, signed by a quorum of the nineteen.
 */
import { toChain } from "@wormhole-foundation/sdk-base"
import { createVAA, Signature, secp256k1, serialize, UniversalAddress } from "@wormhole-foundation/sdk-definitions"
import { hexToBytes } from "viem"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { quorumOf, signingDigest } from "../wormhole/vaa.js"
import { DEV_GUARDIANS, type DevGuardian } from "./guardian-keys.js"

export interface WormholeMessage {
  readonly emitterChain: number
  readonly emitter: Bytes32
  readonly sequence: bigint
  /** Unix seconds of the block that holds the message. */
  readonly timestamp: number
  readonly nonce: number
  readonly consistencyLevel: number
  readonly payload: Uint8Array
}

/** Thirteen of the nineteen, others for each message, as it is on the main network: consumers must take any quorum. */
export function signersOf(sequence: bigint): readonly DevGuardian[] {
  const count = DEV_GUARDIANS.length
  const first = Number(sequence % BigInt(count))
  return DEV_GUARDIANS.filter(({ index }) => (index * 5 + first) % count < quorumOf(count))
}

/** Serialises the message with the signatures of the given guardians, in their order, under the number of their set. */
export function signMessage(message: WormholeMessage, signers: readonly DevGuardian[], guardianSet = 0): Uint8Array {
  const unsigned = createVAA("Uint8Array", {
    guardianSet,
    signatures: [],
    timestamp: message.timestamp,
    nonce: message.nonce,
    emitterChain: toChain(message.emitterChain),
    emitterAddress: new UniversalAddress(message.emitter),
    sequence: message.sequence,
    consistencyLevel: message.consistencyLevel,
    payload: message.payload,
  })
  const digest = signingDigest(unsigned)
  const signatures = signers.map(({ index, privateKey }) => {
    const { r, s, recovery } = secp256k1.sign(digest, hexToBytes(privateKey))
    return { guardianIndex: index, signature: new Signature(r, s, recovery) }
  })
  return serialize({ ...unsigned, signatures })
}
