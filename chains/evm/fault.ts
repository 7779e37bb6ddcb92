/**
 * What can stop a pass over an EVM chain, as one error with the code that the reading will carry.
 * Nodes word the same failure differently: the wordings known are collected here and nowhere else.
 */
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"

export class EvmFault extends PlimsollError {
  constructor(
    readonly code: ChainFaultCode,
    detail: string,
  ) {
    super(detail)
  }
}

/** First match wins; RPC_UNAVAILABLE when nothing matches. */
const WORDINGS: readonly (readonly [ChainFaultCode, RegExp])[] = [
  ["RESPONSE_LIMIT", /(response|request|payload|body|entity).*(too large|size|larger)/i],
  ["RPC_RATE_LIMIT", /rate.?limit|too many requests|limit exceeded|capacity exceeded|exceeded .*(quota|capacity)/i],
  ["STATE_PRUNED", /missing trie node|pruned|state (is |.{0,80})?not available|historical state|archive/i],
  ["PIN_LOST", /resource not found|(block|header)s? .*not found|unknown block|not (currently )?canonical/i],
  ["GAS_CAP", /out ?of ?gas|gas required exceeds|exceeds .*gas|gas (limit|cap|too)|execution (timeout|aborted)/i],
  ["CALL_REVERTED", /revert/i],
]

/** JSON-RPC codes that mean one thing whatever the message says (EIP-1474, EIP-1898). */
const CODES: ReadonlyMap<number, ChainFaultCode> = new Map([
  [-32001, "PIN_LOST"],
  [-32005, "RPC_RATE_LIMIT"],
])

/** Classifies a node's error object. */
export function faultOfNode(code: number, message: string): EvmFault {
  const worded = WORDINGS.find(([, wording]) => wording.test(message))?.[0]
  return new EvmFault(worded ?? CODES.get(code) ?? "RPC_UNAVAILABLE", `node error ${code}: ${shortened(message)}`)
}

/** Any thrown value as a fault: a failure nobody foresaw has to be a reading too. */
export function faultOf(error: unknown): EvmFault {
  if (error instanceof EvmFault) return error
  return new EvmFault("DECODE", shortened(error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
}

const LONGEST_DETAIL = 300
/** Details travel into snapshots and pages: one line of bounded length. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= LONGEST_DETAIL ? line : `${line.slice(0, LONGEST_DETAIL)}…`
}
