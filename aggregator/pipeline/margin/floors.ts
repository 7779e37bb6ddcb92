/**
 * What a risk unit needs whatever its scenarios say: per contract, by notional, by delta.
 */
import { abs, divide, maxOf, ONE, sumUsd, type Usd, usd } from "../../domain/fixed.js"
import type { Floor } from "../../domain/methodology.js"
import type { Charged } from "./charges.js"
import { measured } from "./measure.js"
import type { UnitRisk } from "./unit-risk.js"

export interface FloorLine {
  readonly name: string
  readonly amount: Usd
}

const ONE_SQUARED = ONE * ONE

/** Rounded up. */
export const floorLines = (unit: UnitRisk, charged: Charged): FloorLine[] =>
  charged.method.floors.map(floor => ({ name: floor.name, amount: floorOf(floor, unit, charged) }))

function floorOf(floor: Floor, unit: UnitRisk, { book, market, method }: Charged): Usd {
  if (floor.kind === "delta") return deltaFloor(floor, unit)
  if (floor.kind === "shortOptions") return shortOptionFloor(floor, unit)
  const counted = measured(floor.of, "spot", book, [unit], market, method)
  if (floor.kind === "perUnit")
    return usd(counted.reduce((sum, each) => sum + divide(each.amount * floor.amount, ONE, "up"), 0n))
  return sumUsd(counted.map(each => usd(divide(each.notional * floor.rate, ONE, "up"))))
}

/** Calls and puts short in all expiries × spot × rate; a unit without a rate has no such floor. */
function shortOptionFloor({ count, rates }: Extract<Floor, { kind: "shortOptions" }>, unit: UnitRisk): Usd {
  const rate = rates.get(unit.unit)
  if (rate === undefined) return usd(0n)
  let [calls, puts] = [0n, 0n]
  for (const { kind, positions } of unit.groups) {
    if (kind !== "options") continue
    for (const { instrument, quantity } of positions) {
      if (instrument.kind !== "option" || quantity >= 0n) continue
      if (instrument.right === "call") calls -= quantity
      else puts -= quantity
    }
  }
  const counted = count === "gross" ? calls + puts : maxOf(calls, puts)
  return counted === 0n ? usd(0n) : usd(divide(counted * unit.market.spot * rate, ONE_SQUARED, "up"))
}

/** Deltas of one expiry net; what nets between expiries is hedged, not gone. */
function deltaFloor({ net, hedged }: Extract<Floor, { kind: "delta" }>, { groups, market }: UnitRisk): Usd {
  const deltas = groups.map(each => each.delta)
  const total = abs(deltas.reduce((sum, each) => sum + each, 0n))
  const matched = (deltas.reduce((sum, each) => sum + abs(each), 0n) - total) / 2n
  return usd(divide((total * net + matched * hedged) * market.spot, ONE_SQUARED, "up"))
}
