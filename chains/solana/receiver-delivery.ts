/**
 * A signed attestation as one Solana transaction: thirteen signatures, and nothing that the program knows already.
 */
import { ComputeBudgetProgram, TransactionInstruction } from "@solana/web3.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import { toBytes32 } from "../../aggregator/domain/leaf.js"
import { InvalidVaaError, parseVaa } from "../wormhole/vaa.js"
import { guardianSetAddress, type SolanaReceiver, stateAddress } from "./receiver-address.js"

/** The message is not from the emitter whose state it would go to. */
export class ForeignMessageError extends PlimsollError {
  readonly code = "FOREIGN_MESSAGE"
  constructor(
    readonly wormholeChain: number,
    readonly emitter: string,
  ) {
    super(`the message is from ${emitter} on Wormhole chain ${wormholeChain}, which this receiver does not follow`)
  }
}

export interface DeliveryOptions {
  /** Whose account of keys is shown to the program; default the one that the message names (nobody signs that number). */
  readonly guardianSet?: number
  /** Priority fee, millionths of a lamport for each compute unit. */
  readonly microLamports?: bigint
}

/** Thirteen signatures take 25,000 units each, the default of 200,000 a transaction is not enough. */
export const DELIVERY_COMPUTE_UNITS = 340_000

/** More do not fit a transaction; a set of nineteen needs no more. */
const MAX_SIGNATURES = 13
/** The program takes who signed as three bytes. */
const MAX_GUARDIANS = 24
const DELIVER = 1

// VAA:  0 version | 1 guardian set | 5 count | 6 signatures: index, r, s, recovery id | body
const SET_AT = 1
const SIGNATURES_AT = 6
const SIGNED_LENGTH = 66
// Body:  0 time | 4 nonce | 8 emitter chain | 10 emitter | 42 sequence | 50 consistency level | 51 payload
const EMITTER_CHAIN_AT = 8
const EMITTER_AT = 10
const SEQUENCE_AT = 42

/**
 * The instructions of a delivery: compute limit, priority fee if any, and the attestation itself.
 *
 * @throws MalformedVaaError; ForeignMessageError; InvalidVaaError when a signature cannot be said in the program's form.
 */
export function deliveryInstructions(
  receiver: SolanaReceiver,
  vaa: Uint8Array,
  { guardianSet, microLamports }: DeliveryOptions = {},
): readonly TransactionInstruction[] {
  parseVaa(vaa)
  const { wormholeChain, emitter, core } = receiver.source
  const { set, signatures, body } = partsOf(vaa)
  const fromChain = body.readUInt16BE(EMITTER_CHAIN_AT)
  const from = toBytes32(body.subarray(EMITTER_AT, SEQUENCE_AT))
  if (fromChain !== wormholeChain || from !== emitter) throw new ForeignMessageError(fromChain, from)
  const [guardians, bump] = guardianSetAddress(core, guardianSet ?? set)
  const deliver = new TransactionInstruction({
    programId: receiver.program,
    keys: [
      { pubkey: stateAddress(receiver), isSigner: false, isWritable: true },
      { pubkey: guardians, isSigner: false, isWritable: false },
    ],
    data: Buffer.concat([
      Uint8Array.of(DELIVER, bump),
      bits(signatures.map(({ guardian }) => guardian)),
      bits(signatures.filter(({ recoveryId }) => recoveryId === 1).map(({ guardian }) => guardian)),
      ...signatures.map(({ rs }) => rs),
      body.subarray(0, EMITTER_CHAIN_AT),
      body.subarray(SEQUENCE_AT),
    ]),
  })
  const limit = ComputeBudgetProgram.setComputeUnitLimit({ units: DELIVERY_COMPUTE_UNITS })
  return microLamports === undefined
    ? [limit, deliver]
    : [limit, ComputeBudgetProgram.setComputeUnitPrice({ microLamports }), deliver]
}

interface GuardianSignature {
  readonly guardian: number
  readonly rs: Uint8Array
  readonly recoveryId: number
}

/** The parts of a VAA that is known to be one; of its signatures the first thirteen. */
function partsOf(vaa: Uint8Array) {
  const bytes = Buffer.from(vaa)
  const count = bytes.readUInt8(SIGNATURES_AT - 1)
  const signatures = Array.from({ length: Math.min(count, MAX_SIGNATURES) }, (_, i) => {
    const at = SIGNATURES_AT + i * SIGNED_LENGTH
    return signatureOf(bytes.subarray(at, at + SIGNED_LENGTH))
  })
  return { set: bytes.readUInt32BE(SET_AT), signatures, body: bytes.subarray(SIGNATURES_AT + count * SIGNED_LENGTH) }
}

function signatureOf(signed: Buffer): GuardianSignature {
  const guardian = signed.readUInt8(0)
  const recoveryId = signed.readUInt8(SIGNED_LENGTH - 1)
  if (guardian >= MAX_GUARDIANS) throw new InvalidVaaError(`guardian index ${guardian}`)
  if (recoveryId > 1) throw new InvalidVaaError(`recovery id ${recoveryId}`)
  return { guardian, rs: signed.subarray(1, SIGNED_LENGTH - 1), recoveryId }
}

/** Three bytes, little-endian, with a bit for each guardian. */
function bits(guardians: readonly number[]): Uint8Array {
  const set = guardians.reduce((mask, guardian) => mask | (1 << guardian), 0)
  return Uint8Array.of(set & 0xff, (set >> 8) & 0xff, set >> 16)
}
