/** Risk arrays and books that stay: what is kept from call to call, what a refusal leaves behind, what it costs in memory. */
import { beforeAll, describe, expect, it } from "vitest"
import type { Kernel, ResidentBooks } from "../../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns, shippedKernel, UNCHANGED } from "../../support/kernel.js"
import { rawKernel } from "../../support/kernel-exports.js"
import type { Option } from "../../support/reference-black76.js"

const CALL: Option = { kind: 1, spot: 100, carry: 0, rate: 0.04, strike: 110, volatility: 0.5, timeToExpiry: 0.25 }
const SPOT: Option = { kind: 0, spot: 100, carry: 0, rate: 0, strike: 0, volatility: 0, timeToExpiry: 0 }
const MOVES = scenarioColumns([-0.2, -0.1, 0.1].map(priceMove => ({ ...UNCHANGED, priceMove })))

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const refusal = (code: string, index: number | null = null) =>
  expect.objectContaining({ name: "KernelError", code, index })

/** Two priced instruments and one that is not; rows: one call, two spots short, both. */
function opened(): ResidentBooks {
  const books = kernel.openBooks({ instruments: 3, scenarios: 3, rows: 4 })
  books.reprice(0, instrumentColumns([CALL, SPOT]), MOVES, 0.01)
  books.addRows(bookRows([[{ instrument: 0, lots: 1 }], [{ instrument: 1, lots: -2 }]]))
  books.addRows(
    bookRows([
      [
        { instrument: 0, lots: 1 },
        { instrument: 1, lots: 1 },
      ],
    ]),
  )
  return books
}

describe("resident books", () => {
  it("give what the copying calls give", () => {
    const books = opened()
    const { pnl } = kernel.riskArrays(instrumentColumns([CALL, SPOT]), MOVES, 0.01)
    const rows = bookRows([
      [{ instrument: 0, lots: 1 }],
      [{ instrument: 1, lots: -2 }],
      [
        { instrument: 0, lots: 1 },
        { instrument: 1, lots: 1 },
      ],
    ])
    expect(books.rowCount).toBe(3)
    expect(books.worstScenarios()).toEqual(kernel.worstScenarios(pnl, 3, rows))
    expect(books.scenarioSums()).toEqual(kernel.scenarioSums(pnl, 3, rows))
  })

  it("answer for a range of rows alone", () => {
    const books = opened()
    expect([...books.worstScenarios(1, 2).pnl]).toEqual([-2_000])
    expect([...books.worstScenarios(1, 2).scenario]).toEqual([2])
    expect([...books.scenarioSums(1, 2)]).toEqual([4_000, 2_000, -2_000])
    expect(books.worstScenarios(2, 2).pnl).toHaveLength(0)
  })

  it("keep each to its own memory", () => {
    const books = opened()
    const other = kernel.openBooks({ instruments: 1, scenarios: 3, rows: 1 })
    other.writeTable(0, Float64Array.of(-7, 0, 7))
    other.addRows(bookRows([[{ instrument: 0, lots: 1 }]]))
    kernel.greeks(instrumentColumns([CALL]))
    expect([...books.worstScenarios(1, 2).pnl]).toEqual([-2_000])
    expect([...other.worstScenarios().pnl]).toEqual([-7])
  })

  it("see a new price of one instrument, and only it", () => {
    const books = opened()
    const before = books.worstScenarios(0, 1).pnl.slice()
    expect([...books.reprice(1, instrumentColumns([{ ...SPOT, spot: 50 }]), MOVES, 0.01)]).toEqual([50])
    expect(books.worstScenarios(0, 1).pnl).toEqual(before)
    expect([...books.worstScenarios(1, 2).pnl]).toEqual([-1_000])
  })

  it("hold lots and instruments beyond the compact form", () => {
    const books = kernel.openBooks({ instruments: 70_000, scenarios: 1, rows: 5 })
    books.writeTable(
      0,
      Float64Array.from({ length: 70_000 }, (_, i) => i),
    )
    const rows = [
      [{ instrument: 65_535, lots: 32_767 }],
      [{ instrument: 65_536, lots: 1 }],
      [
        { instrument: 1, lots: 32_768 },
        { instrument: 69_999, lots: -2 },
      ],
      [{ instrument: 65_535, lots: -32_768 }],
      [{ instrument: 3, lots: -32_769 }],
    ]
    books.addRows(bookRows(rows))
    const expected = [65_535 * 32_767, 65_536, 32_768 - 139_998, -65_535 * 32_768, -98_307]
    expect([...books.worstScenarios().pnl]).toEqual(expected)
  })

  it("forget rows and take others in their place", () => {
    const books = opened()
    books.keepRows(1)
    expect(books.rowCount).toBe(1)
    books.addRows(bookRows([[{ instrument: 1, lots: 5 }]]))
    expect([...books.worstScenarios(1).pnl]).toEqual([-10_000])
  })
})

