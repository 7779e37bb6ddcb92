import { describe, expect, it } from "vitest"
import { UnpriceablePositionError } from "../../../aggregator/domain/errors.js"
import { type Usd, usd } from "../../../aggregator/domain/fixed.js"
import type { PositionLeg } from "../../../aggregator/domain/leg.js"
import { standaloneMargins } from "../../../aggregator/pipeline/standalone-margins.js"
import { option } from "../../support/snapshots.js"

const positions = (id: number, ...names: string[]): readonly PositionLeg[] =>
  names.map((name, i) => option(name, String(10 * id + i)))
const [CALL, PUT, REFUSED] = ["ETH-25DEC26-3200-C", "ETH-25DEC26-2800-P", "ETH-25DEC26-1-P"]

/** The quantity stands for the margin, so that whose it is shows. */
function counting(books: readonly (readonly PositionLeg[])[]) {
  const sizes: number[] = []
  const positionsOf = (place: number) => books[place] ?? []
  const of = standaloneMargins(books.length, positionsOf, (legs): Usd[] => {
    if (legs.some(each => each.instrument.kind === "option" && each.instrument.strike === 10n ** 18n))
      throw new UnpriceablePositionError(REFUSED, "RATE_OUT_OF_RANGE")
    sizes.push(legs.length)
    return legs.map(each => usd(each.quantity))
  })
  return { of, sizes }
}
const quantities = (legs: readonly PositionLeg[]) => legs.map(leg => leg.quantity)

describe("margins of positions alone", () => {
  it("are computed for one account that is looked at, and for twice as many with every further question", () => {
    const books = Array.from({ length: 100 }, (_, i) => positions(i, CALL, PUT))
    const { of, sizes } = counting(books)
    expect(of(50)).toEqual(books.slice(50, 51).flatMap(quantities))
    expect(of(50)).toEqual(of(50))
    expect(sizes).toEqual([2])
    books.forEach((each, i) => {
      expect(of(i)).toEqual(quantities(each))
    })
    expect(sizes.reduce((sum, each) => sum + each)).toBe(200)
    expect(sizes.length).toBeLessThan(10)
    expect(Math.max(...sizes)).toBe(64)
  })

  it("of others are found beside an account that cannot be margined", () => {
    const books = [positions(0, CALL), positions(1, PUT), positions(2, REFUSED), positions(3, CALL)]
    const { of } = counting(books)
    for (const i of [0, 1, 3]) expect(of(i)).toEqual(books.slice(i, i + 1).flatMap(quantities))
  })
})
