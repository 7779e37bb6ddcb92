/**
 * From the instrument names of a request to instruments that a policy margins; what is wrong is said of its own field.
 */
import { type InputIssue, InvalidIdError } from "../domain/errors.js"
import { parseInstrument } from "../domain/instrument.js"
import type { PositionLeg } from "../domain/leg.js"
import type { MarginPolicy } from "../domain/policy.js"
import { lackingParameters } from "../pipeline/policy-scope.js"

export type PositionInstrument = PositionLeg["instrument"]

/** The instrument that a name stands for, or the issue of the field at `pointer`. */
export function instrumentNamed(
  name: string,
  valuationTime: number,
  policy: MarginPolicy,
  pointer: string,
): PositionInstrument | InputIssue {
  const instrument = read(name)
  if (instrument instanceof InvalidIdError) return { pointer, code: "UNKNOWN_INSTRUMENT", detail: instrument.message }
  if (instrument.kind === "spot") {
    const detail = `${name} is spot: put it under collateral or debts`
    return { pointer, code: "UNSUPPORTED_INSTRUMENT", detail }
  }
  const lacking = lackingParameters(instrument, policy)
  if (lacking) {
    const weighed = policy.methodology.kind === "weighted-health" && instrument.kind !== "perpetual"
    return { pointer, code: weighed ? "UNSUPPORTED_INSTRUMENT" : "UNKNOWN_UNDERLYING", detail: lacking.message }
  }
  if ("expiry" in instrument && instrument.expiry <= valuationTime) {
    const detail = `${name} expired ${valuationTime - instrument.expiry} s before the valuation time`
    return { pointer, code: "EXPIRED_INSTRUMENT", detail }
  }
  return instrument
}

export const isIssue = (found: object): found is InputIssue => "pointer" in found

function read(name: string) {
  try {
    return parseInstrument(name)
  } catch (error) {
    if (error instanceof InvalidIdError) return error
    throw error
  }
}