describe("refusals", () => {
  it("of rows leave those that were there", () => {
    const books = opened()
    const bad = bookRows([[{ instrument: 0, lots: 1 }], [{ instrument: 3, lots: 1 }]])
    expect(() => books.addRows(bad)).toThrow(refusal("SIZE_OUT_OF_RANGE"))
    books.keepRows(2)
    expect(() => books.addRows(bad)).toThrow(refusal("INSTRUMENT_INDEX_INVALID", 1))
    expect(books.rowCount).toBe(2)
    expect([...books.worstScenarios().pnl]).toHaveLength(2)
  })

  it("count positions from the start of all rows, not of the block that went in", () => {
    const books = kernel.openBooks({ instruments: 1, scenarios: 1, rows: 100_000 })
    const rows = Array.from({ length: 100_000 }, () => [{ instrument: 0, lots: 1 }])
    rows[90_000] = [{ instrument: 0, lots: 0.5 }]
    expect(() => books.addRows(bookRows(rows))).toThrow(refusal("LOTS_INVALID", 90_000))
    expect(books.rowCount).toBe(0)
  })

  it("of a price make the books that hold it unanswerable until it has one", () => {
    const books = opened()
    const broken = instrumentColumns([{ ...SPOT, carry: 1e6, timeToExpiry: 1 }])
    expect(() => books.reprice(1, broken, MOVES, 0.01)).toThrow(refusal("VALUE_OUT_OF_RANGE", 0))
    expect([...books.worstScenarios(0, 1).pnl]).toHaveLength(1)
    expect(() => books.worstScenarios()).toThrow(refusal("RISK_ARRAY_INVALID", 1))
    expect(() => books.scenarioSums(2, 3)).toThrow(refusal("RISK_ARRAY_INVALID", 1))
    books.reprice(1, instrumentColumns([SPOT]), MOVES, 0.01)
    expect([...books.worstScenarios().pnl]).toHaveLength(3)
  })

  it("of a table written from outside do the same", () => {
    const books = opened()
    expect(() => books.writeTable(1, Float64Array.of(1, 2, 0.5, 4, 5, 6))).toThrow(refusal("RISK_ARRAY_INVALID", 1))
    expect(() => books.worstScenarios()).toThrow(refusal("RISK_ARRAY_INVALID", 1))
  })

  it("of one row's size name it, and leave the others answerable", () => {
    const books = opened()
    books.addRows(bookRows([[{ instrument: 1, lots: 2 ** 44 }]]))
    expect(() => books.worstScenarios()).toThrow(refusal("SUM_OUT_OF_RANGE", 3))
    expect([...books.worstScenarios(0, 3).pnl]).toHaveLength(3)
  })

  it.each([
    ["rows that are not there", (books: ResidentBooks) => books.worstScenarios(0, 4)],
    ["a range that ends before it begins", (books: ResidentBooks) => books.scenarioSums(2, 1)],
    ["half a row", (books: ResidentBooks) => books.worstScenarios(0.5, 1)],
    ["a table beyond its end", (books: ResidentBooks) => books.writeTable(3, new Float64Array(3))],
    [
      "instruments beyond its end",
      (books: ResidentBooks) => books.reprice(2, instrumentColumns([SPOT, SPOT]), MOVES, 1),
    ],
    ["more rows than there are to keep", (books: ResidentBooks) => books.keepRows(4)],
  ])("of %s change nothing", (_name, ask) => {
    const books = opened()
    expect(() => ask(books)).toThrow(refusal("SIZE_OUT_OF_RANGE"))
    expect([...books.worstScenarios().pnl]).toHaveLength(3)
  })

  it("of other scenarios than the table has change nothing", () => {
    const books = opened()
    const reprice = () => books.reprice(0, instrumentColumns([SPOT]), scenarioColumns([UNCHANGED]), 1)
    expect(reprice).toThrow(refusal("COLUMN_LENGTH_MISMATCH"))
    expect([...books.worstScenarios().pnl]).toHaveLength(3)
  })
})

