/** Whatever is put into a column, the answer is a finite number or a KernelError; never NaN, never a trap. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { type Kernel, KernelError, type KernelErrorCode } from "../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns, shippedKernel } from "../support/kernel.js"
import { options, scenarios } from "../support/reference-arbitraries.js"
import { forwardOf, type Option, presentValue, type Scenario } from "../support/reference-black76.js"

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const NEVER = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const NOT_NON_NEGATIVE = [...NEVER, -1, -Number.MIN_VALUE]
const NOT_POSITIVE = [...NOT_NON_NEGATIVE, 0, -0]

const forbiddenInOption: [keyof Option, KernelErrorCode, number[]][] = [
  ["spot", "SPOT_INVALID", NOT_POSITIVE],
  ["carry", "CARRY_INVALID", NEVER],
  ["rate", "RATE_INVALID", NOT_NON_NEGATIVE],
  ["strike", "STRIKE_INVALID", NOT_POSITIVE],
  ["volatility", "VOLATILITY_INVALID", NOT_NON_NEGATIVE],
  ["timeToExpiry", "TIME_TO_EXPIRY_INVALID", NOT_NON_NEGATIVE],
]
const forbiddenInScenario: [keyof Scenario, KernelErrorCode, number[]][] = [
  ["priceMove", "PRICE_MOVE_INVALID", [...NEVER, -1, -2]],
  ["volatilityFactor", "VOLATILITY_FACTOR_INVALID", NOT_NON_NEGATIVE],
  ["volatilityShift", "VOLATILITY_SHIFT_INVALID", NEVER],
  ["timeRoll", "TIME_ROLL_INVALID", NOT_NON_NEGATIVE],
  ["weight", "WEIGHT_INVALID", NOT_NON_NEGATIVE],
]

/** Below it f64 loses digits, and relative errors mean nothing. */
const LEAST_NORMAL = 2 ** -1022

const tickOf = (book: readonly Option[]) =>
  Math.max(...book.map(option => Math.max(forwardOf(option), option.strike))) * 1e-9
const books = fc.array(options([1, 2]), { minLength: 1, maxLength: 4 })
const stresses = fc.array(scenarios, { minLength: 1, maxLength: 9 })
const refusal = (code: KernelErrorCode, index: number | null) =>
  expect.objectContaining({ name: "KernelError", code, index })

describe("a forbidden number anywhere in a column", () => {
  it.each(forbiddenInOption)("%s is %s", (field, code, values) => {
    fc.assert(
      fc.property(books, stresses, fc.nat(), fc.constantFrom(...values), (book, moves, pick, value) => {
        const index = pick % book.length
        const spoiled = book.map((option, i) => (i === index ? { ...option, [field]: value } : option))
        const instruments = instrumentColumns(spoiled)
        expect(() => kernel.riskArrays(instruments, scenarioColumns(moves), tickOf(book))).toThrow(refusal(code, index))
        expect(() => kernel.greeks(instruments)).toThrow(refusal(code, index))
      }),
    )
  })

  it.each(forbiddenInScenario)("%s is %s", (field, code, values) => {
    fc.assert(
      fc.property(books, stresses, fc.nat(), fc.constantFrom(...values), (book, moves, pick, value) => {
        const index = pick % moves.length
        const spoiled = moves.map((scenario, j) => (j === index ? { ...scenario, [field]: value } : scenario))
        expect(() => kernel.riskArrays(instrumentColumns(book), scenarioColumns(spoiled), tickOf(book))).toThrow(
          refusal(code, index),
        )
      }),
    )
  })

  it.each(NOT_POSITIVE)("tick %d is TICK_INVALID", tick => {
    fc.assert(
      fc.property(books, stresses, (book, moves) => {
        expect(() => kernel.riskArrays(instrumentColumns(book), scenarioColumns(moves), tick)).toThrow(
          refusal("TICK_INVALID", null),
        )
      }),
    )
  })

  it("kind is INSTRUMENT_KIND_INVALID", () => {
    fc.assert(
      fc.property(options([1]), fc.integer({ min: 3, max: 255 }), (option, kind) => {
        const instruments = { ...instrumentColumns([option]), kind: Uint8Array.of(kind) }
        expect(() => kernel.greeks(instruments)).toThrow(refusal("INSTRUMENT_KIND_INVALID", 0))
      }),
    )
  })
})

