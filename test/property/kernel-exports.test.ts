/**
 * The exports themselves, as a careless embedder calls them: any bytes in any column, any numbers as arguments, in any order.
 * The answer is a status every time; never a trap, and never a byte written behind a block.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type RawKernel, rawKernel } from "../support/kernel-exports.js"

/** Number of statuses in `assembly/status.ts`. */
const STATUSES = 23
const SCRATCH = 16
const CANARY = 0xa5

/** What an f64 column may hold. */
const numbers = fc.oneof(
  { arbitrary: fc.double(), weight: 2 },
  {
    arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1, -1),
    weight: 2,
  },
  { arbitrary: fc.integer({ min: -50, max: 50 }), weight: 3 },
  { arbitrary: fc.double({ min: 0, max: 3, noNaN: true }), weight: 3 },
)
const bytes = fc.uint8Array({ minLength: 64, maxLength: 512 })
/** Bytes as they come, or numbers, repeated over the whole block. */
const filling = fc.oneof(
  bytes,
  fc.array(numbers, { minLength: 8, maxLength: 64 }).map(column => new Uint8Array(Float64Array.from(column).buffer)),
  fc
    .array(fc.nat({ max: 6 }), { minLength: 8, maxLength: 64 })
    .map(column => new Uint8Array(Uint32Array.from(column).buffer)),
)

function fill(kernel: RawKernel, from: number, to: number, pattern: Uint8Array): void {
  const memory = new Uint8Array(kernel.memory.buffer)
  for (let at = from; at < to; at++) memory[at] = pattern[(at - from) % pattern.length] ?? 0
}

const status = (value: number) => Number.isInteger(value) && value >= 0 && value < STATUSES

interface Block {
  /** Reserves a scratch block. */
  readonly reserve: readonly [name: string, ...counts: number[]]
  /** Computes in it. */
  readonly compute: readonly [name: string, ...args: number[]][]
  /** Puts right what would be refused before anything is computed, after the block was filled. */
  mend?(kernel: RawKernel): void
}

/** Slots of the starts and indices of the stress block. */
const STRESS = { groupStart: 17, instrument: 18, unitStart: 20, bookStart: 21, settlement: 25 } as const

/** Writes a column of u32 into a slot. */
function writeColumn(kernel: RawKernel, slot: number, count: number, entry: (i: number) => number): void {
  const memory = new DataView(kernel.memory.buffer)
  for (let i = 0; i < count; i++) memory.setUint32(kernel.slot(slot) + 4 * i, entry(i), true)
}

/** `most` things shared out over `count` groups. */
const writeStarts = (kernel: RawKernel, slot: number, count: number, most: number) =>
  writeColumn(kernel, slot, count + 1, i => Math.floor((i * most) / Math.max(count, 1)))

const count = fc.nat({ max: 6 })
const twin = fc.constantFrom("", "Scalar")
const TABLE = 6
const ROWS = 5
const S = 19

/** Books under stress, of which half have starts and indices that are in order. */
const stress: fc.Arbitrary<Block> = fc
  .record({ sizes: fc.array(count, { minLength: 9, maxLength: 9 }), marks: fc.tuple(numbers, numbers, numbers) })
  .chain(({ sizes, marks }) =>
    fc.record({ twin, mark: count, tailColumn: count, sound: fc.boolean() }).map(({ sound, ...rest }): Block => {
      const [n = 0, columns = 0, s = 0, positions = 0, groups = 0, units = 0, books = 0, settlements = 0] = sizes
      const counts = [n, columns, s + 1, positions, groups, units, books, settlements, sizes[8] ?? 0]
      const [offset, cap, mass] = marks
      return {
        reserve: ["reserveStress", ...counts],
        compute: [[`stress${rest.twin}`, ...counts, rest.mark, offset, cap, rest.tailColumn, mass]],
        mend(kernel) {
          if (!sound) return
          writeStarts(kernel, STRESS.groupStart, groups, positions)
          writeStarts(kernel, STRESS.unitStart, units, groups)
          writeStarts(kernel, STRESS.bookStart, books, units)
          writeColumn(kernel, STRESS.instrument, positions, p => p % Math.max(n, 1))
          writeColumn(kernel, STRESS.settlement, units, u => u % Math.max(settlements, 1))
        },
      }
    }),
  )