describe("memory", () => {
  it("of a million accounts × 10 positions × 16 scenarios stays below 128 MiB", () => {
    const accounts = 1_000_000
    const books = kernel.openBooks({ instruments: 5_000, scenarios: 16, rows: 4 * accounts })
    books.writeTable(0, new Float64Array(5_000 * 16))
    const part = 4 * 10_000
    const rowStart = Uint32Array.from({ length: part + 1 }, (_, row) => 10 * (row >> 2) + ([0, 2, 5, 7][row & 3] ?? 0))
    const instrument = Uint32Array.from({ length: 100_000 }, (_, p) => p % 5_000)
    const lots = Float64Array.from(instrument, each => each - 2_500)
    for (let row = 0; row < 4 * accounts; row += part) books.addRows({ rowStart, instrument, lots })
    expect(books.worstScenarios().pnl).toHaveLength(4 * accounts)
    expect(books.byteLength).toBeLessThanOrEqual(128 * 2 ** 20)
  })

  it("is used again from its start by every call of the copying interface", async () => {
    const { memory, call } = await rawKernel()
    call("openBlock", 1_000, 16, 0, 1)
    call("reserveRisk", 1_000)
    const size = memory.buffer.byteLength
    for (let round = 0; round < 100; round++) {
      call("openBlock", 1_000, 16, 0, 1)
      call("reserveRisk", 1_000)
    }
    expect(memory.buffer.byteLength).toBe(size)
  })

  it("refuses sizes beyond it, and work on a block that was not opened or reserved", async () => {
    const { call } = await rawKernel()
    for (const [name, ...args] of [
      ["reserveRisk", 1],
      ["takeRows", 0, 1],
      ["reprice", 0, 1, 1],
      ["keepRows", 0],
      ["addBooks", 0, 0],
      ["worst", 0, 0, 0],
      ["sums", 0, 0],
      ["openBlock", 2 ** 28, 2 ** 28, 1, 1],
      ["openBlock", 2 ** 28 + 1, 1, 1, 1],
      ["openBlock", 1, 1, 2 ** 28 + 1, 1],
      ["openBlock", 1, 0, 1, 1],
      ["openBlock", 1, 1, 1, 0],
      ["reserveGreeks", 2 ** 28],
      ["greeks", 1_000_000],
    ] as const)
      expect([name, call(name, ...args)]).toEqual([name, 1])
    expect(call("openBlock", 100_000, 64, 1_000, 1)).toBe(0)
    expect(call("reprice", 0, 100_000, 1)).toBe(1)
    expect(call("addBooks", 1_000, 10_000_000)).toBe(1)
    expect(call("reserveBooks", 2 ** 28, 2 ** 28)).toBe(1)
  })
})
