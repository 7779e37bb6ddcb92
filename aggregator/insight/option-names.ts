/**
 * From the instrument names of a request to options that a policy margins; what is wrong is said of its own field.
 */
import { type InputIssue, InvalidIdError } from "../domain/errors.js"
import { type OptionInstrument, parseInstrument } from "../domain/instrument.js"
import type { MarginPolicy } from "../domain/policy.js"

/** The option that a name stands for, or the issue of the field at `pointer`. */
export function optionNamed(
  name: string,
  valuationTime: number,
  policy: MarginPolicy,
  pointer: string,
): OptionInstrument | InputIssue {
  const refuse = (code: string, detail: string): InputIssue => ({ pointer, code, detail })
  const instrument = read(name)
  if (instrument instanceof InvalidIdError) return refuse("UNKNOWN_INSTRUMENT", instrument.message)
  if (instrument.kind !== "option")
    return refuse(
      "UNSUPPORTED_INSTRUMENT",
      `policy ${policy.name} margins options; put ${name} under collateral or debts if it is spot`,
    )
  if (!policy.riskUnits.has(instrument.underlying))
    return refuse("UNKNOWN_UNDERLYING", `policy ${policy.name} has no risk unit ${instrument.underlying}`)
  if (instrument.expiry <= valuationTime)
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
