/**
 * The newest attestation as the receiver program holds it in its account.
 */
import { PublicKey } from "@solana/web3.js"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { toBytes32 } from "../../aggregator/domain/leaf.js"
import type { InputGrade } from "../../aggregator/domain/pin.js"
import { LayoutError, viewOf } from "./layout.js"
import type { AttestationSource } from "./receiver-address.js"

export interface ReceiverState {
  readonly source: AttestationSource
  readonly root: Bytes32
  /** 0 before the first attestation. */
  readonly epoch: bigint
  /** Epochs below this one are withdrawn. */
  readonly revokedBelow: bigint
  /** Unix seconds. */
  readonly timestamp: bigint
  /** Seconds. */
  readonly validity: number
  readonly inputGrade: InputGrade
  readonly consistencyLevel: number
}

export const STATE_LENGTH = 137
const TAG = "PLIMHLS1"
const GRADES = ["single", "quorum", "query"] as const satisfies readonly InputGrade[]

/**
 * tag 0 · epoch u64 8 · revoked below u64 16 · timestamp u64 24 · validity u32 32 · grade u8 36 · consistency u8 37 ·
 * emitter's chain u16, big-endian 38 · emitter 40 · root 72 · core bridge 104 · bump 136; otherwise little-endian.
 *
 * @throws LayoutError when the account is not the program's or does not hold a state.
 */
export function decodeReceiverState(
  program: PublicKey,
  { owner, data }: { readonly owner: string; readonly data: Uint8Array },
): ReceiverState {
  const what = "receiver state"
  if (owner !== program.toBase58()) throw new LayoutError(what, `owned by ${owner}`)
  const view = viewOf(what, data, STATE_LENGTH)
  const grade = GRADES[view.getUint8(36)]
  if (data.length !== STATE_LENGTH) throw new LayoutError(what, `${data.length} bytes instead of ${STATE_LENGTH}`)
  if (Buffer.from(data.subarray(0, 8)).toString("latin1") !== TAG) throw new LayoutError(what, "another tag")
  if (grade === undefined) throw new LayoutError(what, `input grade ${view.getUint8(36)}`)
  return {
    source: {
      core: new PublicKey(data.subarray(104, 136)),
      wormholeChain: view.getUint16(38),
      emitter: toBytes32(data.subarray(40, 72)),
    },
    root: toBytes32(data.subarray(72, 104)),
    epoch: view.getBigUint64(8, true),
    revokedBelow: view.getBigUint64(16, true),
    timestamp: view.getBigUint64(24, true),
    validity: view.getUint32(32, true),
    inputGrade: grade,
    consistencyLevel: view.getUint8(37),
  }
}
