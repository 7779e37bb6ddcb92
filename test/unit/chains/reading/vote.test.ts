import { describe, expect, test } from "vitest"
import { ChainFault } from "../../../../chains/chain-fault.js"
import { type Ballot, ballots, noQuorum, verdictOf } from "../../../../chains/reading/vote.js"

const said = (host: string, identity: string): Ballot<string> => ({
  host,
  status: "ok",
  value: `${identity} of ${host}`,
  identity,
})
const failed = (host: string, fault: ChainFault): Ballot<string> => ({ host, status: "fault", fault })
const hung = (host: string) => failed(host, new ChainFault("RPC_UNAVAILABLE", "hangs"))
const moved = (host: string) => failed(host, new ChainFault("PIN_LOST", "gone"))

describe("the verdict", () => {
  test("is what the quorum said; who said otherwise or nothing is named", () => {
    const verdict = verdictOf([said("a", "x"), said("liar", "y"), said("b", "x"), hung("c")], 2)
    expect(verdict?.agreed).toEqual(["x of a", "x of b"])
    expect(verdict?.dissents.map(({ endpoint, code }) => [endpoint, code])).toEqual([
      ["liar", "OUTVOTED"],
      ["c", "RPC_UNAVAILABLE"],
    ])
  })

  test("is not reached by fewer, nor by two camps", () => {
    expect(verdictOf([said("a", "x"), said("b", "y"), said("c", "z")], 2)).toBeUndefined()
    expect(verdictOf([said("a", "x"), said("b", "x"), said("c", "y"), said("d", "y")], 2)).toBeUndefined()
    expect(verdictOf([said("a", "x"), hung("b")], 2)).toBeUndefined()
  })
})

describe("without a quorum the fault says", () => {
  test("that the members contradict each other", () => {
    expect(noQuorum([said("a", "x"), said("b", "y")], 2, "it").code).toBe("NO_QUORUM")
  })

  test("what failed most", () => {
    const limited = failed("c", new ChainFault("RPC_RATE_LIMIT", "429"))
    expect(noQuorum([hung("a"), hung("b"), limited, said("d", "x")], 3, "it").code).toBe("RPC_UNAVAILABLE")
  })

  test("that the state moved, which is worth another pass", () => {
    expect(noQuorum([hung("a"), moved("b"), said("c", "x")], 2, "it").code).toBe("PIN_LOST")
  })

  test("who said what", () => {
    const { message } = noQuorum([said("one.example", "x"), hung("two.example")], 2, "it")
    for (const host of ["one.example", "two.example"]) expect(message).toContain(host)
  })
})

test("whatever a member throws is its ballot", async () => {
  const cast = await ballots(
    [{ host: "a" }, { host: "b" }],
    async ({ host }) => {
      if (host === "b") throw new TypeError("x is not a function")
      return host
    },
    value => value,
  )
  expect(cast.map(({ status }) => status)).toEqual(["ok", "fault"])
})
