/**
 * What an account holds, as a value or as a fault with its reason. The program that owns an account vouches for its
 * bytes: those of any other owner mean nothing.
 */
import type { ChainFaultCode } from "../../aggregator/domain/reading.js"
import { ChainFault, shortened } from "../chain-fault.js"
import type { Decoded, Fault } from "../decoded.js"
import type { SolanaAccount, SolanaRefusal } from "./adapter.js"

/**
 * @param what names the account in the fault's detail, e.g. `price of SOL`.
 * @param account `undefined` was not answered, `null` does not exist.
 * @param decode may throw: a `ChainFault` keeps its code, anything else says that the bytes are something else.
 */
export function decodedAccount<Value>(
  what: string,
  account: SolanaAccount | null | undefined,
  program: string,
  decode: (data: Uint8Array) => Value,
): Decoded<Value> {
  const fault = (code: ChainFaultCode, why: string) => faultIn(what, code, why)
  if (account === undefined) return fault("DECODE", "was not answered")
  if (account === null) return fault("NOT_DEPLOYED", "the account does not exist")
  if (account.owner !== program) return fault("DECODE", `belongs to ${account.owner}, not to ${program}`)
  try {
    return { status: "ok", value: decode(account.data) }
  } catch (error) {
    const code = error instanceof ChainFault ? error.code : "DECODE"
    return fault(code, error instanceof Error ? error.message : String(error))
  }
}

/** A read that the node does not answer. */
export const refusal = (what: string, { code, detail }: SolanaRefusal): Fault => faultIn(what, code, detail)

const faultIn = (what: string, code: ChainFaultCode, why: string): Fault => ({
  status: "fault",
  code,
  detail: shortened(`${what}: ${why}`),
})
