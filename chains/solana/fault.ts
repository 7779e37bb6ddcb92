/**
 * What can stop a pass over Solana, as one error with the code that the reading will carry.
 */
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"

export class SolanaFault extends PlimsollError {
  constructor(
    readonly code: ChainFaultCode,
    detail: string,
  ) {
    super(detail)
  }
}

/** JSON-RPC codes of Solana's nodes that mean one thing (rpc-client-api, custom_error.rs). */
const CODES: ReadonlyMap<number, ChainFaultCode> = new Map([
  [-32016, "PIN_SKEW"],
  [429, "RPC_RATE_LIMIT"],
])
/** Providers word these in their own codes. */
const WORDINGS: readonly (readonly [ChainFaultCode, RegExp])[] = [
  ["RPC_RATE_LIMIT", /rate.?limit|too many requests|request limit/i],
  ["RESPONSE_LIMIT", /(response|request|payload|body|entity|batch).*(too (large|big|long)|size|larger)/i],
]

/** Classifies a node's error object; RPC_UNAVAILABLE when nothing is known of it. */
export function faultOfNode(code: number, message: string): SolanaFault {
  const known = CODES.get(code) ?? WORDINGS.find(([, wording]) => wording.test(message))?.[0]
  return new SolanaFault(known ?? "RPC_UNAVAILABLE", `node error ${code}: ${shortened(message)}`)
}

/** Any thrown value as a fault: a failure nobody foresaw has to be a reading too. */
export function faultOf(error: unknown): SolanaFault {
  if (error instanceof SolanaFault) return error
  return new SolanaFault(
    "DECODE",
    shortened(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  )
}

const LONGEST_DETAIL = 300
/** Details travel into snapshots and pages: one line of bounded length. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= LONGEST_DETAIL ? line : `${line.slice(0, LONGEST_DETAIL)}…`
}
