/** Books under stress: two lanes give the bits of one, plain sums give the same, and nothing wrong gets through. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { type Kernel, KernelError } from "../../wasm-core/kernel.js"
import { shippedKernel } from "../support/kernel.js"

let simd: Kernel
let scalar: Kernel
beforeAll(async () => {
  simd = await shippedKernel("simd")
  scalar = await shippedKernel("scalar")
})

const S = 5
const TAIL = 7
/** Five scenarios, the mark, then the tail. */
const COLUMNS = S + 1 + TAIL
const cells = (count: number) =>
  fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: count, maxLength: count })
const share = fc.double({ min: 0, max: 2, noNaN: true })
const group = fc.record({
  held: fc.array(fc.record({ row: fc.nat(2), lots: fc.integer({ min: -50, max: 50 }) }), { maxLength: 4 }),
  kind: fc.integer({ min: 0, max: 3 }),
  owned: share,
  owed: share,
})
const books = fc.array(fc.array(fc.array(group, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 4,
})
const column = fc.array(share, { minLength: S, maxLength: S })
const asked = fc.record({
  table: cells(3 * COLUMNS),
  books,
  weight: column,
  dampener: column,
  offset: fc.double({ min: 0, max: 0.9, noNaN: true }),
})
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

const startsOf = (lengths: readonly number[]) =>
  Uint32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0))])

function call(kernel: Kernel, { table, books: given, weight, dampener, offset }: Asked) {
  const units = given.flat()
  const groups = units.flat()
  const held = groups.flatMap(each => each.held)
  return kernel.stress(
    Float64Array.from(table),
    COLUMNS,
    S,
    {
      groupStart: startsOf(groups.map(each => each.held.length)),
      instrument: Uint32Array.from(held, each => each.row),
      lots: Float64Array.from(held, each => each.lots),
      kind: Uint8Array.from(groups, each => each.kind),
      owned: Float64Array.from(groups, each => each.owned),
      owed: Float64Array.from(groups, each => each.owed),
      unitStart: startsOf(units.map(each => each.length)),
      settlement: new Uint32Array(),
      bookStart: startsOf(given.map(each => each.length)),
    },
    {
      weight: Float64Array.from(weight),
      rotation: Float64Array.from(weight, (_, s) => s % 2),
      dampener: Float64Array.from(dampener),
      divisor: new Float64Array(),
      offset,
      maximumOffset: Number.POSITIVE_INFINITY,
      tail: { column: S + 1, shares: new Float64Array(TAIL).fill(1 / TAIL), mass: 0.3 },
    },
  )
}

/** One loop inside another, in the same order of operations. */
function plainWorst({ table, books: given, weight, dampener }: Asked): number[] {
  const at = (row: number, columnIndex: number) => table[row * COLUMNS + columnIndex] ?? 0
  return given.flat().map(unit => {
    const pnl = weight.map((counted, s) => {
      let total = 0
      for (const { held, kind, owned, owed } of unit) {
        const mark = held.reduce((sum, each) => sum + each.lots * at(each.row, S), 0)
        let change = held.reduce((sum, each) => sum + each.lots * at(each.row, s), 0)
        if (kind & 1) change = (mark + change) * (mark + change >= 0 ? owned : owed) - mark
        if (kind & 2 && s % 2 === 1) change = -Math.abs(change)
        total += change * counted
      }
      const by = dampener[s] ?? 0
      return total > 0 ? Math.max(0, total - by) : Math.min(0, total + by)
    })
    return Math.min(...pnl)
  })
}

describe("books under stress", () => {
  it("give the same bits with one lane and two, and what plain loops give", () => {
    fc.assert(
      fc.property(asked, given => {
        const result = call(simd, given)
        expect(result).toEqual(call(scalar, given))
        expect([...result.worstPnl].map(each => each + 0)).toEqual(plainWorst(given).map(each => each + 0))
      }),
      { numRuns: 200 },
    )
  })

  it("refuse indices, sizes and numbers that are none, and leave the kernel as it was", () => {
    const sound: Asked = {
      table: new Array(3 * COLUMNS).fill(-7),
      books: [[[{ held: [{ row: 1, lots: 2 }], kind: 0, owned: 1, owed: 1 }]]],
      weight: new Array(S).fill(1),
      dampener: new Array(S).fill(0),
      offset: 0,
    }
    const before = call(simd, sound)
    const held = (row: number, lots: number): Asked => ({
      ...sound,
      books: [[[{ held: [{ row, lots }], kind: 0, owned: 1, owed: 1 }]]],
    })
    for (const wrong of [
      held(3, 1),
      held(2 ** 32 - 1, 1),
      held(0, Number.NaN),
      held(0, Number.POSITIVE_INFINITY),
      { ...sound, table: [...sound.table, 1] },
      { ...sound, weight: [] },
      { ...sound, weight: new Array(S).fill(Number.NaN) },
    ])
      expect(() => call(simd, wrong)).toThrow(KernelError)
    expect(call(simd, sound)).toEqual(before)
    expect(before.worstPnl[0]).toBe(-14)
  })
})
