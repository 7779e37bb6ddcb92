/**
 * Signed messages (VAAs) off chain: read one, and check its signatures the way the core contract does.
 * The relayer checks before it pays gas; the verdict that counts is the contract's.
 */
import { deserialize, keccak256, type Signature, secp256k1, type VAA } from "@wormhole-foundation/sdk-definitions"
import { PlimsollError } from "../../aggregator/domain/errors.js"

export type SignedMessage = VAA<"Uint8Array">

/** The addresses of a guardian set's keys in their order, 20 bytes each as lower-case hex with `0x`. */
export interface GuardianSet {
  readonly index: number
  readonly guardians: readonly string[]
}

export class MalformedVaaError extends PlimsollError {
  readonly code = "MALFORMED_VAA"
  constructor(cause: unknown) {
    super("the bytes are no VAA; fetch it again from a guardian API", { cause })
  }
}

export class InvalidVaaError extends PlimsollError {
  readonly code = "INVALID_VAA"
  constructor(readonly detail: string) {
    super(`the VAA is not valid: ${detail}`)
  }
}

/** @throws MalformedVaaError when the bytes are no VAA, or signatures are not in ascending order of guardian. */
export function parseVaa(bytes: Uint8Array): SignedMessage {
  try {
    return deserialize("Uint8Array", bytes)
  } catch (cause) {
    throw new MalformedVaaError(cause)
  }
}

/** Signatures that a guardian set must give: more than two thirds. */
export const quorumOf = (guardians: number): number => Math.floor((guardians * 2) / 3) + 1

/** What guardians sign: keccak256 of the body's hash. */
export const signingDigest = (vaa: SignedMessage): Uint8Array => keccak256(vaa.hash)

/** @throws InvalidVaaError unless a quorum of the set signed this very body. */
export function requireQuorum(vaa: SignedMessage, set: GuardianSet): void {
  if (vaa.guardianSet !== set.index) throw new InvalidVaaError(`signed by guardian set ${vaa.guardianSet}`)
  requireSignatures(signingDigest(vaa), vaa.signatures, set.guardians)
}

export interface GuardianSignature {
  readonly guardianIndex: number
  readonly signature: Signature
}

/**
 * @param guardians as in a guardian set.
 * @throws InvalidVaaError unless a quorum of the guardians signed the digest, in ascending order.
 */
export function requireSignatures(
  digest: Uint8Array,
  signatures: readonly GuardianSignature[],
  guardians: readonly string[],
): void {
  const quorum = quorumOf(guardians.length)
  if (signatures.length < quorum) throw new InvalidVaaError(`${signatures.length} of ${quorum} signatures`)
  let last = -1
  for (const { guardianIndex, signature } of signatures) {
    const guardian = guardians[guardianIndex]
    if (guardianIndex <= last || guardian === undefined) throw new InvalidVaaError(`guardian index ${guardianIndex}`)
    if (signerOf(signature, digest) !== guardian) throw new InvalidVaaError(`signature of guardian ${guardianIndex}`)
    last = guardianIndex
  }
}

/** The address whose key made a signature; `null` when no key could have. */
function signerOf({ r, s, v }: Signature, digest: Uint8Array): string | null {
  try {
    const key = new secp256k1.Signature(r, s).addRecoveryBit(v).recoverPublicKey(digest).toRawBytes(false)
    return `0x${Buffer.from(keccak256(key.subarray(1)).subarray(12)).toString("hex")}`
  } catch {
    return null
  }
}
