import { describe, expect, it } from "vitest"
import es975 from "../../../aggregator/policies/es975.json" with { type: "json" }
import plimsoll from "../../../aggregator/policies/plimsoll.json" with { type: "json" }
import { tailSample } from "../../support/tail-sample.js"

describe("the tail of a shipped policy", () => {
  it.each([es975, plimsoll])("$name carries the sample that the generator draws", ({ methodology }) => {
    const { underlyings, moves, volatilityMoves } = tailSample()
    const numbers = (rows: readonly (readonly string[])[]) => rows.map(row => row.map(each => Number(each) + 0))
    expect(methodology.tail.underlyings).toEqual(underlyings)
    expect(numbers(methodology.tail.moves)).toEqual(numbers(moves))
    expect(numbers(methodology.tail.volatilityMoves)).toEqual(numbers(volatilityMoves))
  })

  it("has fat tails and moves together", () => {
    const [bitcoin = [], ether = []] = [0, 1].map(u => tailSample().moves.map(row => Number(row[u])))
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
    const spread = (values: readonly number[], power: number) =>
      mean(values.map(each => (each - mean(values)) ** power))
    expect(spread(bitcoin, 4) / spread(bitcoin, 2) ** 2).toBeGreaterThan(4)
    const joint = mean(bitcoin.map((each, i) => (each - mean(bitcoin)) * ((ether[i] ?? 0) - mean(ether))))
    expect(joint / Math.sqrt(spread(bitcoin, 2) * spread(ether, 2))).toBeGreaterThan(0.7)
  })
})
