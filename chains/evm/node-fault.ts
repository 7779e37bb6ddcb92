/**
 * What the errors of EVM nodes mean.
 * Nodes word the same failure differently: the wordings known are collected here and nowhere else.
 */
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"
import { type ChainFault, nodeFault } from "../chain-fault.js"

/** First match wins. */
const WORDINGS: readonly (readonly [ChainFaultCode, RegExp])[] = [
  ["RESPONSE_LIMIT", /(response|request|payload|body|entity).*(too large|size|larger)/i],
  ["RPC_RATE_LIMIT", /rate.?limit|too many requests|limit exceeded|capacity exceeded|exceeded .*(quota|capacity)/i],
  ["STATE_PRUNED", /missing trie node|pruned|state (is |.{0,80})?not available|historical state|archive/i],
  ["PIN_LOST", /resource not found|(block|header)s? .*not found|unknown block|not (currently )?canonical/i],
  ["GAS_CAP", /out ?of ?gas|gas required exceeds|exceeds .*gas|gas (limit|cap|too)|execution (timeout|aborted)/i],
  ["CALL_REVERTED", /revert/i],
  ["RPC_REFUSED", /too many arguments|state.?override|method .*not (found|supported|available)/i],
]

/** JSON-RPC codes that mean one thing when the message says nothing known (EIP-1474, EIP-1898). */
const CODES: ReadonlyMap<number, ChainFaultCode> = new Map([
  [-32001, "PIN_LOST"],
  [-32005, "RPC_RATE_LIMIT"],
  [-32600, "RPC_REFUSED"],
  [-32601, "RPC_REFUSED"],
  [-32602, "RPC_REFUSED"],
])

/** Classifies a node's error object. */
export function faultOfNode(code: number, message: string): ChainFault {
  const worded = WORDINGS.find(([, wording]) => wording.test(message))?.[0]
  return nodeFault(worded ?? CODES.get(code), code, message)
}
