/**
 * What can go wrong between us and a chain, as one error with the code that a reading will carry.
 * Every family names its nodes' own errors itself; what is thrown is this class and no other.
 */
import { PlimsollError } from "../aggregator/domain/errors.js"
import type { ChainFaultCode } from "../aggregator/domain/reading.js"

export class ChainFault extends PlimsollError {
  constructor(
    readonly code: ChainFaultCode,
    detail: string,
  ) {
    super(detail)
  }
}

/** A node's own error; RPC_UNAVAILABLE when its family does not know what that means. */
export const nodeFault = (meaning: ChainFaultCode | undefined, code: number, message: string): ChainFault =>
  new ChainFault(meaning ?? "RPC_UNAVAILABLE", `node error ${code}: ${shortened(message)}`)

/** Any thrown value as a fault: a failure nobody foresaw has to be a reading too. */
export const faultOf = (error: unknown): ChainFault =>
  error instanceof ChainFault ? error : new ChainFault("DECODE", shortened(described(error)))

/** What was thrown, in words. */
export const described = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)

const LONGEST_DETAIL = 300
/** Details travel into snapshots and pages: one line of bounded length. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= LONGEST_DETAIL ? line : `${line.slice(0, LONGEST_DETAIL)}…`
}
