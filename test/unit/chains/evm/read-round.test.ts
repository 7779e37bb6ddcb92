import { type Hex, hexToBigInt, zeroAddress } from "viem"
import { describe, expect, it } from "vitest"
import type { EvmCallResult } from "../../../../chains/evm/adapter.js"
import { addEach, gather, type Query, ReadRound } from "../../../../chains/evm/read-round.js"

const query = (data: Hex): Query<bigint> => ({
  what: `call of ${data}`,
  call: { to: zeroAddress, data },
  decode: hexToBigInt,
})
const ok = (data: Hex): EvmCallResult => ({ status: "ok", data })
const REVERTED: EvmCallResult = { status: "reverted", data: "0x" }

/** Asks a round and gives it these results. */
function answerWith(round: ReadRound, results: readonly EvmCallResult[]) {
  const asking = round.ask()
  const batch = asking.next().value
  asking.next(results)
  return batch
}

describe("a round of reads", () => {
  it("yields its calls as one batch and hands each answer to its query", () => {
    const round = new ReadRound()
    const [first, second] = [round.add(query("0x01")), round.add(query("0x02"))]
    expect(answerWith(round, [ok("0x0a"), REVERTED])).toEqual([query("0x01").call, query("0x02").call])
    expect(first()).toEqual({ status: "ok", value: 10n })
    expect(second()).toMatchObject({ status: "fault", code: "CALL_REVERTED" })
  })

  it("costs no request when it is empty", () => {
    expect(new ReadRound().ask().next()).toEqual({ done: true, value: undefined })
  })

  it("is a fault before it was asked and the answer afterwards", () => {
    const round = new ReadRound()
    const answer = round.add(query("0x01"))
    expect(answer()).toMatchObject({ status: "fault", code: "DECODE" })
    answerWith(round, [ok("0x07")])
    expect(answer()).toEqual({ status: "ok", value: 7n })
  })

  it("is a fault for what a short list of results leaves out", () => {
    const round = new ReadRound()
    const [first, second] = [round.add(query("0x01")), round.add(query("0x02"))]
    answerWith(round, [ok("0x01")])
    expect([first().status, second().status]).toEqual(["ok", "fault"])
  })

  it("separates values from faults by what they were asked of", () => {
    const round = new ReadRound()
    const answers = addEach(round, ["a", "b"], () => query("0x01"))
    answerWith(round, [REVERTED, ok("0x05")])
    expect(answers().values).toEqual([["b", 5n]])
    expect(answers().faults).toMatchObject([["a", { status: "fault", code: "CALL_REVERTED" }]])
  })
})

describe("gathering answers", () => {
  const fine = () => ({ status: "ok", value: 2n }) as const
  const missing = () => ({ status: "fault", code: "DECODE", detail: "gone" }) as const

  it("combines values", () => {
    expect(gather(need => need(fine) * 3n)).toEqual({ status: "ok", value: 6n })
  })

  it("is the first fault among the answers needed", () => {
    expect(gather(need => need(fine) + need<bigint>(missing))).toEqual(missing())
  })

  it("does not care for faults that are not needed", () => {
    expect(gather(need => (need(fine) > 1n ? 1 : need(missing)))).toEqual({ status: "ok", value: 1 })
  })

  it("hides no other failure", () => {
    const broken = () => {
      throw new TypeError("broken")
    }
    expect(() => gather(broken)).toThrow(TypeError)
  })
})
