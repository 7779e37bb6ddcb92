/**
 * One chain behind several endpoints: a pass whose state moved is begun again, an endpoint that cannot be used hands
 * over to the next, and what is left when none can is a reading too.
 */
import { setMaxListeners } from "node:events"
import type { Address, ChainId } from "../../aggregator/domain/caip.js"
import type { ChainReader } from "../../aggregator/domain/ports.js"
import type { ChainFaultCode, ChainReading, Dissent } from "../../aggregator/domain/reading.js"
import { ChainFault, faultOf } from "../chain-fault.js"
import { dissentOf } from "./vote.js"

export interface Failover<Endpoint extends { readonly host: string }> {
  readonly chain: ChainId
  /** Tried in this order. */
  readonly endpoints: readonly Endpoint[]
  /** Reads everything at one endpoint under one pin. What it throws is the fault that prevented it. */
  pass(endpoint: Endpoint, addresses: readonly Address[], signal: AbortSignal): Promise<ChainReading>
}

/** The state went away under the pass, which a pass on a newer state may not meet. */
const MOVED: ReadonlySet<ChainFaultCode> = new Set(["PIN_LOST", "PIN_SKEW"])
/** How often a pass is begun at one endpoint. */
const MOST_PASSES = 3

/**
 * A reader that never rejects. Endpoints that failed before one could be read are named as dissents of the reading;
 * when none can, all are named and the code is that of the first.
 */
export function readWithFailover<Endpoint extends { readonly host: string }>({
  chain,
  endpoints,
  pass,
}: Failover<Endpoint>): ChainReader {
  async function passesAt(endpoint: Endpoint, addresses: readonly Address[], signal: AbortSignal) {
    for (let passes = 1; ; passes++) {
      try {
        return await scoped(signal, scope => pass(endpoint, addresses, scope))
      } catch (error) {
        const fault = faultOf(error)
        if (!MOVED.has(fault.code) || passes === MOST_PASSES || signal.aborted) return fault
      }
    }
  }

  return {
    chain,
    async read(addresses, signal) {
      const failures: { host: string; fault: ChainFault }[] = []
      for (const endpoint of endpoints) {
        if (signal.aborted) break
        const outcome = await passesAt(endpoint, addresses, signal)
        if (!(outcome instanceof ChainFault)) {
          return withDissents(
            outcome,
            failures.map(({ host, fault }) => dissentOf(host, fault)),
          )
        }
        failures.push({ host: endpoint.host, fault: outcome })
      }
      const detail = failures.map(({ host, fault }) => `${host}: ${fault.message}`).join("; ")
      const code = failures[0]?.fault.code ?? "RPC_UNAVAILABLE"
      return { status: "unavailable", chain, code, detail: detail || "the read was aborted" }
    },
  }
}

/** Notes what went wrong elsewhere before those of the pass itself; a reading that all agreed on stays as it is. */
export function withDissents(reading: ChainReading, dissents: readonly Dissent[]): ChainReading {
  if (reading.status !== "ok" || dissents.length === 0) return reading
  return { ...reading, dissents: [...dissents, ...(reading.dissents ?? [])] }
}

/** Runs work under a signal of its own, which nothing outlives: neither a request nor a listener on the caller's signal. */
async function scoped<T>(signal: AbortSignal, work: (scope: AbortSignal) => Promise<T>): Promise<T> {
  const scope = new AbortController()
  // Each request of a round listens; Node warns beyond ten, taking them for a leak.
  setMaxListeners(0, scope.signal)
  const abort = () => scope.abort()
  signal.addEventListener("abort", abort, { once: true })
  try {
    return await work(scope.signal)
  } finally {
    signal.removeEventListener("abort", abort)
    abort()
  }
}
