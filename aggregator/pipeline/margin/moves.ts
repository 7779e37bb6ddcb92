/**
 * A methodology's moves as the kernel takes them: scenarios, then what charges probe, then the joint moves of its tail.
 */
import { toNumber } from "../../domain/decimal.js"
import type { Methodology, SkewMove } from "../../domain/methodology.js"
import type { ScenarioColumns } from "../../domain/ports.js"
import { onceEach } from "./once-each.js"
import type { Stressed } from "./stressed.js"

/** σ′ = max(σ · max(0, 1 + change · term), minimum) in one column. */
interface Scale {
  readonly column: number
  readonly change: number
  readonly minimum: number
}

/** One entry a column; before what an expiry changes about them. */
interface UnitMoves {
  readonly price: Float64Array
  readonly factor: Float64Array
  readonly shift: Float64Array
  readonly years: Float64Array
  readonly weight: Float64Array
  readonly scales: readonly Scale[]
}

/** Scenarios that give each strike a volatility of its own, which no factor and shift express. */
export interface Skew {
  readonly column: number
  readonly move: SkewMove
}

interface Moves {
  readonly skews: readonly Skew[]
  of(unit: string): UnitMoves
}

export const movesOf = onceEach((method: Methodology): Moves => {
  const units = new Map<string, UnitMoves>()
  return {
    skews: method.scenarios.flatMap(({ volatility }, column) =>
      volatility?.kind === "skew" ? [{ column, move: volatility }] : [],
    ),
    of(unit) {
      const moves = units.get(unit) ?? unitMoves(unit, method)
      units.set(unit, moves)
      return moves
    },
  }
})

function unitMoves(unit: string, { scenarios, charges, tail, scanRanges }: Methodology): UnitMoves {
  const range = scanRanges.get(unit)
  const [priceRange, volatilityRange] = range ? [toNumber(range.price), toNumber(range.volatility)] : [1, 1]
  const price: number[] = []
  const factor: number[] = []
  const shift: number[] = []
  const years: number[] = []
  const scales: Scale[] = []
  scenarios.forEach((scenario, column) => {
    const { volatility } = scenario
    price.push(toNumber(scenario.price) * priceRange)
    years.push(toNumber(scenario.daysRolled) / 365)
    shift.push(volatility?.kind === "shift" ? toNumber(volatility.by) * volatilityRange : 0)
    factor.push(1)
    if (volatility?.kind === "scale")
      scales.push({ column, change: toNumber(volatility.change), minimum: toNumber(volatility.minimum) })
  })
  const probes = charges.flatMap(charge => (charge.kind === "basis" ? [charge.up, charge.down] : []))
  const joint = (tail?.moves ?? []).map(moves => moves.get(unit))
  const more = [
    ...probes.map(move => ({ price: toNumber(move), factor: 1 })),
    ...joint.map(move => ({
      price: move ? toNumber(move.price) : 0,
      factor: 1 + (move ? toNumber(move.volatility) : 0),
    })),
  ]
  const fill = (own: readonly number[], rest: (move: (typeof more)[number]) => number) =>
    Float64Array.from([...own, ...more.map(rest)])
  return {
    price: fill(price, each => each.price),
    factor: fill(factor, each => each.factor),
    shift: fill(shift, () => 0),
    years: fill(years, () => 0),
    weight: new Float64Array(price.length + more.length).fill(1),
    scales,
  }
}

/** Instruments by the columns they share: all of one expiry, unless a floor on volatility binds for some. */
export function sharedMoves(instruments: readonly Stressed[], method: Methodology): [ScenarioColumns, Stressed[]][] {
  const termIds = new Map<unknown, number>()
  const shapes = new Map<string, [ScenarioColumns, Stressed[]]>()
  for (const each of instruments) {
    const moves = movesOf(method).of(each.unit)
    const id = termIds.get(each.terms) ?? termIds.size
    termIds.set(each.terms, id)
    let shape = `${each.unit} ${id}`
    for (const scale of moves.scales) if (scale.minimum > 0) shape += binds(scale, each) ? " floor" : " free"
    const known = shapes.get(shape)
    if (known) known[1].push(each)
    else shapes.set(shape, [columnsFor(each, moves), [each]])
  }
  return [...shapes.values()]
}

const factorOf = ({ change }: Scale, { terms }: Stressed) => Math.max(0, 1 + change * (terms?.volatilityTerm ?? 1))

const binds = (scale: Scale, each: Stressed): boolean => each.volatility * factorOf(scale, each) < scale.minimum

function columnsFor(each: Stressed, { price, factor, shift, years, weight, scales }: UnitMoves): ScenarioColumns {
  const open = each.terms?.open ?? 1
  const priceMove = open === 1 ? price : price.map(move => move * open)
  if (scales.length === 0)
    return { priceMove, volatilityFactor: factor, volatilityShift: shift, timeRoll: years, weight }
  const [volatilityFactor, volatilityShift] = [factor.slice(), shift.slice()]
  for (const scale of scales) {
    const floored = binds(scale, each)
    volatilityFactor[scale.column] = floored ? 0 : factorOf(scale, each)
    volatilityShift[scale.column] = floored ? scale.minimum : 0
  }
  return { priceMove, volatilityFactor, volatilityShift, timeRoll: years, weight }
}
