/**
 * What each position needs by itself, computed when somebody looks: that is ten times the work of margining the books, and
 * few accounts are looked at between two beats.
 */
import { attempt, PlimsollError } from "../domain/errors.js"
import type { Usd } from "../domain/fixed.js"
import type { PositionLeg } from "../domain/leg.js"
import type { Portfolio } from "./apply-haircuts.js"

/** Maintenance margin of each position of a portfolio by itself, in the portfolio's order. */
export type Standalone = () => readonly Usd[]

/** Beyond this a pass gains nothing, and who asked has to wait for it. */
const MOST_A_PASS = 32

/**
 * Remembers what it has computed. Whoever looks at one account pays for that one; every further question computes twice as
 * many of those that follow, so that whoever lists all of them pays for few passes.
 *
 * @param marginsOf Margins of positions taken one by one, in their order; throws `PlimsollError` for what cannot be held.
 */
export function standaloneMargins(
  portfolios: readonly Portfolio[],
  marginsOf: (legs: readonly PositionLeg[]) => readonly Usd[],
): (place: number) => Standalone {
  const known = new Map<Portfolio, readonly Usd[]>()
  let width = 1

  function compute(place: number): void {
    const next = portfolios.slice(place, place + width).filter(each => !known.has(each))
    width = Math.min(2 * width, MOST_A_PASS)
    const margins = attempt(() => marginsOf(next.flatMap(each => each.positions)))
    if (margins instanceof PlimsollError) {
      // One that is blocked stands among them: the asked one alone is not, or nobody would ask.
      const asked = portfolios[place]
      if (asked) known.set(asked, marginsOf(asked.positions))
      return
    }
    let first = 0
    for (const each of next) {
      known.set(each, margins.slice(first, first + each.positions.length))
      first += each.positions.length
    }
  }

  return place => () => {
    const portfolio = portfolios[place]
    if (!portfolio) throw new RangeError(`no portfolio ${place}`)
    if (!known.has(portfolio)) compute(place)
    return known.get(portfolio) ?? []
  }
}
