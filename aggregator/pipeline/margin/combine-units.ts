/**
 * From risk units to an account: gains of one unit against losses of another, as far as the methodology trusts them.
 */
import { divide, maxOf, minOf, ONE, type Usd, usd } from "../../domain/fixed.js"
import type { Combination } from "../../domain/methodology.js"

interface ScannedUnit {
  readonly scanningLoss: Usd
  /** Counted P&L under a scenario. */
  pnlAt(scenario: number): Usd
}

/**
 * (1 − stress) · aligned + stress · independent, rounded up; what a unit needs beyond its scan is never offset.
 *
 * @param joint the scenario in which the units lose most together, `null` when they lose in none
 * @returns the loss for what each unit requires on its own, ≥ its scanning loss
 */
export function unitCombiner<Unit extends ScannedUnit>(
  units: readonly Unit[],
  combination: Combination,
  joint: number | null,
): (need: (unit: Unit) => Usd) => Usd {
  const alone = combination.offset === 0n || combination.correlationStress === ONE || units.length < 2
  if (alone) return need => sumOf(units, need)
  const scanned = joint === null ? 0n : alignedLoss(units, combination, joint)
  return need => {
    const independent = sumOf(units, need)
    const aligned = scanned + independent - sumOf(units, unit => unit.scanningLoss)
    const blend = (ONE - combination.correlationStress) * aligned + combination.correlationStress * independent
    return usd(divide(blend, ONE, "up"))
  }
}

function sumOf<Unit>(units: readonly Unit[], amount: (unit: Unit) => Usd): Usd {
  let total = 0n
  for (const unit of units) total += amount(unit)
  return usd(total)
}

/** Σ units (loss − min(offset · gain, cap)) in the joint scenario, ≥ 0. */
function alignedLoss(units: readonly ScannedUnit[], { offset, maximumOffset }: Combination, joint: number): bigint {
  const loss = units.reduce((sum, unit) => {
    const change = unit.pnlAt(joint)
    if (change <= 0n) return sum - change
    const gain = divide(change * offset, ONE, "down")
    return sum - (maximumOffset === null ? gain : minOf<bigint>(gain, maximumOffset))
  }, 0n)
  return maxOf(0n, loss)
}