/** Reservations and the computations that belong to them, over a table of 6 × 19 and up to 5 book rows. */
const blocks: fc.Arbitrary<Block> = fc.oneof(
  { arbitrary: stress, weight: 2 },
  fc.record({ n: count, first: count, tick: numbers, twin }).map(
    ({ n, first, tick, twin }): Block => ({
      reserve: ["reserveRisk", n],
      compute: [[`reprice${twin}`, first, n, tick]],
    }),
  ),
  fc.record({ tick: numbers, n: count, twin }).map(
    ({ tick, n, twin }): Block => ({
      reserve: ["reserveWhatIf"],
      compute: [
        [`prepareWhatIf${twin}`, tick],
        [`whatIf${twin}`, n],
      ],
    }),
  ),
  fc.record({ n: count, words: fc.nat({ max: 40 }), twin }).map(
    ({ n, words, twin }): Block => ({
      reserve: ["reserveHash", n, 8 * words],
      compute: [[`hash${twin}`, n, 8 * words]],
    }),
  ),
  fc
    .record({ n: count, twin })
    .map(({ n, twin }): Block => ({ reserve: ["reserveHash", n, 64], compute: [[`hashPairs${twin}`, n]] })),
  count.map((n): Block => ({ reserve: ["reserveGreeks", n], compute: [["greeks", n]] })),
  fc.record({ rows: count, positions: count }).map(
    ({ rows, positions }): Block => ({
      reserve: ["reserveBooks", rows, positions],
      compute: [["addBooks", rows, positions]],
    }),
  ),
  fc.record({ first: count, rows: count, twin }).map(
    ({ first, rows, twin }): Block => ({
      reserve: ["reserveSums", rows],
      compute: [[`sums${twin}`, first, first + rows]],
    }),
  ),
  fc.record({ first: count, rows: count, depth: fc.nat({ max: S }), twin }).map(
    ({ first, rows, depth, twin }): Block => ({
      reserve: ["reserveTail", rows],
      compute: [[`tail${twin}`, first, rows, first, first + rows, depth, 0]],
    }),
  ),
)

