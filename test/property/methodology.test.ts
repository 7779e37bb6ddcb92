/** The methodology engine against its plain reference, and what must hold under any methodology at all. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { toNumber } from "../../aggregator/domain/decimal.js"
import type { Book } from "../../aggregator/domain/margin-book.js"
import { assessBooks, type BookAssessment } from "../../aggregator/pipeline/margin/assess-book.js"
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
        const methodology = loadMethodology(document)
        const result = only(assessBooks(kernel, methodology, [book], market))
        const reference = referenceAssessment(methodology, book, market)
        const within = 1e-12 * scaleOf(book)
        for (const risk of result.units) {
          const pnl = methodology.scenarios.map((_, s) => risk.pnlAt(s))
          const expected = reference.pnl.get(risk.unit)
          const errors = pnl.map((each, s) => Math.abs(toNumber(each) - (expected?.[s] ?? Number.NaN)))
          expect(Math.max(...errors)).toBeLessThanOrEqual(within)
        }
        expect(result.units.map(each => each.unit).sort()).toEqual([...reference.pnl.keys()].sort())
        expect(Math.abs(toNumber(result.optionValue) - reference.optionValue)).toBeLessThanOrEqual(within)
        const tail = methodology.tail ? toNumber(methodology.tail.multiplier) * reference.shortfall : 0
        expect(Math.abs(toNumber(result.tailLoss) - tail)).toBeLessThanOrEqual(1e-11 * scaleOf(book))
        const basis = result.units.reduce((sum, each) => sum + toNumber(each.basisLoss), 0)
        expect(Math.abs(basis - reference.basisLoss)).toBeLessThanOrEqual(10 * within)
      }),
      { numRuns: 400 },
    )
  })

  it("does not depend on the order of positions, nor on who else is margined", () => {
    fc.assert(
      fc.property(documents, books, books, markets, (document, book, other, market) => {
        const methodology = loadMethodology(document)
        const alone = only(assessBooks(kernel, methodology, [book], market))
        const reversed = { ...book, positions: book.positions.toReversed() }
        const together = assessBooks(kernel, methodology, [{ ...other, id: "other" }, reversed], market)
        const again = together.find(each => each.id === book.id)
        expect(again?.thresholds).toEqual(alone.thresholds)
        const everyPnl = (each: BookAssessment | undefined) =>
          each?.units.map(unit => methodology.scenarios.map((_, s) => unit.pnlAt(s)))
        expect(everyPnl(again)).toEqual(everyPnl(alone))
      }),
      { numRuns: 100 },
    )
  })

  it("adds up: requirement, balance and components", () => {
    fc.assert(
      fc.property(documents, books, markets, (document, book, market) => {
        const methodology = loadMethodology(document)
        const { markToMarket, thresholds, units } = only(assessBooks(kernel, methodology, [book], market))
        for (const each of Object.values(thresholds)) {
          expect(each.requirement).toBe(each.scaledLoss + each.charges + each.haircuts)
          expect(each.balance).toBe(markToMarket - each.requirement)
        }
        for (const unit of units) {
          const expectWorst = (loss: bigint, part: string | null) => {
            const own = methodology.scenarios.flatMap((each, s) => (each.part === part ? [unit.pnlAt(s)] : []))
            const most = own.reduce((worst, pnl) => (-pnl > worst ? -pnl : worst), 0n)
            // The kernel finds the scenario in doubles: what it finds is the worst up to their last places.
            expect(loss).toBeLessThanOrEqual(most)
            expect(toNumber(most - loss)).toBeLessThanOrEqual(1e-13 * scaleOf(book))
          }
          expectWorst(unit.scanningLoss, null)
          for (const { name, loss } of unit.parts) expectWorst(loss, name)
        }
      }),
      { numRuns: 100 },
    )
  })
})
