/**
 * Credits between risk units for opposite deltas: fewer dollars for what is known to move together, never more than its risk.
 */
import { abs, divide, minOf, ONE, type Usd, usd } from "../../domain/fixed.js"
import type { SpreadCredit } from "../../domain/methodology.js"

/** A unit that spreads can be formed from. */
export interface SpreadableUnit {
  readonly unit: string
  readonly groups: readonly { readonly delta: bigint }[]
  /** Without time and volatility: what its price alone can lose. */
  readonly scanningLoss: Usd
}

export interface SpreadLine {
  readonly name: string
  /** Spreads formed × 10^18, rounded down. */
  readonly spreads: bigint
  readonly credit: Usd
}

/** Each spread takes the delta it uses out of the hands of the next; rounded down. */
export function spreadCredits(units: readonly SpreadableUnit[], rules: readonly SpreadCredit[]): SpreadLine[] {
  if (rules.length === 0) return []
  const netDelta = new Map(units.map(({ unit, groups }) => [unit, groups.reduce((sum, each) => sum + each.delta, 0n)]))
  const left = new Map(netDelta)
  const lossOf = new Map(units.map(each => [each.unit, each.scanningLoss]))
  return rules.map(({ name, legs, rate }) => {
    const direction = directionOf(legs, left)
    const formed = [...legs].map(([unit, { deltaPerSpread, side }]) => {
      const delta = (left.get(unit) ?? 0n) * BigInt(side * direction)
      return delta <= 0n ? 0n : divide(delta * ONE, deltaPerSpread, "down")
    })
    const spreads = minOf(formed[0] ?? 0n, ...formed.slice(1))
    let credit = 0n
    for (const [unit, { deltaPerSpread, side }] of legs) {
      const used = divide(spreads * deltaPerSpread, ONE, "down")
      const total = abs(netDelta.get(unit) ?? 0n)
      if (total > 0n) credit += divide(used * (lossOf.get(unit) ?? 0n) * rate, total * ONE, "down")
      left.set(unit, (left.get(unit) ?? 0n) - used * BigInt(side * direction))
    }
    return { name, spreads, credit: usd(credit) }
  })
}

/** A spread is the same bought or sold: 1 where its first leg is held on the side the rule names, −1 where it is reversed. */
function directionOf(legs: SpreadCredit["legs"], left: ReadonlyMap<string, bigint>): 1 | -1 {
  const [first] = legs
  if (!first) return 1
  const [unit, { side }] = first
  return (left.get(unit) ?? 0n) * BigInt(side) < 0n ? -1 : 1
}
