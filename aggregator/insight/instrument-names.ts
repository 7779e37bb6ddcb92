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
  const refuse = (code: string, detail: string): InputIssue => ({ pointer, code, detail })
  const instrument = read(name)
  if (instrument instanceof InvalidIdError) return refuse("UNKNOWN_INSTRUMENT", instrument.message)
  if (instrument.kind === "spot")
    return refuse("UNSUPPORTED_INSTRUMENT", `${name} is spot: put it under collateral or debts`)
  const lacking = lackingParameters(instrument, policy)
  const weighed = policy.methodology.kind === "weighted-health" && instrument.kind !== "perpetual"
  if (lacking) return refuse(weighed ? "UNSUPPORTED_INSTRUMENT" : "UNKNOWN_UNDERLYING", lacking.message)
  if ("expiry" in instrument && instrument.expiry <= valuationTime)
    return refuse(
      "EXPIRED_INSTRUMENT",
      `${name} expired ${valuationTime - instrument.expiry} s before the valuation time`,
    )
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
