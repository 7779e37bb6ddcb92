/**
 * The guardians' public API: asks for the signed copy of a published message until there is one.
 * Polls by itself, as often as the caller says, and stops at once when told to.
 */
import { setTimeout as delay } from "node:timers/promises"
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

export interface PollOptions {
  /** Asked in turn until one has the message. */
  readonly apis: readonly string[]
  readonly intervalMs: number
}

/** Polls until the message is signed; when the signal aborts first, what stood in the way. Never rejects. */
export async function awaitSignedVaa(id: MessageId, options: PollOptions, signal: AbortSignal): Promise<SignedVaa> {
  let last: SignedVaa = { status: "pending" }
  while (!signal.aborted) {
    for (const api of options.apis) {
      const answer = await fetchSignedVaa(api, id, signal)
      if (answer.status === "signed") return answer
      if (!signal.aborted) last = answer
    }
    await delay(options.intervalMs, undefined, { signal }).catch(() => undefined)
  }
  return last
}
