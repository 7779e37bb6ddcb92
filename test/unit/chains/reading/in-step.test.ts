import { expect, test } from "vitest"
import type { AdapterReading, ReadSteps } from "../../../../chains/adapter.js"
import { runInStep } from "../../../../chains/reading/in-step.js"

const reading = (...symbols: string[]): AdapterReading => ({
  addresses: [],
  prices: [],
  quotes: [],
  faults: symbols.map(detail => ({ code: "PRICE_MISSING", venue: "test", unknown: "asset", detail })),
})

/** Reads each round's batch in turn and reports every answer that it got. */
function* reader(...rounds: string[][]): ReadSteps<string, string> {
  const answers: string[] = []
  for (const round of rounds) answers.push(...(yield round))
  return reading(...answers)
}

/** Runs to the end, answering each read with itself in capitals; also tells which batches were asked. */
async function drive(starts: readonly (() => ReadSteps<string, string>)[]) {
  const batches: (readonly string[])[] = []
  const outcomes = await runInStep(starts, async reads => {
    batches.push(reads)
    return reads.map(read => read.toUpperCase())
  })
  return { batches, outcomes }
}

test("merges each round and gives everybody their own answers", async () => {
  const { batches, outcomes } = await drive([
    () => reader(["a1", "a2"], ["a3"]),
    () => reader(),
    () => reader(["b1"], ["b2", "b3"], ["b4"]),
    () => reader([], ["c1"]),
  ])
  expect(batches).toEqual([["a1", "a2", "b1"], ["a3", "b2", "b3", "c1"], ["b4"]])
  expect(outcomes).toEqual([
    { status: "read", reading: reading("A1", "A2", "A3") },
    { status: "read", reading: reading() },
    { status: "read", reading: reading("B1", "B2", "B3", "B4") },
    { status: "read", reading: reading("C1") },
  ])
})

const startIsBroken = true

test.each<[string, () => ReadSteps<string, string>]>([
  [
    "before it starts",
    () => {
      throw new TypeError("broken")
    },
  ],
  [
    "at its first step",
    function* () {
      if (startIsBroken) throw new TypeError("broken")
      yield ["x"]
      return reading()
    },
  ],
  [
    "on an answer",
    function* () {
      yield ["x"]
      throw new TypeError("broken")
    },
  ],
])("an adapter that throws %s fails alone", async (_, broken) => {
  const { outcomes } = await drive([() => reader(["a1"]), broken, () => reader(["b1"], ["b2"])])
  expect(outcomes).toMatchObject([
    { status: "read", reading: reading("A1") },
    { status: "failed" },
    { status: "read", reading: reading("B1", "B2") },
  ])
})

test("nobody to run is nothing to ask", async () => {
  expect(await drive([])).toEqual({ batches: [], outcomes: [] })
})

test("others have their turn between two adapters", async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  const seen: number[] = []
  const busy = (): ReadSteps<string, string> => {
    const until = performance.now() + 5
    while (performance.now() < until);
    seen.push(turns)
    return reader()
  }
  await drive([busy, busy, busy])
  clearInterval(counting)
  expect(new Set(seen).size).toBe(3)
})
