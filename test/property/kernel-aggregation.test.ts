/** Aggregation against BigInt: exact or refused, whatever the order of positions. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { type Kernel, KernelError } from "../../wasm-core/kernel.js"
import { bookRows, shippedKernel } from "../support/kernel.js"
import { boundOf, type Position, sumsOf, worstOf } from "../support/reference-aggregation.js"

const EXACT_LIMIT = 2n ** 53n - 1n

let simd: Kernel
let scalar: Kernel
beforeAll(async () => {
  simd = await shippedKernel()
  scalar = await shippedKernel("scalar")
})

interface Case {
  readonly table: readonly (readonly number[])[]
  readonly books: readonly (readonly Position[])[]
}

/** Tables of up to 19 scenarios, so that tiles of 8 are empty, full and in between. */
const cases = (maxTicks: number, maxLots: number): fc.Arbitrary<Case> =>
  fc.record({ instruments: fc.integer({ min: 1, max: 6 }), scenarios: fc.integer({ min: 1, max: 19 }) }).chain(size => {
    const ticks = fc.integer({ min: -maxTicks, max: maxTicks })
    const row = fc.array(ticks, { minLength: size.scenarios, maxLength: size.scenarios })
    const position = fc.record({
      instrument: fc.nat({ max: size.instruments - 1 }),
      lots: fc.oneof(fc.integer({ min: -maxLots, max: maxLots }), fc.constant(-0)),
    })
    return fc.record({
      table: fc.array(row, { minLength: size.instruments, maxLength: size.instruments }),
      books: fc.array(fc.array(position, { maxLength: 8 }), { maxLength: 5 }),
    })
  })

const aggregate = (kernel: Kernel, { table, books }: Case) =>
  kernel.worstScenarios(Float64Array.from(table.flat()), table[0]?.length ?? 0, bookRows(books))

describe("worst scenarios", () => {
  it("equal the BigInt reference exactly", () => {
    fc.assert(
      fc.property(cases(1e9, 1e5), input => {
        const { pnl, scenario } = aggregate(simd, input)
        const actual = input.books.map((_, row) => ({ pnl: BigInt(pnl[row] ?? 0.5), scenario: scenario[row] }))
        expect(actual).toEqual(input.books.map(book => worstOf(input.table, book)))
      }),
      { numRuns: 2_000 },
    )
  })

  it("break ties at the first scenario", () => {
    fc.assert(
      fc.property(cases(2, 2), input => {
        const { scenario } = aggregate(simd, input)
        expect([...scenario]).toEqual(input.books.map(book => worstOf(input.table, book).scenario))
      }),
      { numRuns: 1_000 },
    )
  })

  it("are exact or refused at the edge of the exact integers", () => {
    fc.assert(
      fc.property(cases(2 ** 51, 4), input => {
        const tooLarge = input.books.findIndex(book => boundOf(input.table, book) > EXACT_LIMIT)
        if (tooLarge < 0) {
          const { pnl } = aggregate(simd, input)
          expect([...pnl].map(BigInt)).toEqual(input.books.map(book => worstOf(input.table, book).pnl))
          return
        }
        expect(() => aggregate(simd, input)).toThrow(KernelError)
        expect(() => aggregate(simd, input)).toThrow(
          expect.objectContaining({ code: "SUM_OUT_OF_RANGE", index: tooLarge }),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it("do not depend on the order of positions", () => {
    const shuffled = cases(1e9, 1e5).chain(input =>
      fc.record({
        input: fc.constant(input),
        books: fc.tuple(
          ...input.books.map(book =>
            fc.shuffledSubarray([...book], { minLength: book.length, maxLength: book.length }),
          ),
        ),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ input, books }) => {
        expect(aggregate(simd, { ...input, books })).toEqual(aggregate(simd, input))
      }),
    )
  })

  it("are bit for bit those of the scalar twin", () => {
    fc.assert(
      fc.property(cases(1e9, 1e5), input => {
        const vector = aggregate(simd, input)
        const twin = aggregate(scalar, input)
        expect(new BigUint64Array(vector.pnl.buffer)).toEqual(new BigUint64Array(twin.pnl.buffer))
        expect(vector.scenario).toEqual(twin.scenario)
      }),
    )
  })
})

describe("scenario sums", () => {
  it("equal the BigInt reference, on either width of lane", () => {
    fc.assert(
      fc.property(cases(1e9, 1e5), ({ table, books }) => {
        const input = [Float64Array.from(table.flat()), table[0]?.length ?? 0, bookRows(books)] as const
        const expected = books.flatMap(book => sumsOf(table, book))
        for (const kernel of [simd, scalar]) expect([...kernel.scenarioSums(...input)].map(BigInt)).toEqual(expected)
      }),
      { numRuns: 1_000 },
    )
  })
})
