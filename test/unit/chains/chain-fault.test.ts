import { expect, test } from "vitest"
import { ChainFault, faultOf, shortened } from "../../../chains/chain-fault.js"

test("anything thrown becomes a fault; a fault stays what it is", () => {
  const fault = new ChainFault("GAS_CAP", "too much")
  expect(faultOf(fault)).toBe(fault)
  expect(faultOf(new TypeError("x is not a function"))).toMatchObject({ code: "DECODE" })
  expect(faultOf("just text")).toMatchObject({ code: "DECODE" })
})

test("a detail is one line of bounded length, and short text stays as it is", () => {
  expect(shortened(" a\n\tb ")).toBe("a b")
  expect(shortened("c".repeat(300))).toHaveLength(300)
  expect(shortened("c".repeat(10_000)).length).toBeLessThan(310)
})
