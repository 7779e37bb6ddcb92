/** Passes by several threads: the bits of one thread, its refusals, and no thread left behind. */
import { afterEach, describe, expect, it } from "vitest"
import type { BookRows } from "../../../wasm-core/kernel.js"
import { openThreadedBooks, type ThreadedBooks } from "../../../wasm-core/threaded-books.js"
import { sharedKernelBytes, shippedKernel } from "../../support/kernel.js"

const ROWS = 10_000
const INSTRUMENTS = 300
const SCENARIOS = 21

const TABLE = Float64Array.from(
  { length: INSTRUMENTS * SCENARIOS },
  (_, i) => ((i * 2_654_435_761) % 2_000_003) - 1_000_001,
)
/** Zero to six positions a row. */
const BOOKS: BookRows = (() => {
  const rowStart = new Uint32Array(ROWS + 1)
  for (let row = 0; row < ROWS; row++) rowStart[row + 1] = (rowStart[row] ?? 0) + ((row * 31) % 7)
  const positions = rowStart[ROWS] ?? 0
  return {
    rowStart,
    instrument: Uint32Array.from({ length: positions }, (_, p) => (p * 7_919) % INSTRUMENTS),
    lots: Float64Array.from({ length: positions }, (_, p) => ((p * 104_729) % 2_001) - 1_000),
  }
})()

const size = { instruments: INSTRUMENTS, scenarios: SCENARIOS, rows: ROWS }
const opened: ThreadedBooks[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(books => books.close()))
})

async function threaded(threads: number): Promise<ThreadedBooks> {
  const books = await openThreadedBooks(await sharedKernelBytes(), size, threads)
  opened.push(books)
  books.writeTable(0, TABLE)
  books.addRows(BOOKS)
  return books
}

const refusal = (code: string, index: number | null) => expect.objectContaining({ name: "KernelError", code, index })

describe("threads", () => {
  it.each([1, 2, 3])("%d of them compute the bits of the build without threads", async threads => {
    const alone = (await shippedKernel()).openBooks(size)
    alone.writeTable(0, TABLE)
    alone.addRows(BOOKS)
    const books = await threaded(threads)
    expect(await books.worstScenarios()).toEqual(alone.worstScenarios())
    expect(await books.worstScenarios(5_000, 9_999)).toEqual(alone.worstScenarios(5_000, 9_999))
    expect(await books.tails(4)).toEqual(alone.tails(4))
    expect(await books.tails(0, 17, 6_001)).toEqual(alone.tails(0, 17, 6_001))
    expect(books.scenarioSums(0, 50)).toEqual(alone.scenarioSums(0, 50))
  })

  it("see what has changed between two passes", async () => {
    const books = await threaded(2)
    const before = (await books.worstScenarios()).pnl.slice()
    books.writeTable(
      0,
      TABLE.map(ticks => 2 * ticks),
    )
    expect((await books.worstScenarios()).pnl).toEqual(before.map(pnl => 2 * pnl))
  })

  it("finish one pass before the next begins", async () => {
    const books = await threaded(2)
    const halves = await Promise.all([books.worstScenarios(0, 5_000), books.worstScenarios(5_000, ROWS)])
    const tails = await Promise.all([books.tails(2), books.tails(3, 0, 10)])
    expect(tails[1]).toEqual(await books.tails(3, 0, 10))
    expect(tails[0]).toEqual(await books.tails(2))
    const inTurn = halves.map(each => each.pnl.slice())
    const whole = (await books.worstScenarios()).pnl
    expect(inTurn).toEqual([whole.slice(0, 5_000), whole.slice(5_000)])
  })

  it("name the first row that is refused, as one thread does, and go on afterwards", async () => {
    const books = await threaded(2)
    books.keepRows(9_000)
    const heavy = {
      rowStart: Uint32Array.of(0, 1, 2),
      instrument: Uint32Array.of(0, 0),
      lots: Float64Array.of(2 ** 50, 2 ** 51),
    }
    books.addRows(heavy)
    await expect(books.worstScenarios()).rejects.toThrow(refusal("SUM_OUT_OF_RANGE", 9_000))
    expect((await books.worstScenarios(0, 9_000)).pnl).toHaveLength(9_000)
  })

  it("refuse rows that are not there, and a tail of all scenarios", async () => {
    const books = await threaded(2)
    await expect(books.worstScenarios(0, ROWS + 1)).rejects.toThrow(refusal("SIZE_OUT_OF_RANGE", null))
    await expect(books.tails(SCENARIOS)).rejects.toThrow(refusal("SIZE_OUT_OF_RANGE", null))
  })
})
