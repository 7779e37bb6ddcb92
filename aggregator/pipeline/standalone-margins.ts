/**
 * What each position needs by itself, computed when somebody looks: that is ten times the work of margining the books, and
 * few accounts are looked at between two beats.
 */
import { attempt, PlimsollError } from "../domain/errors.js"
import type { Usd } from "../domain/fixed.js"
import type { PositionLeg } from "../domain/leg.js"

/** Beyond this a pass gains nothing, and who asked has to wait for it. */
const MOST_A_PASS = 32

/**
 * Remembers what it has computed. Whoever looks at one account pays for that one; every further question computes twice as
 * many of those that follow, so that whoever lists all of them pays for few passes.
 *
 * @param count of the accounts
 * @param marginsOf Margins of positions taken one by one, in their order; throws `PlimsollError` for what cannot be held.
 */
export function standaloneMargins(
  count: number,
  positionsOf: (place: number) => readonly PositionLeg[],
  marginsOf: (positions: readonly PositionLeg[]) => readonly Usd[],
): (place: number) => readonly Usd[] {
  const known = new Map<number, readonly Usd[]>()
  let width = 1

  function compute(asked: number): void {
    const next: { readonly place: number; readonly positions: readonly PositionLeg[] }[] = []
    for (let place = asked; place < Math.min(asked + width, count); place++)
      if (!known.has(place)) next.push({ place, positions: positionsOf(place) })
    width = Math.min(2 * width, MOST_A_PASS)
    const margins = attempt(() => marginsOf(next.flatMap(each => each.positions)))
    if (margins instanceof PlimsollError) {
      // One that is blocked stands among them: the asked one alone is not, or nobody would ask.
      known.set(asked, marginsOf(positionsOf(asked)))
      return
    }
    let first = 0
    for (const { place, positions } of next) {
      known.set(place, margins.slice(first, first + positions.length))
      first += positions.length
    }
  }

  return place => {
    if (!known.has(place)) compute(place)
    return known.get(place) ?? []
  }
}
