/** Questions about books that do not exist: the answers of the separate calls, in one. */
import { beforeAll, describe, expect, it } from "vitest"
import type { Kernel, WhatIf } from "../../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns, shippedKernel, UNCHANGED } from "../../support/kernel.js"
import type { Option } from "../../support/reference-black76.js"

const CALL: Option = { kind: 1, spot: 100, carry: 0.02, rate: 0.04, strike: 110, volatility: 0.5, timeToExpiry: 0.25 }
const PUT: Option = { ...CALL, kind: 2 }
const SPOT: Option = { kind: 0, spot: 100, carry: 0, rate: 0, strike: 0, volatility: 0, timeToExpiry: 0 }
const MOVES = scenarioColumns([
  { ...UNCHANGED, priceMove: -0.2 },
  { ...UNCHANGED, volatilityShift: 0.1, weight: 0.5 },
  { ...UNCHANGED, priceMove: 0.3, timeRoll: 0.1 },
])
const TICK = 0.001

let kernel: Kernel
let question: WhatIf
beforeAll(async () => {
  kernel = await shippedKernel()
  question = kernel.openWhatIf(MOVES, TICK, 4)
})

const refusal = (code: string, index: number | null = null) =>
  expect.objectContaining({ name: "KernelError", code, index })

/** The same by the separate calls. */
function separately(options: readonly Option[], lots: readonly number[]) {
  const instruments = instrumentColumns(options)
  const { pnl } = kernel.riskArrays(instruments, MOVES, TICK)
  const books = bookRows([lots.map((each, instrument) => ({ instrument, lots: each }))])
  const worst = kernel.worstScenarios(pnl, 3, books)
  const { value, delta, gamma, vega, theta } = kernel.greeks(instruments)
  return {
    pnl: worst.pnl[0],
    scenario: worst.scenario[0],
    sums: [...kernel.scenarioSums(pnl, 3, books)],
    greeks: [value, delta, gamma, vega, theta].map(column => [...column]),
  }
}

function asked(options: readonly Option[], lots: readonly number[]) {
  const { pnl, scenario, sums, greeks } = question.ask(instrumentColumns(options), Float64Array.from(lots))
  const { value, delta, gamma, vega, theta } = greeks
  const columns = [value, delta, gamma, vega, theta].map(column => [...column.subarray(0, options.length)])
  return { pnl, scenario, sums: [...sums], greeks: columns }
}

describe("a what-if", () => {
  it.each<[string, Option[], number[]]>([
    ["a call and its put", [CALL, PUT], [-3, 2]],
    ["a put and its call", [PUT, CALL], [1, 1]],
    ["strangers", [CALL, { ...PUT, strike: 90 }, SPOT], [5, -7, 11]],
    ["one", [SPOT], [-1]],
    ["none", [], []],
  ])("about %s answers what the separate calls do", (_name, options, lots) => {
    expect(asked(options, lots)).toEqual(separately(options, lots))
  })

  it("does not remember the one before", () => {
    const before = asked([CALL, SPOT], [1, 1])
    asked([PUT, PUT, PUT, SPOT], [9, 9, 9, 9])
    expect(asked([CALL, SPOT], [1, 1])).toEqual(before)
  })

  it("answers again after a refusal", () => {
    expect(() => asked([CALL, { ...CALL, spot: 0 }], [1, 1])).toThrow(refusal("SPOT_INVALID", 1))
    expect(asked([CALL], [1])).toEqual(separately([CALL], [1]))
  })

  it("is refused for lots that are not whole, for sums beyond 2^53, for too many and for columns of other lengths", () => {
    expect(() => asked([CALL, CALL], [1, 0.5])).toThrow(refusal("LOTS_INVALID", 1))
    expect(() => asked([SPOT], [2 ** 52])).toThrow(refusal("SUM_OUT_OF_RANGE", 0))
    expect(() => asked([SPOT, SPOT, SPOT, SPOT, SPOT], [1, 1, 1, 1, 1])).toThrow(refusal("SIZE_OUT_OF_RANGE"))
    expect(() => asked([SPOT], [1, 1])).toThrow(refusal("COLUMN_LENGTH_MISMATCH"))
    expect(() => asked([{ ...CALL, carry: 1e6 }], [1])).toThrow(refusal("VALUE_OUT_OF_RANGE", 0))
  })

  it("cannot be prepared with scenarios or ticks out of range", () => {
    const fallen = scenarioColumns([UNCHANGED, { ...UNCHANGED, priceMove: -1 }])
    expect(() => kernel.openWhatIf(fallen, TICK, 1)).toThrow(refusal("PRICE_MOVE_INVALID", 1))
    expect(() => kernel.openWhatIf(MOVES, 0, 1)).toThrow(refusal("TICK_INVALID"))
  })
})
