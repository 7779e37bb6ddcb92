/**
 * Many calls to one endpoint in few requests, a few at a time. A batch whose answer is too long is halved, so that
 * one owner with a huge number of token accounts is the only one who goes unread.
 */
import { ChainFault } from "../chain-fault.js"
import type { RpcAnswer, RpcCall, RpcEndpoint } from "./rpc.js"

/** Public endpoints refuse longer batches. */
const MOST_CALLS = 100
/** Requests under way at a time: more only trips rate limits. */
const MOST_REQUESTS = 4

/** One answer a call, in order. @throws ChainFault when the endpoint fails as a whole. */
export async function ask(
  endpoint: RpcEndpoint,
  calls: readonly RpcCall[],
  signal: AbortSignal,
): Promise<readonly RpcAnswer[]> {
  const batches = Array.from({ length: Math.ceil(calls.length / MOST_CALLS) }, (_, index) =>
    calls.slice(index * MOST_CALLS, (index + 1) * MOST_CALLS),
  )
  const answers: (readonly RpcAnswer[])[] = []
  const waiting = batches.entries()
  const worker = async () => {
    for (const [index, batch] of waiting) answers[index] = await askHalving(endpoint, batch, signal)
  }
  await Promise.all(Array.from({ length: MOST_REQUESTS }, worker))
  return answers.flat()
}

async function askHalving(
  endpoint: RpcEndpoint,
  calls: readonly RpcCall[],
  signal: AbortSignal,
): Promise<readonly RpcAnswer[]> {
  try {
    return await endpoint.batch(calls, signal)
  } catch (error) {
    if (!(error instanceof ChainFault) || error.code !== "RESPONSE_LIMIT") throw error
    if (calls.length === 1) return [{ status: "refused", code: error.code, detail: error.message }]
    const half = Math.ceil(calls.length / 2)
    const first = await askHalving(endpoint, calls.slice(0, half), signal)
    return [...first, ...(await askHalving(endpoint, calls.slice(half), signal))]
  }
}