/** Runs until the kernel answers or refuses by name; anything else fails the property. */
function answerOrRefusal(compute: () => readonly Iterable<number>[]): readonly Iterable<number>[] {
  try {
    return compute()
  } catch (error) {
    expect(error).toBeInstanceOf(KernelError)
    return []
  }
}

describe("any f64 at all", () => {
  const anything = fc.double()

  it("in instruments and scenarios gives finite whole ticks or a refusal", () => {
    const option = fc.record({
      kind: fc.constantFrom(0 as const, 1 as const, 2 as const),
      spot: anything.map(Math.abs),
      carry: anything,
      rate: anything.map(Math.abs),
      strike: anything.map(Math.abs),
      // Up to where σ√T is still finite in the reference, which has no cap on it.
      volatility: fc.double({ min: 0, max: 1e150, noNaN: true }),
      timeToExpiry: fc.double({ min: 0, max: 1e150, noNaN: true }),
    })
    const scenario = fc.record({
      priceMove: anything.map(Math.abs),
      volatilityFactor: anything.map(Math.abs),
      volatilityShift: anything,
      timeRoll: anything.map(Math.abs),
      weight: anything.map(Math.abs),
    })
    fc.assert(
      fc.property(option, scenario, anything.map(Math.abs), (one, move, tick) => {
        const instruments = instrumentColumns([one])
        const [pnl = [], value = []] = answerOrRefusal(() => {
          const arrays = kernel.riskArrays(instruments, scenarioColumns([move]), tick)
          return [arrays.pnl, arrays.value]
        })
        const derivatives = answerOrRefusal(() => Object.values(kernel.greeks(instruments)))
        expect([...pnl].every(ticks => Number.isSafeInteger(ticks) && !Object.is(ticks, -0))).toBe(true)
        const slack = 1e-12 * Math.max(forwardOf(one), one.kind === 0 ? 0 : one.strike, LEAST_NORMAL)
        expect([...value].every(usd => Math.abs(usd - presentValue(one)) <= slack)).toBe(true)
        expect(derivatives.every(column => [...column].every(Number.isFinite))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it("in risk arrays and lots gives whole sums or a refusal", () => {
    const position = fc.record({ instrument: fc.nat({ max: 3 }), lots: anything })
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 3 }), fc.array(position), (ticks, book) => {
        const [pnl = []] = answerOrRefusal(() => [
          kernel.worstScenarios(Float64Array.from(ticks), 1, bookRows([book])).pnl,
        ])
        expect([...pnl].every(Number.isSafeInteger)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

it("what lay in memory before reaches no price: not even a NaN with bits of its own", () => {
  const dirty = new Uint8Array(new BigUint64Array(8_192).fill(0xffff_ffff_0200_0000n).buffer)
  const moves = scenarioColumns([{ priceMove: 0.1, volatilityFactor: 1, volatilityShift: 0, timeRoll: 0, weight: 1 }])
  fc.assert(
    fc.property(books, book => {
      const instruments = instrumentColumns(book)
      const clean = [kernel.riskArrays(instruments, moves, tickOf(book)), kernel.greeks(instruments)]
      kernel.keccakEach(dirty, 1_024)
      const priced = kernel.riskArrays(instruments, moves, tickOf(book))
      kernel.keccakEach(dirty, 1_024)
      expect([priced, kernel.greeks(instruments)]).toEqual(clean)
    }),
  )
})
