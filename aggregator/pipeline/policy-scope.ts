/**
 * What a policy has parameters for: instruments, collateral, debts. Asked before anything is priced.
 */
import { UnsupportedByPolicyError } from "../domain/errors.js"
import { type Ratio, ratio } from "../domain/fixed.js"
import { type Instrument, instrumentName } from "../domain/instrument.js"
import type { MarginPolicy } from "../domain/policy.js"

/** What the policy lacks for the instrument; `undefined` when it has all it needs. */
export function lackingParameters(instrument: Instrument, policy: MarginPolicy): UnsupportedByPolicyError | undefined {
  const { kind, underlying } = instrument
  const { methodology } = policy
  if (methodology.kind === "weighted-health") {
    if (kind !== "perpetual") return lacking(instrument, policy, "it margins perpetuals only")
    return methodology.perpetuals.has(`${underlying}-PERP`) ? undefined : lacking(instrument, policy, "no such market")
  }
  const { underlyings, scanRanges } = methodology
  const known = (underlyings?.has(underlying) ?? true) && (scanRanges.size === 0 || scanRanges.has(underlying))
  return known ? undefined : lacking(instrument, policy, `the underlying ${underlying}`)
}

const lacking = (instrument: Instrument, { name }: MarginPolicy, what: string) =>
  new UnsupportedByPolicyError(name, `${instrumentName(instrument)}: ${what}`)

/** Whether the asset counts at all: by the house's tiers, or by a rule of the methodology. */
export const hasCollateralRule = (symbol: string, { collateral, methodology }: MarginPolicy): boolean =>
  collateral.has(symbol) || (methodology.kind === "scenarios" ? methodology.collateral : methodology.assets).has(symbol)

/** Where the methodology weighs debts itself, the house adds nothing to them. */
export function liabilityHaircut(symbol: string, { liabilities, methodology }: MarginPolicy): Ratio | undefined {
  if (methodology.kind === "weighted-health" && methodology.assets.has(symbol)) return ratio(0n)
  return liabilities.get(symbol)
}