describe("any bytes in a reserved block", () => {
  it("end in a status, and in no byte behind the block", async () => {
    const kernel = await rawKernel()
    fc.assert(
      fc.property(fc.array(fc.tuple(blocks, filling), { minLength: 1, maxLength: 6 }), steps => {
        expect(kernel.call("openBlock", TABLE, S, ROWS, 1)).toBe(0)
        for (const [{ reserve, compute, mend }, pattern] of steps) {
          const [name, ...counts] = reserve
          expect(kernel.call(name, ...counts)).toBe(0)
          const end = kernel.call("blockEnd")
          fill(kernel, kernel.slot(SCRATCH), end, pattern)
          mend?.(kernel)
          fill(kernel, end, kernel.memory.buffer.byteLength, Uint8Array.of(CANARY))
          for (const [callee, ...args] of compute) {
            expect(status(kernel.call(callee, ...args))).toBe(true)
            for (const aggregate of ["worst", "worstScalar"])
              expect(status(kernel.call(aggregate, 0, kernel.slot(4), 0))).toBe(true)
          }
          const behind = new Uint8Array(kernel.memory.buffer, end)
          expect(behind.every(byte => byte === CANARY)).toBe(true)
        }
      }),
      { numRuns: 400 },
    )
  })

  it("as a table end in a status, and are refused from then on unless all of it is whole ticks", async () => {
    const kernel = await rawKernel()
    fc.assert(
      fc.property(filling, pattern => {
        expect(kernel.call("openBlock", TABLE, S, ROWS, 1)).toBe(0)
        kernel.call("reserveBooks", 1, 1)
        new DataView(kernel.memory.buffer).setUint32(kernel.slot(SCRATCH), 0, true)
        new DataView(kernel.memory.buffer).setUint32(kernel.slot(SCRATCH) + 4, 1, true)
        new DataView(kernel.memory.buffer).setUint32(kernel.slot(SCRATCH + 1), 0, true)
        new DataView(kernel.memory.buffer).setFloat64(kernel.slot(SCRATCH + 2), 1, true)
        expect(kernel.call("addBooks", 1, 1)).toBe(0)
        fill(kernel, kernel.slot(5), kernel.slot(6), pattern)
        const row = new Float64Array(kernel.memory.buffer, kernel.slot(5), S)
        const whole = [...row].every(Number.isSafeInteger)
        kernel.call("takeRows", 0, TABLE)
        const outcome = kernel.call("worst", 0, 1, 0)
        expect(status(outcome)).toBe(true)
        if (!whole) expect(outcome).not.toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

/** Small enough to be quick, and everything that a conversion to u32 makes of carelessness. */
const argument = fc.oneof(
  { arbitrary: fc.constantFrom(0, 1, 2, 3, 7, 16, 17, 64, 1_000), weight: 6 },
  {
    arbitrary: fc.constantFrom(
      2 ** 28,
      2 ** 28 + 1,
      2 ** 31,
      2 ** 32 - 1,
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ),
    weight: 2,
  },
)

describe("a question", () => {
  it("is refused unless it is prepared in the block that is open, even about nothing", async () => {
    const kernel = await rawKernel()
    const ask = () => [kernel.call("whatIf", 0), kernel.call("whatIfScalar", 0)]
    const prepare = () => {
      expect(kernel.call("openBlock", TABLE, S, ROWS, 1)).toBe(0)
      expect(kernel.call("reserveWhatIf")).toBe(0)
      fill(kernel, kernel.slot(SCRATCH), kernel.call("blockEnd"), Uint8Array.of(0))
      expect(kernel.call("prepareWhatIf", 1)).toBe(0)
    }
    const refused = [1, 1]
    expect(ask()).toEqual(refused)
    prepare()
    expect(ask()).toEqual([0, 0])
    // A block of which not even the addresses are in memory.
    expect(kernel.call("reserveStress", 4, 2 ** 28, 1, 0, 0, 0, 0, 0, 1)).not.toBe(0)
    expect(ask()).toEqual(refused)
    prepare()
    expect(kernel.call("openBlock", 1, 1, 0, 1)).toBe(0)
    expect(ask()).toEqual(refused)
    prepare()
    expect(kernel.call("openBlock", 1, 0, 0, 1)).toBe(1)
    expect(ask()).toEqual(refused)
  })
})

describe("any calls in any order", () => {
  it("end in a status", async () => {
    let kernel = await rawKernel()
    const names = kernel.names.filter(name => !["blockEnd", "exponential", "logarithm"].includes(name))
    const fresh = await Promise.all(Array.from({ length: 8 }, rawKernel))
    const calls = fc.array(fc.tuple(fc.constantFrom(...names), fc.array(argument, { minLength: 14, maxLength: 14 })), {
      minLength: 1,
      maxLength: 25,
    })
    fc.assert(
      fc.property(calls, fc.nat({ max: 7 }), filling, (sequence, pick, pattern) => {
        kernel = fresh[pick] ?? kernel
        for (const [name, args] of sequence) {
          const outcome = kernel.call(name, ...args)
          expect([name, args, status(outcome)]).toEqual([name, args, true])
          // What an embedder may write is the scratch block that was laid out last.
          const end = Math.min(kernel.call("blockEnd"), kernel.memory.buffer.byteLength)
          if (name.startsWith("reserve") && outcome === 0 && kernel.slot(SCRATCH) < end && end < 2 ** 20)
            fill(kernel, kernel.slot(SCRATCH), end, pattern)
        }
      }),
      { numRuns: 400 },
    )
  })
})
