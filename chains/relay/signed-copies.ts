/**
 * Signed copies of published messages from the guardians' APIs: each asked for until there is one that is what was
 * published, then kept, so that all chains share it.
 */
import type { OutboundMessage } from "../../aggregator/domain/outbox.js"
import { described } from "../chain-fault.js"
import { fetchSignedVaa } from "../wormhole/guardian-api.js"
import { decodePayload } from "../wormhole/payload.js"
import { parseVaa } from "../wormhole/vaa.js"

export type SignedCopy = { readonly vaa: Uint8Array } | { readonly vaa: null; readonly reason: string }

export interface SignedCopies {
  /** One round of questions, shared by who asks at the same moment. Rejects only with what `onSigned` throws. */
  of(message: OutboundMessage, signal: AbortSignal): Promise<SignedCopy>
}

/** Epochs whose copies are kept: only the newest are ever sent. */
const KEPT = 16

/**
 * @param apis asked in this order until one has it.
 * @param onSigned told of each copy, before anybody gets it.
 */
export function signedCopies(
  apis: readonly string[],
  onSigned: (epoch: bigint, vaa: Uint8Array) => Promise<void>,
): SignedCopies {
  const kept = new Map<bigint, SignedCopy>()
  const asked = new Map<bigint, Promise<SignedCopy>>()

  async function ask(message: OutboundMessage, signal: AbortSignal): Promise<SignedCopy> {
    const reasons: string[] = []
    for (const api of apis) {
      const answer = await fetchSignedVaa(api, message, signal)
      if (answer.status === "unavailable") reasons.push(answer.reason)
      if (answer.status !== "signed") continue
      const problem = problemWith(answer.bytes, message)
      if (problem === null) {
        await onSigned(message.epoch, answer.bytes)
        return { vaa: answer.bytes }
      }
      reasons.push(`${new URL(api).host}: ${problem}`)
    }
    return { vaa: null, reason: ["waiting for the guardians' signatures", ...reasons].join("; ") }
  }

  return {
    async of(message, signal) {
      const { epoch } = message
      const known = kept.get(epoch)
      if (known) return known
      const asking = asked.get(epoch) ?? ask(message, signal).finally(() => asked.delete(epoch))
      asked.set(epoch, asking)
      const copy = await asking
      if (copy.vaa) kept.set(epoch, copy)
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT) break
        kept.delete(oldest)
      }
      return copy
    },
  }
}

/** An API may answer with another message: what is carried must be what was published. */
function problemWith(bytes: Uint8Array, message: OutboundMessage): string | null {
  try {
    const vaa = parseVaa(bytes)
    const { epoch, root } = decodePayload(vaa.payload)
    const same = vaa.sequence === message.sequence && epoch === message.epoch && root === message.root
    return same ? null : `it answered with epoch ${epoch}, root ${root}`
  } catch (error) {
    return `it answered with something else: ${described(error)}`
  }
}
