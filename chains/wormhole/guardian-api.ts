/**
 * The guardians' public API: asks one endpoint once for the signed copy of a published message.
 */
import { z } from "zod"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"

/** Which message: an emitter's n-th on its chain. */
export interface MessageId {
  readonly emitterChain: number
  readonly emitter: Bytes32
  readonly sequence: bigint
}

export type SignedVaa =
  | { readonly status: "signed"; readonly bytes: Uint8Array }
  /** Not (yet) signed by a quorum. */
  | { readonly status: "pending" }
  /** The endpoint did not answer, or answered something else. */
  | { readonly status: "unavailable"; readonly reason: string }

const answerSchema = z.object({ vaaBytes: z.base64() })
const REQUEST_TIMEOUT_MS = 10_000

/** Asks one endpoint once. Never rejects. */
export async function fetchSignedVaa(api: string, id: MessageId, signal: AbortSignal): Promise<SignedVaa> {
  const url = `${api.replace(/\/$/, "")}/v1/signed_vaa/${id.emitterChain}/${id.emitter.slice(2)}/${id.sequence}`
  // Only the host goes into a reason: the rest of a URL may carry a key.
  const unavailable = (why: string): SignedVaa => ({ status: "unavailable", reason: `${new URL(api).host}: ${why}` })
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]) })
    if (response.status === 404) return { status: "pending" }
    if (!response.ok) return unavailable(`HTTP ${response.status}`)
    const answer = answerSchema.parse(await response.json())
    return { status: "signed", bytes: Buffer.from(answer.vaaBytes, "base64") }
  } catch (error) {
    return unavailable(error instanceof Error ? error.message : String(error))
  }
}
