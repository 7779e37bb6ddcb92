/** The methodology engine against its plain reference, and what must hold under any methodology at all. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { toNumber } from "../../aggregator/domain/decimal.js"
import { quantity } from "../../aggregator/domain/fixed.js"
import type { Book } from "../../aggregator/domain/margin-book.js"
import { assessBooks, type BookAssessment } from "../../aggregator/pipeline/margin/assess-book.js"
import { exactSums } from "../../aggregator/pipeline/margin/exact-sums.js"
import { loadMethodology } from "../../aggregator/policies/methodology.js"
import type { Kernel } from "../../wasm-core/kernel.js"
import { shippedKernel } from "../support/kernel.js"
import { books, documents, markets } from "../support/methodology-arbitraries.js"
import { referenceAssessment } from "../support/reference-methodology.js"

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

/** Σ |quantity| × the highest price: what errors are measured against. */
const scaleOf = (book: Book) =>
  1 + book.positions.reduce((sum, { quantity: held }) => sum + Math.abs(toNumber(held)) * 500_000, 0)

const only = (results: readonly BookAssessment[]): BookAssessment => {
  const [result] = results
  if (!result) throw new RangeError("one book has one result")
  return result
}

describe("a methodology", () => {
  it("gives what its plain reference gives", () => {
    fc.assert(
      fc.property(documents, books, markets, (document, book, market) => {
        const { methodology } = loadMethodology(document)
        const result = only(assessBooks(kernel, methodology, [book], market))
        const reference = referenceAssessment(methodology, book, market)
        const within = 1e-12 * scaleOf(book)
        for (const { unit, pnl } of result.units) {
          const errors = pnl.map((each, s) => Math.abs(toNumber(each) - (reference.pnl.get(unit)?.[s] ?? Number.NaN)))
          expect(Math.max(...errors)).toBeLessThanOrEqual(within)
        }
        expect(result.units.map(each => each.unit).sort()).toEqual([...reference.pnl.keys()].sort())
        expect(Math.abs(toNumber(result.optionValue) - reference.optionValue)).toBeLessThanOrEqual(within)
        const basis = result.units.reduce((sum, each) => sum + toNumber(each.basisLoss), 0)
        expect(Math.abs(basis - reference.basisLoss)).toBeLessThanOrEqual(10 * within)
      }),
      { numRuns: 400 },
    )
  })

  it("does not depend on the order of positions, nor on who else is margined", () => {
    fc.assert(
      fc.property(documents, books, books, markets, (document, book, other, market) => {
        const { methodology } = loadMethodology(document)
        const alone = only(assessBooks(kernel, methodology, [book], market))
        const reversed = { ...book, positions: book.positions.toReversed() }
        const together = assessBooks(kernel, methodology, [{ ...other, id: "other" }, reversed], market)
        const again = together.find(each => each.id === book.id)
        expect(again?.thresholds).toEqual(alone.thresholds)
        expect(again?.units.map(each => each.pnl)).toEqual(alone.units.map(each => each.pnl))
      }),
      { numRuns: 100 },
    )
  })

  it("adds up: requirement, balance and components", () => {
    fc.assert(
      fc.property(documents, books, markets, (document, book, market) => {
        const { markToMarket, thresholds, units } = only(
          assessBooks(kernel, loadMethodology(document).methodology, [book], market),
        )
        for (const each of Object.values(thresholds)) {
          expect(each.requirement).toBe(each.scaledLoss + each.charges + each.haircuts)
          expect(each.balance).toBe(markToMarket - each.requirement)
        }
        for (const unit of units) {
          const worst = unit.worstScenario === null ? 0n : (unit.pnl[unit.worstScenario] ?? 1n)
          expect(unit.scanningLoss).toBe(-worst)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe("exact sums", () => {
  const cases = fc.integer({ min: 1, max: 5 }).chain(columns =>
    fc.record({
      columns: fc.constant(columns),
      table: fc.array(fc.array(fc.maxSafeInteger(), { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 4,
      }),
      rows: fc.array(
        fc.array(fc.record({ pick: fc.nat(), quantity: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }) }), {
          maxLength: 6,
        }),
        { maxLength: 4 },
      ),
    }),
  )

  it("equal BigInt whatever the sizes", () => {
    fc.assert(
      fc.property(cases, ({ columns, table, rows }) => {
        const held = rows.map(row =>
          row.map(({ pick, quantity: amount }) => ({ instrument: pick % table.length, quantity: quantity(amount) })),
        )
        const expected = held.map(row =>
          Array.from({ length: columns }, (_, column) =>
            row.reduce((sum, each) => sum + each.quantity * BigInt(table[each.instrument]?.[column] ?? 0), 0n),
          ),
        )
        expect(exactSums(kernel, Float64Array.from(table.flat()), columns, held)).toEqual(expected)
      }),
      { numRuns: 1_000 },
    )
  })
})
