/**
 * What was read, as a value or as a fault with its reason: an answer that is no answer never becomes an exception,
 * so that one bad contract or account stops nothing else.
 */
import type { ChainFaultCode } from "../aggregator/domain/reading.js"

export type Decoded<Value> = { readonly status: "ok"; readonly value: Value } | Fault

export interface Fault {
  readonly status: "fault"
  readonly code: ChainFaultCode
  readonly detail: string
}
