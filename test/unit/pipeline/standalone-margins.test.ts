import { describe, expect, it } from "vitest"
import { UnpriceablePositionError } from "../../../aggregator/domain/errors.js"
import { type Usd, usd } from "../../../aggregator/domain/fixed.js"
import type { PositionLeg } from "../../../aggregator/domain/leg.js"
import type { Portfolio } from "../../../aggregator/pipeline/apply-haircuts.js"
import { standaloneMargins } from "../../../aggregator/pipeline/standalone-margins.js"
import { option } from "../../support/snapshots.js"

const portfolio = (id: number, ...names: string[]): Portfolio => ({
  id: String(id),
  positions: names.map((name, i) => option(name, String(10 * id + i))),
  collateral: [],
  scanned: [],
  debts: [],
  blocked: [],
  reasons: [],
  asOf: 0,
})
const [CALL, PUT, REFUSED] = ["ETH-25DEC26-3200-C", "ETH-25DEC26-2800-P", "ETH-25DEC26-1-P"]

/** The quantity stands for the margin, so that whose it is shows. */
function counting(portfolios: readonly Portfolio[]) {
  const sizes: number[] = []
  const of = standaloneMargins(portfolios, (legs: readonly PositionLeg[]): Usd[] => {
    if (legs.some(each => each.instrument.kind === "option" && each.instrument.strike === 10n ** 18n))
      throw new UnpriceablePositionError(REFUSED, "RATE_OUT_OF_RANGE")
    sizes.push(legs.length)
    return legs.map(each => usd(each.quantity))
  })
  return { of, sizes }
}
const quantities = (each: Portfolio) => each.positions.map(leg => leg.quantity)

describe("margins of positions alone", () => {
  it("are computed for one account that is looked at, and for twice as many with every further question", () => {
    const portfolios = Array.from({ length: 100 }, (_, i) => portfolio(i, CALL, PUT))
    const { of, sizes } = counting(portfolios)
    expect(of(50)()).toEqual(portfolios.slice(50, 51).flatMap(quantities))
    expect(of(50)()).toEqual(of(50)())
    expect(sizes).toEqual([2])
    portfolios.forEach((each, i) => {
      expect(of(i)()).toEqual(quantities(each))
    })
    expect(sizes.reduce((sum, each) => sum + each)).toBe(200)
    expect(sizes.length).toBeLessThan(10)
    expect(Math.max(...sizes)).toBe(64)
  })

  it("of others are found beside an account that cannot be margined", () => {
    const portfolios = [portfolio(0, CALL), portfolio(1, PUT), portfolio(2, REFUSED), portfolio(3, CALL)]
    const { of } = counting(portfolios)
    for (const i of [0, 1, 3]) expect(of(i)()).toEqual(portfolios.slice(i, i + 1).flatMap(quantities))
  })
})
