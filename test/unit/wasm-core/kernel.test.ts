/** The host file: what it accepts, what it refuses and how, and that nothing survives from one call to the next. */
import { beforeAll, describe, expect, expectTypeOf, it } from "vitest"
import type { ResidentKernel, RiskKernel } from "../../../aggregator/domain/ports.js"
import {
  type BookRows,
  type InstrumentColumns,
  type Kernel,
  KernelError,
  loadKernel,
  type ScenarioColumns,
} from "../../../wasm-core/kernel.js"
import {
  bookRows,
  instrumentColumns,
  kernelBytes,
  scenarioColumns,
  shippedKernel,
  UNCHANGED,
} from "../../support/kernel.js"
import type { Option } from "../../support/reference-black76.js"

const CALL: Option = {
  kind: 1,
  spot: 100,
  carry: 0,
  rate: 0.04,
  strike: 110,
  volatility: 0.5,
  timeToExpiry: 0.25,
}
const SPOT: Option = { kind: 0, spot: 100, carry: 0, rate: 0, strike: 0, volatility: 0, timeToExpiry: 0 }
const UP = { ...UNCHANGED, priceMove: 0.1 }
const DOWN = { ...UNCHANGED, priceMove: -0.1 }
/** An empty module with the eight bytes every module starts with, then one that imports a function. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
const IMPORTING_MODULE = Uint8Array.of(...EMPTY_MODULE, ...[1, 4, 1, 0x60, 0, 0], ...[2, 7, 1, 1, 0x61, 1, 0x62, 0, 0])

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const refusal = (code: string, index: number | null = null) =>
  expect.objectContaining({ name: "KernelError", code, index })

describe("loading", () => {
  it("satisfies the pipeline's port", () => {
    expectTypeOf<Kernel>().toExtend<RiskKernel>()
    expectTypeOf<Kernel>().toExtend<ResidentKernel>()
  })

  it("imports nothing, so that no host can change a result", async () => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(await kernelBytes()))).toEqual([])
  })

  it.each([
    ["bytes that are no module", Uint8Array.of(1, 2, 3)],
    ["a module without the exports", EMPTY_MODULE],
    ["a module that wants imports", IMPORTING_MODULE],
  ])("refuses %s", async (_name, wasm) => {
    const failure = await loadKernel(wasm).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(KernelError)
    expect(failure).toEqual(refusal("MODULE_INVALID"))
  })
})

describe("risk arrays", () => {
  it("are instrument-major, in the order of the scenarios even when time rolls and vol shifts are mixed", () => {
    const scenarios = [
      UP,
      { ...DOWN, timeRoll: 0.1 },
      { ...UP, volatilityShift: 0.2 },
      DOWN,
      { ...UNCHANGED, volatilityFactor: 2 },
      { ...UP, timeRoll: 0.1 },
    ]
    const together = kernel.riskArrays(instrumentColumns([CALL, SPOT]), scenarioColumns(scenarios), 0.001)
    const oneByOne = [CALL, SPOT].flatMap(option =>
      scenarios.map(scenario => {
        const { pnl } = kernel.riskArrays(instrumentColumns([option]), scenarioColumns([scenario]), 0.001)
        return pnl[0]
      }),
    )
    expect([...together.pnl]).toEqual(oneByOne)
    expect([...together.pnl.slice(6)]).toEqual([10_000, -10_000, 10_000, -10_000, 0, 10_000])
  })

  it("round to the nearest tick, ties away from zero, and never to −0", () => {
    const halves = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, -0.25]
    const scenarios = halves.map(priceMove => ({ ...UNCHANGED, priceMove: priceMove / 4 }))
    const { pnl } = kernel.riskArrays(instrumentColumns([{ ...SPOT, spot: 4 }]), scenarioColumns(scenarios), 1)
    expect([...pnl]).toEqual([1, 2, 3, -1, -2, -3, 0, 0])
  })

  it("count only the weighted share", () => {
    const scenarios = [{ ...UP, weight: 0.33 }]
    const { pnl } = kernel.riskArrays(instrumentColumns([SPOT]), scenarioColumns(scenarios), 0.01)
    expect([...pnl]).toEqual([330])
  })

  it("are exactly zero under a scenario that changes nothing", () => {
    const { pnl } = kernel.riskArrays(instrumentColumns([CALL, SPOT]), scenarioColumns([UNCHANGED]), 1e-12)
    expect([...pnl]).toEqual([0, 0])
  })

  it("ignore the strike of a linear instrument", () => {
    const { value } = kernel.riskArrays(
      instrumentColumns([{ ...SPOT, strike: Number.NaN }]),
      scenarioColumns([UNCHANGED]),
      1,
    )
    expect([...value]).toEqual([100])
  })

  it("start from the forward, which carry grows from spot and the rate discounts", () => {
    const carried = { ...CALL, kind: 0, carry: 0.1, rate: 0.2 } as const
    const { pnl, value } = kernel.riskArrays(instrumentColumns([carried]), scenarioColumns([UP]), 1e-9)
    expect(value[0]).toBeCloseTo(100 * Math.exp(0.025 - 0.05), 12)
    expect((pnl[0] ?? 0) * 1e-9).toBeCloseTo(10 * Math.exp(0.025 - 0.05), 8)
    const onForward = { ...CALL, spot: 100 * Math.exp(0.025) }
    expect(kernel.greeks(instrumentColumns([{ ...CALL, carry: 0.1 }])).value[0]).toBeCloseTo(
      kernel.greeks(instrumentColumns([onForward])).value[0] ?? 0,
      12,
    )
  })

  it("hold the forward while time passes", () => {
    const future = { ...CALL, kind: 0, carry: 0.1, rate: 0 } as const
    const aged = { ...UNCHANGED, timeRoll: 0.1 }
    const { pnl } = kernel.riskArrays(instrumentColumns([future]), scenarioColumns([aged]), 1e-9)
    expect([...pnl]).toEqual([0])
  })

  it("refuse a forward beyond f64", () => {
    const risk = (option: Option) => kernel.riskArrays(instrumentColumns([option]), scenarioColumns([UP]), 1)
    expect(() => risk({ ...CALL, carry: 1e6 })).toThrow(refusal("VALUE_OUT_OF_RANGE", 0))
    expect(() => risk({ ...CALL, kind: 0, carry: 1e6 })).toThrow(refusal("VALUE_OUT_OF_RANGE", 0))
    expect(() => risk({ ...CALL, carry: -1e6 })).toThrow(refusal("VALUE_OUT_OF_RANGE", 0))
    expect(() => kernel.greeks(instrumentColumns([{ ...CALL, carry: 1e6 }]))).toThrow(refusal("VALUE_OUT_OF_RANGE", 0))
  })

  it("refuse a move beyond f64 rather than losing the NaN it becomes", () => {
    const scenarios = scenarioColumns([{ ...UNCHANGED, priceMove: 1e308 }])
    expect(() => kernel.riskArrays(instrumentColumns([CALL]), scenarios, 1e300)).toThrow(refusal("PNL_OUT_OF_RANGE", 0))
  })

  it("take no instruments, but not no scenarios", () => {
    expect(kernel.riskArrays(instrumentColumns([]), scenarioColumns([UP]), 1).pnl).toHaveLength(0)
    expect(() => kernel.riskArrays(instrumentColumns([CALL]), scenarioColumns([]), 1)).toThrow(
      refusal("SIZE_OUT_OF_RANGE"),
    )
  })

  it("refuse ticks so small that a P&L leaves the exact integers", () => {
    const reprice = (option: Option) =>
      kernel.riskArrays(instrumentColumns([SPOT, option]), scenarioColumns([UNCHANGED, UP]), 1e-15)
    expect(() => reprice(SPOT)).toThrow(refusal("PNL_OUT_OF_RANGE", 0))
    expect(() =>
      kernel.riskArrays(instrumentColumns([CALL]), scenarioColumns([UNCHANGED, { ...UP, priceMove: 4 }]), 1e-15),
    ).toThrow(refusal("PNL_OUT_OF_RANGE", 0))
  })

  it("refuse columns of different lengths", () => {
    const instruments = { ...instrumentColumns([CALL]), strike: new Float64Array(2) }
    expect(() => kernel.riskArrays(instruments, scenarioColumns([UP]), 1)).toThrow(refusal("COLUMN_LENGTH_MISMATCH"))
    const scenarios = { ...scenarioColumns([UP]), weight: new Float64Array(0) }
    expect(() => kernel.riskArrays(instrumentColumns([CALL]), scenarios, 1)).toThrow(refusal("COLUMN_LENGTH_MISMATCH"))
  })
})

describe("worst scenarios", () => {
  const table = Float64Array.of(5, -3, -3, 0, -2, 4)
  const aggregate = (books: BookRows) => kernel.worstScenarios(table, 3, books)

  it("are the first of equals, and can be a gain", () => {
    const books = bookRows([
      [{ instrument: 0, lots: 1 }],
      [{ instrument: 0, lots: -1 }],
      [{ instrument: 1, lots: -2 }],
      [
        { instrument: 0, lots: 2 },
        { instrument: 1, lots: 3 },
      ],
    ])
    expect(aggregate(books)).toEqual({
      pnl: Float64Array.of(-3, -5, -8, -12),
      scenario: Uint32Array.of(1, 0, 2, 1),
    })
    const gains = kernel.worstScenarios(Float64Array.of(7, 6, 9), 3, bookRows([[{ instrument: 0, lots: 1 }]]))
    expect(gains).toEqual({ pnl: Float64Array.of(6), scenario: Uint32Array.of(1) })
  })

  it("of an empty row are nothing", () => {
    expect(aggregate(bookRows([[], [{ instrument: 1, lots: 1 }], []]))).toEqual({
      pnl: Float64Array.of(0, -2, 0),
      scenario: Uint32Array.of(0, 1, 0),
    })
    expect(aggregate(bookRows([])).pnl).toHaveLength(0)
  })

  it.each<[string, number | null, BookRows]>([
    ["INSTRUMENT_INDEX_INVALID", 1, bookRows([[{ instrument: 0, lots: 1 }], [{ instrument: 2, lots: 1 }]])],
    ["INSTRUMENT_INDEX_INVALID", 0, bookRows([[{ instrument: 2 ** 32 - 1, lots: 1 }]])],
    ["LOTS_INVALID", 0, bookRows([[{ instrument: 0, lots: 0.5 }]])],
    ["LOTS_INVALID", 0, bookRows([[{ instrument: 0, lots: Number.NaN }]])],
    ["LOTS_INVALID", 0, bookRows([[{ instrument: 0, lots: 2 ** 53 }]])],
    ["SUM_OUT_OF_RANGE", 1, bookRows([[{ instrument: 0, lots: 1 }], [{ instrument: 0, lots: 2 ** 52 }]])],
    ["ROW_START_INVALID", 0, { ...bookRows([[{ instrument: 0, lots: 1 }]]), rowStart: Uint32Array.of(1, 1) }],
    ["ROW_START_INVALID", 2, { ...bookRows([[{ instrument: 0, lots: 1 }]]), rowStart: Uint32Array.of(0, 1, 0) }],
    ["ROW_START_INVALID", 1, { ...bookRows([[{ instrument: 0, lots: 1 }]]), rowStart: Uint32Array.of(0, 0) }],
    ["ROW_START_INVALID", 1, { ...bookRows([[{ instrument: 0, lots: 1 }]]), rowStart: Uint32Array.of(0, 2) }],
    ["COLUMN_LENGTH_MISMATCH", null, { ...bookRows([]), rowStart: new Uint32Array(0) }],
    ["COLUMN_LENGTH_MISMATCH", null, { ...bookRows([]), lots: new Float64Array(1) }],
  ])("are refused with %s at %s", (code, index, books) => {
    expect(() => aggregate(books)).toThrow(refusal(code, index))
  })

  it.each([
    ["RISK_ARRAY_INVALID", 1, [1, 2, 3, 4, 0.5, 6], 3],
    ["RISK_ARRAY_INVALID", 0, [Number.NaN], 1],
    ["RISK_ARRAY_INVALID", 0, [2 ** 53], 1],
    ["SIZE_OUT_OF_RANGE", null, [1, 2], 0],
    ["SIZE_OUT_OF_RANGE", null, [1, 2], 1.5],
    ["SIZE_OUT_OF_RANGE", null, [1, 2], -1],
    ["SIZE_OUT_OF_RANGE", null, [], 2 ** 32 + 1],
    ["COLUMN_LENGTH_MISMATCH", null, [1, 2, 3], 2],
  ])("refuse with %s at %s the table %j", (code, index, ticks, scenarioCount) => {
    expect(() => kernel.worstScenarios(Float64Array.from(ticks), scenarioCount, bookRows([]))).toThrow(
      refusal(code, index),
    )
  })
})

describe("memory", () => {
  const instruments = (count: number): InstrumentColumns => instrumentColumns(Array.from({ length: count }, () => CALL))
  const scenarios = (count: number): ScenarioColumns => scenarioColumns(Array.from({ length: count }, () => UP))

  it("grows between and within calls without a result changing", async () => {
    const fresh = await shippedKernel()
    const before = fresh.riskArrays(instruments(1), scenarios(1), 0.01)
    const kept = before.pnl[0]
    const large = fresh.riskArrays(instruments(5_000), scenarios(100), 0.01)
    expect(new Set(large.pnl)).toEqual(new Set([kept]))
    expect(large.pnl).toHaveLength(500_000)
    expect([...before.pnl]).toEqual([kept])
    expect(fresh.riskArrays(instruments(1), scenarios(1), 0.01)).toEqual(before)
  })
})

describe("Greeks", () => {
  it("are those of the side it lies on where volatility or time is nothing", () => {
    const kinks: Option[] = [
      { ...CALL, strike: 90, volatility: 0 },
      { ...CALL, strike: 110, timeToExpiry: 0 },
      { ...CALL, kind: 2, strike: 110, timeToExpiry: 0 },
      { ...CALL, strike: 100, volatility: 0, timeToExpiry: 0 },
    ]
    const { delta, gamma, vega } = kernel.greeks(instrumentColumns(kinks))
    const discount = Math.exp(-0.01)
    expect([...delta].map(each => each + 0)).toEqual([discount, 0, -1, 0.5])
    expect([...gamma, ...vega]).toEqual(Array(8).fill(0))
  })

  it("of a linear instrument are its discount factor and its carry", () => {
    const future: Option = { ...SPOT, timeToExpiry: 0.5, carry: 0.02, rate: 0.06 }
    const { value, delta, gamma, vega, theta } = kernel.greeks(instrumentColumns([future]))
    expect(value[0]).toBeCloseTo(100 * Math.exp(0.01 - 0.03), 12)
    expect(delta[0]).toBeCloseTo(Math.exp(-0.03), 15)
    expect([gamma[0], vega[0]]).toEqual([0, 0])
    expect(theta[0]).toBeCloseTo((0.06 * 100 * Math.exp(0.01 - 0.03)) / 365, 12)
  })
})
