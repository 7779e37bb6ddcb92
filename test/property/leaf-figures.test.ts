import fc from "fast-check"
import { expect, it } from "vitest"
import { usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../aggregator/domain/health.js"
import { encodeFigures, figuresAt, type LeafFigures } from "../../aggregator/store/leaf-figures.js"

/** Amounts as accounts have them, at the edges of what 128 bits hold, and as far as a leaf can say. */
const amount = fc
  .oneof(
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    fc.constantFrom(-(2n ** 127n), 2n ** 127n - 1n, 2n ** 127n, -(2n ** 127n) - 1n, -1n, 0n),
    fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n - 1n }),
  )
  .map(usd)
const figures: fc.Arbitrary<LeafFigures> = fc.record({
  index: fc.nat({ max: 2 ** 32 - 1 }),
  status: fc.constantFrom(...ACCOUNT_STATUSES),
  asOf: fc.maxSafeNat(),
  equity: amount,
  initialMargin: amount,
  maintenanceMargin: amount,
})

it("figures of leaves are read as they were written, each from its own place", () => {
  fc.assert(
    fc.property(fc.array(figures, { maxLength: 8 }), leaves => {
      const bytes = encodeFigures(leaves)
      expect(leaves.map((_, place) => figuresAt(bytes, place))).toEqual(leaves)
    }),
  )
})
