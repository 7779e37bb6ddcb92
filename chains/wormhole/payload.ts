/**
 * The message an epoch puts on the wire: 66 bytes, of which 32 are the root that commits to all the rest.
 * 85 bytes is the most that still fits one Solana transaction beside thirteen signatures.
 */
import {
  calcStaticLayoutSize,
  deserializeLayout,
  type Layout,
  type LayoutToType,
  serializeLayout,
} from "@wormhole-foundation/sdk-base"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import { fromBytes32, toBytes32 } from "../../aggregator/domain/leaf.js"
import type { InputGrade } from "../../aggregator/domain/pin.js"

const PAYLOAD_VERSION = 1

/** "PLIM" */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x49, 0x4d)

const payloadLayout = [
  { name: "magic", binary: "bytes", custom: MAGIC, omit: true },
  { name: "version", binary: "uint", size: 1, custom: PAYLOAD_VERSION, omit: true },
  { name: "epoch", binary: "uint", size: 8 },
  {
    name: "timestamp",
    binary: "uint",
    size: 8,
    custom: { to: (seconds: bigint) => Number(seconds), from: (seconds: number) => BigInt(seconds) },
  },
  { name: "validity", binary: "uint", size: 4 },
  {
    name: "inputGrade",
    binary: "uint",
    size: 1,
    custom: { to: gradeOf, from: (grade: InputGrade): number => INPUT_GRADES.indexOf(grade) },
  },
  { name: "revokedBelow", binary: "uint", size: 8 },
  {
    name: "root",
    binary: "bytes",
    size: 32,
    custom: { to: toBytes32, from: (root: `0x${string}`) => fromBytes32("root", root) },
  },
] as const satisfies Layout

/** On the wire a grade is its place here. */
const INPUT_GRADES = ["single", "quorum", "query"] as const satisfies readonly InputGrade[]

export const PAYLOAD_BYTES = calcStaticLayoutSize(payloadLayout)

/** What the message says: the part of an attestation that needs no proof. */
export type AttestationPayload = Readonly<LayoutToType<typeof payloadLayout>>

/** Bytes that are no attestation of this version. */
export class MalformedPayloadError extends PlimsollError {
  readonly code = "MALFORMED_PAYLOAD"
  constructor(
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`not an attestation payload: ${detail}`, options)
  }
}

/** @throws MalformedPayloadError for a revocation of epochs that do not exist yet; the layout's own for what does not fit. */
export function encodePayload(attestation: AttestationPayload): Uint8Array {
  const { epoch, timestamp, validity, inputGrade, revokedBelow, root } = attestation
  return serializeLayout(payloadLayout, checked({ epoch, timestamp, validity, inputGrade, revokedBelow, root }))
}

/**
 * A message that only withdraws: every epoch below it and itself, with no root to prove anything by. The next epoch's
 * attestation stands again.
 */
export const revocationPayload = (epoch: bigint, timestamp: number, revokedBelow = epoch + 1n): AttestationPayload => ({
  epoch,
  timestamp,
  validity: 0,
  inputGrade: "single",
  revokedBelow,
  root: toBytes32(new Uint8Array(32)),
})

/** @throws MalformedPayloadError on a wrong magic, version, length or grade, or a revocation of what does not exist yet. */
export function decodePayload(bytes: Uint8Array): AttestationPayload {
  try {
    return checked(deserializeLayout(payloadLayout, bytes))
  } catch (cause) {
    throw new MalformedPayloadError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function checked(payload: AttestationPayload): AttestationPayload {
  if (payload.revokedBelow <= payload.epoch + 1n) return payload
  throw new MalformedPayloadError(`epoch ${payload.epoch} revokes epochs below ${payload.revokedBelow}`)
}

function gradeOf(code: number): InputGrade {
  const grade = INPUT_GRADES[code]
  if (grade === undefined) throw new MalformedPayloadError(`input grade ${code}`)
  return grade
}
