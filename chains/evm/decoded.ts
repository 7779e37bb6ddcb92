/**
 * What a contract answered, as a value or as a fault with its reason.
 * An answer that is no answer never becomes an exception: one bad contract stops nothing else.
 */
import type { Hex } from "viem"
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"
import { shortened } from "../chain-fault.js"
import type { Decoded } from "../decoded.js"
import type { EvmCallResult } from "./adapter.js"

export type { Decoded } from "../decoded.js"

/**
 * @param what names the call in the fault's detail, e.g. `balanceOf of USDC`.
 * @param decode may throw: bytes that are something else are a DECODE fault.
 */
export function decoded<Value>(
  what: string,
  result: EvmCallResult | undefined,
  decode: (data: Hex) => Value,
): Decoded<Value> {
  const fault = (code: ChainFaultCode, why: string) =>
    ({ status: "fault", code, detail: shortened(`${what}: ${why}`) }) as const
  if (result === undefined) return fault("DECODE", "was not answered")
  if (result.status === "empty") return fault("NOT_DEPLOYED", "there is no contract")
  if (result.status === "reverted") return fault("CALL_REVERTED", `reverted with ${result.data}`)
  try {
    return { status: "ok", value: decode(result.data) }
  } catch (error) {
    return fault("DECODE", error instanceof Error ? error.message : String(error))
  }
}
