/**
 * What the errors of Solana's nodes mean.
 * Their own codes are precise and come first; providers word what they add in codes of their own.
 */
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"
import { type ChainFault, nodeFault } from "../chain-fault.js"

/** Codes that mean one thing (rpc-client-api, custom_error.rs). */
const CODES: ReadonlyMap<number, ChainFaultCode> = new Map([
  [-32016, "PIN_SKEW"],
  [429, "RPC_RATE_LIMIT"],
])

/** First match wins. */
const WORDINGS: readonly (readonly [ChainFaultCode, RegExp])[] = [
  ["RPC_RATE_LIMIT", /rate.?limit|too many requests|request limit/i],
  ["RESPONSE_LIMIT", /(response|request|payload|body|entity|batch).*(too (large|big|long)|size|larger)/i],
]

/** Classifies a node's error object. */
export function faultOfNode(code: number, message: string): ChainFault {
  const worded = WORDINGS.find(([, wording]) => wording.test(message))?.[0]
  return nodeFault(CODES.get(code) ?? worded, code, message)
}
