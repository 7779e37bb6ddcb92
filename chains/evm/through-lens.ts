/**
 * A round of calls through the lens at the pinned block: what concerns one holder goes in one request, so that the
 * number of requests grows with the holders and not with what is asked about each.
 */
import { isHex } from "viem"
import { ChainFault } from "../chain-fault.js"
import type { EvmCall, EvmCallResult } from "./adapter.js"
import { checkProof } from "./block-proof.js"
import { decodeLens, firstWordOf, LENS, LENS_OVERRIDE, LensRequest } from "./lens.js"
import { multicall, type PinnedCalls, type PinnedPlace } from "./multicall.js"

/** Holders in one request; measured, see docs/performance.md. */
const MOST_WORDS = 520

/** @throws ChainFault RPC_REFUSED when the node does not take state overrides; others when the pinned state cannot be read. */
export const throughLens: PinnedCalls = async (place, calls, signal) => {
  const results: EvmCallResult[] = []
  await Promise.all(requestsFor(calls).map(places => answerInto(results, place, calls, places, signal)))
  return results
}

/** Places of the calls, divided into requests by the first word of their arguments. */
function requestsFor(calls: readonly EvmCall[]): readonly number[][] {
  const requests: number[][] = [[]]
  const requestOf = new Map<string, number[]>()
  let holders = 0
  calls.forEach((call, place) => {
    const holder = firstWordOf(call)
    let request = requestOf.get(holder)
    if (!request) {
      if (holder !== "" && holders++ === MOST_WORDS) {
        holders = 1
        requests.push([])
      }
      request = requests.at(-1) ?? []
      requestOf.set(holder, request)
    }
    request.push(place)
  })
  return requests
}

/**
 * Asks until every call ran. What the gas did not suffice for is asked again in requests of the size that it did, and
 * a request that the node finds too big as a whole is halved.
 */
async function answerInto(
  results: EvmCallResult[],
  place: PinnedPlace,
  calls: readonly EvmCall[],
  places: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const again = (parts: readonly (readonly number[])[]) =>
    Promise.all(parts.map(part => answerInto(results, place, calls, part, signal)))
  try {
    const answered = await ask(place, calls, places, signal)
    answered.forEach((result, index) => {
      const at = places[index]
      if (at !== undefined) results[at] = result
    })
    if (answered.length < places.length) await again(inParts(places.slice(answered.length), answered.length))
  } catch (error) {
    const tooBig = error instanceof ChainFault && (error.code === "GAS_CAP" || error.code === "RESPONSE_LIMIT")
    if (!tooBig || places.length < 2) throw error
    await again(inParts(places, Math.ceil(places.length / 2)))
  }
}

const inParts = (places: readonly number[], size: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(places.length / size) }, (_, index) => places.slice(index * size, (index + 1) * size))

/** Results of the first calls, at least of one. */
async function ask(
  { endpoint, head, blockContext }: PinnedPlace,
  calls: readonly EvmCall[],
  places: readonly number[],
  signal: AbortSignal,
): Promise<readonly EvmCallResult[]> {
  const request = new LensRequest()
  for (const place of places) {
    if (request.isFull) break
    const call = calls[place]
    if (call) request.add(call)
  }
  const block = { blockHash: head.pin.blockHash, requireCanonical: true }
  const transaction = { to: LENS, data: request.encode() }
  const output = await endpoint.request("eth_call", [transaction, block, LENS_OVERRIDE], signal)
  if (output === "0x") throw new ChainFault("RPC_REFUSED", "the node ignores state overrides")
  if (!isHex(output)) throw new ChainFault("DECODE", "eth_call did not return bytes")
  const { block: shown, results } = decodeLens(output, request.size)
  checkProof(shown, head, blockContext)
  if (results.length === 0) throw new ChainFault("GAS_CAP", "the node's gas does not suffice for one call")
  return results
}

/** Through the lens where a node takes it, through Multicall3 at the same block where it does not. */
export function lensOrMulticall(): PinnedCalls {
  const refusing = new Set<string>()
  return async (place, calls, signal) => {
    const { host } = place.endpoint
    if (refusing.has(host)) return await multicall(place, calls, signal)
    try {
      return await throughLens(place, calls, signal)
    } catch (error) {
      if (!(error instanceof ChainFault) || error.code !== "RPC_REFUSED") throw error
      const results = await multicall(place, calls, signal)
      refusing.add(host)
      return results
    }
  }
}
