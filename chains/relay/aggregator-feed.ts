/**
 * What an aggregator has published lately, over HTTP. Nothing of it is trusted: what is sent to a chain is what the
 * guardians signed, and an answer that is wrong only costs time.
 */
import { z } from "zod"
import type { OutboundMessage } from "../../aggregator/domain/outbox.js"
import { ChainFault, described } from "../chain-fault.js"
import type { Origin } from "./relay.js"

const TIMEOUT_MS = 10_000
const NOT_READY = 503

const published = z.object({
  epoch: z
    .string()
    .regex(/^\d{1,19}$/)
    .transform(BigInt),
  root: z.custom<`0x${string}`>(text => typeof text === "string" && /^0x[0-9a-f]{64}$/.test(text)),
  timestamp: z.int().nonnegative(),
  validity: z.int().nonnegative(),
  publication: z
    .object({
      sequence: z
        .string()
        .regex(/^\d{1,20}$/)
        .transform(BigInt),
    })
    .nullable(),
})

export interface AggregatorFeed {
  /** Host and port only. */
  readonly host: string
  /** The newest epoch if it is published; `null` when there is none. @throws ChainFault */
  newest(signal: AbortSignal): Promise<OutboundMessage | null>
  /** The text of what an epoch commits to; `null` when the aggregator does not keep it. @throws ChainFault */
  commitment(epoch: bigint, signal: AbortSignal): Promise<string | null>
}

/** @param origin whose messages are carried. */
export function aggregatorFeed(aggregator: string, origin: Origin): AggregatorFeed {
  const base = aggregator.replace(/\/$/, "")
  const { host } = new URL(aggregator)
  const fault = (why: string) => new ChainFault("RPC_UNAVAILABLE", `the aggregator at ${host}: ${why}`)

  async function get(path: string, signal: AbortSignal): Promise<Response> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    return fetch(`${base}${path}`, { signal: limit }).catch(error => {
      throw fault(described(error))
    })
  }

  return {
    host,
    async newest(signal) {
      const response = await get("/v1/attestations/latest", signal)
      if (response.status === NOT_READY) return null
      if (!response.ok) throw fault(`HTTP ${response.status}`)
      const body: unknown = await response.json().catch(() => undefined)
      const { data } = published.safeParse(body)
      if (!data) throw fault("its answer is no attestation")
      const { epoch, root, timestamp, validity, publication } = data
      return publication && { ...origin, sequence: publication.sequence, epoch, root, expiresAt: timestamp + validity }
    },
    async commitment(epoch, signal) {
      const response = await get(`/v1/attestations/${epoch}/commitment`, signal)
      if (response.status === 404) return null
      if (!response.ok) throw fault(`HTTP ${response.status}`)
      return response.text().catch(error => {
        throw fault(described(error))
      })
    },
  }
}
