/** The tail of a row against sorting all of it in BigInt, whatever its shape. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { type Kernel, KernelError } from "../../wasm-core/kernel.js"
import { bookRows, shippedKernel } from "../support/kernel.js"
import { boundOf, type Position, sumsOf } from "../support/reference-aggregation.js"

let simd: Kernel
let scalar: Kernel
beforeAll(async () => {
  simd = await shippedKernel()
  scalar = await shippedKernel("scalar")
})

interface Case {
  readonly table: readonly (readonly number[])[]
  readonly books: readonly (readonly Position[])[]
  readonly depth: number
}

/** Normal-looking, fat-tailed, tied, constant and huge: what a threshold guessed from mean and deviation may get wrong. */
const ticks = fc.oneof(
  { arbitrary: fc.integer({ min: -1_000, max: 1_000 }), weight: 6 },
  { arbitrary: fc.constant(0), weight: 3 },
  { arbitrary: fc.integer({ min: -1e6, max: 1e6 }), weight: 1 },
)

const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 300 }).chain(scenarios =>
  fc.record({
    table: fc.array(fc.array(ticks, { minLength: scenarios, maxLength: scenarios }), { minLength: 1, maxLength: 3 }),
    books: fc.array(
      fc.array(fc.record({ instrument: fc.constant(0), lots: fc.integer({ min: -40_000, max: 40_000 }) }), {
        maxLength: 3,
      }),
      { maxLength: 3 },
    ),
    depth: fc.oneof(fc.nat({ max: Math.max(0, Math.floor(scenarios / 20)) }), fc.nat({ max: scenarios - 1 })),
  }),
)

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)

function tails(kernel: Kernel, { table, books, depth }: Case) {
  const resident = kernel.openBooks({ instruments: table.length, scenarios: table[0]?.length ?? 1, rows: books.length })
  resident.writeTable(0, Float64Array.from(table.flat()))
  resident.addRows(bookRows(books))
  return resident.tails(depth)
}

describe("tails", () => {
  it("equal sorting, exactly, on either width of lane", () => {
    fc.assert(
      fc.property(cases, input => {
        const expected = input.books.map(book => {
          const sorted = sumsOf(input.table, book).sort(ascending)
          return { sum: sorted.slice(0, input.depth).reduce((a, b) => a + b, 0n), edge: sorted[input.depth] }
        })
        for (const kernel of [simd, scalar]) {
          const { sum, edge } = tails(kernel, input)
          const actual = input.books.map((_, row) => ({ sum: BigInt(sum[row] ?? 0.5), edge: BigInt(edge[row] ?? 0.5) }))
          expect(actual).toEqual(expected)
        }
      }),
      { numRuns: 500 },
    )
  })

  it("are refused where the sum of a tail could leave the exact integers", () => {
    const wide = Array.from({ length: 100 }, (_, j) => (j % 2 ? 1 : -1) * 2 ** 30)
    const book = [{ instrument: 0, lots: 2 ** 20 }]
    const input = { table: [wide], books: [[], book], depth: 3 }
    expect(boundOf(input.table, book) * 3n).toBeLessThan(2n ** 53n)
    expect(tails(simd, input).sum[1]).toBe(-3 * 2 ** 50)
    expect(() => tails(simd, { ...input, depth: 9 })).toThrow(KernelError)
    expect(() => tails(simd, { ...input, depth: 9 })).toThrow(
      expect.objectContaining({ code: "SUM_OUT_OF_RANGE", index: 1 }),
    )
  })
})
